"""XMPP on the wire (RFC 6120 §4): stanzas cut out of a byte stream, and built."""

import base64
import re

# A tag, with quoted attribute values in which `>` means nothing (XML 1.0 §3.1).
# Possessive, so that a tag cut in two fails at once.
_TAG = re.compile(rb"<(?:[^>'\"]++|'[^']*+'|\"[^\"]*+\")*+>")
_ID = re.compile(rb"\sid=['\"]([^'\"]*)['\"]")


class Stanzas:
    """Cuts what arrives into whole elements directly below the stream's own.

    The stream header is skipped, its end sets `closed`. Comments, CDATA sections and
    processing instructions are forbidden in XMPP (RFC 6120 §11.1) and not looked for,
    apart from the XML declaration before the header.
    """

    __slots__ = ("_depth", "_held", "_seen", "closed")

    def __init__(self) -> None:
        self.closed = False
        self.restart()

    def restart(self) -> None:
        """Forget everything: after SASL a new stream begins (RFC 6120 §6.4.6)."""
        self._held = b""
        self._seen = 0
        self._depth = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; return the stanzas they complete."""
        held = self._held + data if self._held else data
        whole: list[bytes] = []
        start, end, depth = 0, self._seen, self._depth
        for tag in _TAG.finditer(held, end):
            at, end = tag.span()
            if held[at + 1] == 47:  # </
                depth -= 1
            elif held[end - 2] != 47:  # not />
                if depth == 0:
                    start = at
                    if held.startswith((b"<?", b"<stream:stream"), at):
                        start = end
                        continue
                depth += 1
            elif depth == 0:
                start = at
            if depth == 0:
                whole.append(held[start:end])
                start = end
            elif depth < 0:
                self.closed = True
                depth, start = 0, end
        self._held = held[start:]
        self._seen = end - start
        self._depth = depth
        return whole


def stanza_id(stanza: bytes) -> bytes:
    """The first id in a stanza: its own, if it has one; else empty."""
    found = _ID.search(stanza)
    return found[1] if found else b""


def header(domain: str) -> bytes:
    """Open a stream to a domain (RFC 6120 §4.7)."""
    return (
        f"<?xml version='1.0'?><stream:stream to='{domain}' version='1.0'"
        " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    ).encode()


def plain(user: str, password: str) -> bytes:
    """Log in with SASL PLAIN (RFC 4616)."""
    secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    return (
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
        f"{secret}</auth>"
    ).encode()


def bind(resource: str) -> bytes:
    """Bind a resource (RFC 6120 §7.7)."""
    return (
        "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        f"<resource>{resource}</resource></bind></iq>"
    ).encode()


def ping(domain: str, name: str) -> bytes:
    """Ask the server for any answer; it comes after all that was sent before."""
    return (
        f"<iq type='get' id='{name}' to='{domain}'><ping xmlns='urn:xmpp:ping'/></iq>"
    ).encode()


def message(to: str, body: str) -> tuple[bytes, bytes]:
    """A chat message in two halves, between which its id goes."""
    return (
        f"<message to='{to}' type='chat' id='".encode(),
        f"'><body>{body}</body></message>".encode(),
    )
