"""The manifest that a relay carries: public bytes, handed on (spec/manifest.md §5)."""

from hashlib import sha256

from linnet.ids import RequestNumber
from linnet.relay.core.events import Effect
from linnet.relay.core.memory import Memory, answer
from linnet.relay.core.state import Guest
from linnet.wire.requests_manifests import ManifestGet, Series


def get(
    memory: Memory, guest: Guest, number: RequestNumber, request: ManifestGet
) -> list[Effect]:
    """Answer with the series, unless the client has it."""
    carried = memory.manifest
    is_held = sha256(carried).digest() == request.held
    return [answer(guest, number, Series(b"" if is_held else carried))]
