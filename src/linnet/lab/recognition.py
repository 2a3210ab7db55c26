"""How a flow is recognised: what rules ask of a packet before they do anything.

A recognition is true of the packet that gives a flow away; who asks remembers.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network

from linnet.lab.censor import PASS, Rule
from linnet.lab.flows import Seen
from linnet.lab.names import is_listed

Recognition = Callable[[Seen], bool]


def named(names: Iterable[str]) -> Recognition:
    """By the name that a ClientHello asks for."""
    listed = frozenset(names)
    return lambda seen: bool(seen.hello and is_listed(seen.hello.name, listed))


def fingerprinted(fingerprints: Iterable[str]) -> Recognition:
    """By a ClientHello's JA4."""
    listed = frozenset(fingerprints)
    return lambda seen: bool(seen.hello and seen.hello.ja4() in listed)


def aimed_at(networks: Iterable[IPv4Network]) -> Recognition:
    """By the network that the flow's server is in."""
    listed = tuple(networks)
    return lambda seen: any(seen.flow.server.host in network for network in listed)


def caught_by(rule: Rule) -> Recognition:
    """By what another rule would act on; that rule should belong to nobody else."""
    return lambda seen: rule.judge(seen, seen.flow.seen) is not PASS


def either(*recognitions: Recognition) -> Recognition:
    """By any of several."""
    return lambda seen: any(recognition(seen) for recognition in recognitions)
