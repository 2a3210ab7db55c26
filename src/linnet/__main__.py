"""The `linnet` command: hands its words to a face, the relay, a proxy and so on."""

import sys
from collections.abc import Sequence


def main(line: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = list(sys.argv[1:] if line is None else line)
    # Each side is loaded only when it is called: a relay's machine needs no client.
    if words[:1] == ["relay"]:
        from linnet.relay.command import main as run_relay  # noqa: PLC0415

        return run_relay(words[1:])
    if words[:1] == ["proxy"]:
        from linnet.proxy.command import main as run_proxy  # noqa: PLC0415

        return run_proxy(words[1:])
    if words[:1] == ["manifest"]:
        from linnet.manifest.command import main as run_manifest  # noqa: PLC0415

        return run_manifest(words[1:])
    if words[:1] == ["rendezvous"]:
        from linnet.rendezvous.command import main as run_rendezvous  # noqa: PLC0415

        return run_rendezvous(words[1:])
    if words[:1] == ["web"]:
        from linnet.web.command import main as run_web  # noqa: PLC0415

        return run_web(words[1:])
    from linnet.cli.main import main as run_client  # noqa: PLC0415

    return run_client(words)


if __name__ == "__main__":
    sys.exit(main())
