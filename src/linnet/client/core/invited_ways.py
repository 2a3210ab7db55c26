"""Which ways to a relay an invite names, and in which order (spec/identity.md §4).

Pure. What one person was given stays out: only a relay's own addresses and public roads
come here.
"""

from collections.abc import Sequence
from enum import IntEnum

from linnet.carriers.memory import Memory
from linnet.carriers.ways import ways_to
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor


class Came(IntEnum):
    """What came of an address when it was last tried; the better the greater."""

    FAILED = 0
    UNKNOWN = 1
    WORKED = 2


def came(memory: Memory, address: Address) -> Came:
    """Say what came of an address on the network that was last used."""
    traces = dict(memory.networks[0][1]) if memory.networks else {}
    alone = RelayDescriptor(b"", (address,))
    known = [traces[w.id] for w in ways_to(alone, polls=True) if w.id in traces]
    if any(one.worked_at and not one.failed_at for one in known):
        return Came.WORKED
    return Came.FAILED if known else Came.UNKNOWN


def invited_ways(
    relay: RelayDescriptor, public: Sequence[Address], memory: Memory
) -> RelayDescriptor:
    """Return a relay as an invite names it.

    What failed when it was last tried goes to the end. Where none of its addresses
    worked and a public road did, that road comes first.
    """
    found = {one: came(memory, one) for one in (*relay.addresses, *public)}
    own = sorted(relay.addresses, key=lambda one: found[one] is Came.FAILED)
    if any(found[one] is Came.WORKED for one in own):
        proven: list[Address] = []
    else:
        proven = [one for one in public if found[one] is Came.WORKED][:1]
    return RelayDescriptor(relay.key, (*proven, *own)[:MAX_ADDRESSES])


def works(relay: RelayDescriptor, memory: Memory) -> bool:
    """Whether who has only these addresses may reach the relay, as far as is known."""
    return any(came(memory, one) is not Came.FAILED for one in relay.addresses)
