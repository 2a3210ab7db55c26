"""The first table: what the censor stops, and what it lets pass, of real programs.

A lab whose rules do not bite proves nothing about what gets through. Each row says
what must happen and what did; one that was stopped must have been so by the rule.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from linnet.errors import LinnetError
from linnet.lab.real import conversations, tunnels
from linnet.lab.real.network import Network

Trial = Callable[[Network, str], bool]


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and how it is seen whether it gets through.

    Attributes:
        tries: does what the program is for, once, with a site of some name.
        needs: what must be on the machine.
    """

    tries: Trial
    needs: tuple[str, ...] = ()


def _page(lab: Network, name: str) -> bool:
    return tunnels.page(lab, f"https://{name}/")


def _visit(kind: str, count: int = 1) -> Program:
    return Program(partial(conversations.visit, kind, count))


def _through(tunnel: tunnels.Tunnel, *needs: str) -> Program:
    return Program(partial(tunnels.through, tunnel), needs)


PROGRAMS: Final = {
    "curl": Program(_page, ("curl",)),
    "Python's TLS": _visit("python"),
    "six of Python's TLS": _visit("python", 6),
    "Python's WebSocket": Program(conversations.plain_websocket),
    "utls, Chrome": _visit("chrome"),
    "six utls, Chrome": _visit("chrome", 6),
    "curl_cffi, Chrome": _visit("curl-chrome"),
    "six curl_cffi, Chrome": _visit("curl-chrome", 6),
    "curl_cffi, Firefox": _visit("curl-firefox"),
    "six curl_cffi, Firefox": _visit("curl-firefox", 6),
    "dig": Program(conversations.dig, ("dig",)),
    "dig over TCP": Program(
        lambda lab, name: conversations.dig(lab, name, "+tcp"), ("dig",)
    ),
    "OpenSSH": Program(conversations.ssh, ("ssh", "/usr/sbin/sshd")),
    "Shadowsocks": _through(tunnels.shadowsocks, "ss-server", "ss-local"),
    "Shadowsocks, probed": Program(
        partial(tunnels.probed, tunnels.shadowsocks), ("ss-server", "ss-local")
    ),
    "obfs4": _through(tunnels.obfs4, "obfs4proxy"),
    "V2Ray within TLS": _through(tunnels.v2ray, "v2ray"),
    "Trojan": _through(tunnels.trojan, "trojan"),
    "self-signed HAProxy": _through(tunnels.haproxy, "haproxy"),
    "TLS within TLS": _through(tunnels.within_tls, "haproxy"),
    "WireGuard": Program(conversations.wireguard, ("wireguard-go", "wg")),
    "OpenVPN": Program(conversations.openvpn, ("/usr/sbin/openvpn",)),
}

SITE, ASKED, HOME = "site.example", "blocked.example", "inside.example"
"""A site at a foreign hoster; the same by a blocked name; one inside the country."""
EVERY: Final = tuple((name, SITE) for name in PROGRAMS if "probed" not in name)
_NAMED: Final = (("curl", ASKED), ("Python's TLS", ASKED), ("utls, Chrome", ASKED))
_OTHERS: Final = (("curl", SITE), ("Python's WebSocket", SITE), ("dig", ASKED))

Try = tuple[str, str]
"""A program, and the name that it asks for."""

EXPECTED: Final[dict[str, tuple[Sequence[Try], Sequence[Try]]]] = {
    "S0": ((), EVERY),
    "S1": (
        [(name, SITE) for name, _ in EVERY if "dig" not in name],
        [("curl", HOME), ("Python's WebSocket", HOME), ("dig", SITE)],
    ),
    "S1 resets": ([("curl", SITE), ("Python's TLS", SITE)], [("curl", HOME)]),
    "S2 SNI-I": (_NAMED, _OTHERS),
    "S2 SNI-II": (_NAMED, _OTHERS),
    "S2 SNI-IV": (_NAMED, _OTHERS),
    "S2 GFW": (_NAMED, _OTHERS),
    "S2 Iran": (_NAMED, _OTHERS),
    "S3 Russia": (
        [("dig", ASKED), ("curl", ASKED)],
        [("dig over TCP", ASKED), ("dig", SITE), ("curl", SITE)],
    ),
    "S3 Iran": ([("dig", ASKED), ("curl", ASKED)], [("dig over TCP", ASKED)]),
    "S3 GFW": ([("dig", ASKED), ("curl", ASKED)], [("dig over TCP", ASKED)]),
    "S6": (
        [("Shadowsocks", SITE), ("obfs4", SITE)],
        [
            *[("curl", SITE), ("utls, Chrome", SITE), ("Python's WebSocket", SITE)],
            *[("OpenSSH", SITE), ("dig", SITE), ("Shadowsocks", HOME)],
        ],
    ),
    "S7": (
        [("Shadowsocks, probed", SITE)],
        [("curl", SITE), ("Python's WebSocket", SITE), ("OpenSSH", SITE)],
    ),
    "S8": (
        [
            *[("curl", SITE), ("utls, Chrome", SITE), ("Python's WebSocket", SITE)],
            *[("Shadowsocks", SITE), ("V2Ray within TLS", SITE), ("Trojan", SITE)],
            *[("self-signed HAProxy", SITE), ("TLS within TLS", SITE)],
        ],
        [("OpenSSH", SITE), ("curl", HOME), ("Python's WebSocket", HOME)],
    ),
    "S9": (
        [
            *[("six utls, Chrome", SITE), ("six utls, Chrome", HOME)],
            *[("six curl_cffi, Chrome", SITE), ("six curl_cffi, Chrome", HOME)],
        ],
        [
            *[("utls, Chrome", SITE), ("six of Python's TLS", SITE), ("curl", SITE)],
            *[("curl_cffi, Chrome", SITE), ("six curl_cffi, Firefox", SITE)],
        ],
    ),
    "S10": (
        [("Python's TLS", SITE), ("Python's WebSocket", SITE)],
        [
            *[("utls, Chrome", SITE), ("curl_cffi, Chrome", SITE)],
            *[("curl_cffi, Firefox", SITE), ("OpenSSH", SITE), ("dig", SITE)],
        ],
    ),
    "S11": (
        [
            *[("curl", SITE), ("OpenSSH", SITE), ("OpenSSH", HOME)],
            *[("WireGuard", SITE), ("OpenVPN", SITE), ("Shadowsocks", HOME)],
        ],
        [("curl", HOME), ("utls, Chrome", HOME), ("dig", SITE)],
    ),
    "S12": (
        [
            *[("OpenSSH", SITE), ("Shadowsocks", SITE), ("obfs4", SITE)],
            *[("WireGuard", SITE), ("OpenVPN", SITE)],
        ],
        [("curl", SITE), ("utls, Chrome", SITE), ("dig", SITE)],
    ),
    "S13 128k": ((), [("curl", ASKED), ("curl", SITE)]),
    "S13 650B": ([("curl", ASKED)], [("curl", SITE)]),
    "S13 5%": ([("curl", SITE), ("OpenSSH", SITE)], [("curl", HOME)]),
    "S16": ([("curl", SITE), ("curl", HOME), ("OpenSSH", SITE)], [("dig", SITE)]),
}
"""By scenario: what must be stopped, and what must pass."""


TITLE: Final = (
    "scenario   program                asks for         must     did      verdicts"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        scenario: under which rules.
        program: what was tried.
        name: for which name it asked.
        must_pass: whether it is to get through.
        passed: whether it did; None where it could not be tried.
        verdicts: how often a rule acted meanwhile.
        is_absent: whether this machine does not have it.
        says: why it could not be tried.
    """

    scenario: str
    program: str
    name: str
    must_pass: bool
    passed: bool | None = None
    verdicts: int = 0
    is_absent: bool = False
    says: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether what must happen did, and the rule was why; None if it is absent."""
        if self.is_absent:
            return None
        return self.passed is self.must_pass and (self.must_pass or self.verdicts > 0)

    def __str__(self) -> str:
        """Write it."""
        must, did = (_word(each) for each in (self.must_pass, self.passed))
        verdict = {True: "held", False: "FAILED", None: "not tried"}[self.holds]
        first = f"{self.scenario:<10} {self.program:<22} {self.name:<16}"
        second = f"{must:<8} {did:<8} {self.verdicts:>8}  {verdict}"
        return f"{first} {second} {self.says}".rstrip()


def rows() -> Iterator[Row]:
    """All that is expected, in order."""
    for scenario, (stopped, passing) in EXPECTED.items():
        for must_pass, tries in ((False, stopped), (True, passing)):
            for program, name in tries:
                yield Row(scenario, program, name, must_pass)


def fill(row: Row, lab: Network, seed: int) -> Row:
    """Try what a row says, past a censor that knows of nothing before."""
    program = PROGRAMS[row.program]
    absent = [each for each in program.needs if not shutil.which(each)]
    if absent:
        return replace(row, is_absent=True, says=f"{absent[0]} is not on this machine")
    lab.set_censor(row.scenario, seed=seed, cuts=True)
    before = len(lab.verdicts())
    try:
        with lab.trial():
            passed = program.tries(lab, row.name)
        return replace(row, passed=passed, verdicts=len(lab.verdicts()) - before)
    except LinnetError as error:
        return replace(row, says=str(error).splitlines()[0])


def _word(passed: bool | None) -> str:
    return {True: "passes", False: "stopped", None: "-"}[passed]
