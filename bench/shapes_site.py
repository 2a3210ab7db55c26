"""A website as there are many, with a Linnet relay at secret paths of it.

caddy serves both over TLS, HTTP/1.1 and HTTP/2. The pages have pictures and styles of
the sizes that the web has, lead on to each other by themselves, some ask for news every
few seconds and some keep a WebSocket open, as news and support chats do: half of those
say first who is there and are told what was said before, half are at another server. As
most pages do, they fetch small things from that server too, and tell it that they were
seen; it speaks HTTP/1.1 and closes, after each answer or a few seconds later.
"""

import asyncio
import sys
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import Final

from websockets.asyncio.server import ServerConnection, serve

from linnet.lab.places import NAMES, PROXY, RELAY_PORT, SITE_PORT
from linnet.lab.real.world import CERTIFICATE

PAGES: Final = 12
PICTURES: Final = 40
NEWS_PORT: Final = 8070
OTHER_PORT: Final = 8443
"""Where the pages' other server listens."""

_SMALL: Final = 12
_CADDYFILE: Final = r"""{{
    admin off
    auto_https off
    servers :{other} {{
        protocols h1
        timeouts {{
            idle 6s
        }}
    }}
}}
https://{name}:{other} {{
    bind {host}
    tls {folder}/{certificate} {folder}/{certificate}
    root * {folder}/other
    @ends path_regexp [02468]\.(gif|json)$
    header @ends Connection close
    @seen method POST
    respond @seen 204
    @news path /news
    reverse_proxy @news 127.0.0.1:{news}
    file_server
}}
https://{name}:{port} {{
    bind {host}
    tls {folder}/{certificate} {folder}/{certificate}
    root * {folder}/site
    @news path /news
    reverse_proxy @news 127.0.0.1:{news}
    @linnet path_regexp ^/[A-Za-z0-9_-]+$
    reverse_proxy @linnet 127.0.0.1:{relay}
    file_server
}}
"""
_SCRIPT: Final = """<script>
const wait = (s) => new Promise((done) => setTimeout(done, 1000 * s));
const dwell = 1 + 7 * Math.random();
const other = (what) => "https://" + location.hostname + ":{other}/" + what;
for (const one of {small}) {{
  new Image().src = other("k" + one + ".gif?" + Math.random());
}}
if ({seen}) wait(2 * Math.random()).then(() => {{
  navigator.sendBeacon(other("seen{seen}.json"), "z".repeat(200 + 3000 * Math.random()));
}});
if ("{manner}" === "asks") (async () => {{
  for (;;) {{ await wait(1 + 3 * Math.random()); await fetch("/p{next}.html"); }}
}})();
const one = () => Math.random().toString(36)[2] || "a";
const words = (most) => Array.from({{ length: most * Math.random() }}, one).join("");
if ("{manner}" === "talks") {{
  const host = Math.random() < 0.5 ? location.hostname + ":{other}" : location.host;
  const socket = new WebSocket("wss://" + host + "/news");
  socket.onopen = async () => {{
    if (Math.random() < 0.5) socket.send("who" + words(1500));
    for (;;) {{ await wait(6 * Math.random()); socket.send("- " + words(900)); }}
  }};
}} else wait(dwell).then(() => {{ location.href = "/p{next}.html"; }});
</script>
"""  # noqa: E501


def write(folder: Path, chances: Random) -> Path:
    """Write pages and what they show; the file for caddy."""
    site = folder / "site"
    site.mkdir()
    for number in range(PICTURES):
        size = int(chances.lognormvariate(9.5, 1.2))
        (site / f"i{number}.png").write_bytes(chances.randbytes(min(size, 300_000)))
    other = folder / "other"
    other.mkdir()
    for number in range(_SMALL):
        size = int(chances.lognormvariate(7.0, 1.0))
        (other / f"k{number}.gif").write_bytes(chances.randbytes(min(size, 20_000)))
    (site / "s.css").write_text("/* " + "a" * 9_000 + " */")
    for number in range(PAGES):
        (site / f"p{number}.html").write_text(_page(number, chances))
    (site / "index.html").write_text(_page(0, chances))
    file = folder / "Caddyfile"
    file.write_text(
        _CADDYFILE.format(
            name=PROXY,
            port=SITE_PORT,
            host=NAMES[PROXY],
            folder=folder,
            certificate=CERTIFICATE,
            news=NEWS_PORT,
            relay=RELAY_PORT,
            other=OTHER_PORT,
        )
    )
    return file


def _page(number: int, chances: Random) -> str:
    shown = chances.sample(range(PICTURES), chances.randint(2, 14))
    pictures = "".join(f'<img src="/i{one}.png">' for one in shown)
    words = "<p>" + "word " * chances.randint(200, 4_000)
    manner = ("reads", "reads", "asks", "talks")[number % 4]
    script = _SCRIPT.format(
        manner=manner,
        next=chances.randrange(PAGES),
        other=OTHER_PORT,
        small=chances.sample(range(_SMALL), chances.randint(0, 3)),
        seen=chances.randrange(6),
    )
    words += f'<p><a href="/p{chances.randrange(PAGES)}.html">on</a>'
    head = '<!doctype html><title>Pots</title><link rel="stylesheet" href="/s.css">'
    return head + words + pictures + script


async def news() -> None:
    """Say something now and then to whoever listens, and answer what is said."""
    chances = Random(5)  # noqa: S311

    async def talk(connection: ServerConnection) -> None:
        async for said in connection:
            await asyncio.sleep(chances.random() / 5)
            most = 20_000 if said[:1] in {"w", b"w"} else 2_000
            # Letters by chance, for what repeats is compressed to nothing.
            letters = chances.choices(ascii_lowercase, k=chances.randint(20, most))
            await connection.send("".join(letters))

    async with serve(talk, "127.0.0.1", NEWS_PORT):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(news())
