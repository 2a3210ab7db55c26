"""What programs say first in TLS that nobody here wrote."""

import json
from functools import cache
from pathlib import Path

import utls

CHROMES = ("chrome:131", "chrome:142", "chrome:146", "chrome:150", "chrome:152")


def chrome_hello(name: str, preset: str = "chrome:152") -> bytes:
    """The ClientHello of a Chrome, as a record."""
    context = utls.create_default_context()
    context.set_fingerprint(preset)
    incoming, outgoing = utls.MemoryBIO(), utls.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        tls.do_handshake()
    except utls.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake ended without an answer")


@cache
def heard() -> dict[str, bytes]:
    """ClientHellos of one machine's programs, as tools/fingerprints.py heard them."""
    kept = json.loads((Path(__file__).parent / "hellos.json").read_text())
    return {name: bytes.fromhex(said["hello"]) for name, said in kept.items()}
