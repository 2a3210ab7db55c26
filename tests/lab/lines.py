"""A line with a censor on it, for tests of one rule."""

import ssl
from functools import cache
from random import Random

from linnet.lab.censor import Censor, Effect, Forward, Rule, Ruled
from linnet.lab.flows import SHARP, Sight
from linnet.lab.packets import NO_FLAGS, Endpoint, Flags, Packet, Protocol

CLIENT = Endpoint.at("10.0.0.2", 40_000)
SERVER = Endpoint.at("192.0.2.10", 443)


class Line:
    """A flow of TCP packets past a censor; numbers them as ends would."""

    def __init__(
        self,
        *rules: Rule,
        sight: Sight = SHARP,
        client: Endpoint = CLIENT,
        server: Endpoint = SERVER,
        censor: Censor | None = None,
    ) -> None:
        self.censor = censor or Censor(rules, Random(1), sight)
        self.now = 0.0
        self.client, self.server = client, server
        self._sent = {client: 1_000, server: 2_000}

    def up(self, payload: bytes = b"", flags: Flags = Flags.ACK) -> list[Effect]:
        """The client sends a segment."""
        return self._send(self.client, self.server, payload, flags)

    def down(self, payload: bytes = b"", flags: Flags = Flags.ACK) -> list[Effect]:
        """The server sends one."""
        return self._send(self.server, self.client, payload, flags)

    def opens(self) -> bool:
        """Shake hands; whether all three packets passed."""
        syn = self.up(flags=Flags.SYN)
        answer = self.down(flags=Flags.SYN | Flags.ACK)
        return passed(syn) and passed(answer) and passed(self.up())

    def _send(
        self, source: Endpoint, target: Endpoint, payload: bytes, flags: Flags
    ) -> list[Effect]:
        numbers = self._sent[source], self._sent[target]
        packet = Packet(source, target, Protocol.TCP, payload, flags, *numbers)
        self._sent[source] = packet.after
        return self.censor.handle(packet, self.now)


def datagram(source: Endpoint, target: Endpoint, payload: bytes) -> Packet:
    """A UDP packet."""
    return Packet(source, target, Protocol.UDP, payload, NO_FLAGS)


def passed(effects: list[Effect]) -> bool:
    """Whether a packet was let through."""
    return any(isinstance(effect, Forward) for effect in effects)


def ruled(effects: list[Effect]) -> list[tuple[str, str]]:
    """Which rules said something, and what."""
    return [(one.rule, one.act) for one in effects if isinstance(one, Ruled)]


@cache
def python_hello(name: str | None, *protocols: str) -> bytes:
    """The ClientHello of Python's own TLS, as a record."""
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    if protocols:
        context.set_alpn_protocols(list(protocols))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake ended without an answer")
