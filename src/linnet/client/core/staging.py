"""A commit of ours between making it and seeing it come back.

Specified in ``spec/conversations.md`` §6.3. Holds the staged commit, its envelope, and
what to do once it counts.
"""

from dataclasses import dataclass, field
from typing import Self

from linnet.client.core import cbor
from linnet.client.core.envelope import BlobRef, EpochKeys
from linnet.client.core.outcomes import Change, Deed
from linnet.errors import BugError
from linnet.ids import AccountKey, EnvelopeId, Epoch, Sequence, StreamId
from mls import Group, Settings, StagedCommit


@dataclass(frozen=True, slots=True)
class Staged:
    """One commit that waits for the relay's word.

    Attributes:
        envelope: the id it is sent under.
        data: the sealed envelope.
        blob: where the message lies when it did not fit, with its sealed bytes.
        next_keys: keys of the epoch it leads to.
        wants: numbers of the wants it fulfils.
        invitees: wants among them that get the Welcome.
        commit: the staged commit; or, for a resync, the group it leads to.
        move: the stream it moves the conversation to, which must exist before.
        changes: what it does, for the timeline.
    """

    epoch: Epoch
    envelope: EnvelopeId
    data: bytes = field(repr=False)
    next_keys: EpochKeys = field(repr=False)
    wants: tuple[int, ...]
    invitees: tuple[int, ...]
    commit: bytes = field(repr=False)
    is_resync: bool = False
    blob: tuple[BlobRef, bytes] | None = field(default=None, repr=False)
    move: StreamId | None = None
    changes: tuple[Change, ...] = field(default=(), repr=False)

    def pack(self) -> bytes:
        """Write it for the store."""
        blob: cbor.Value = [self.blob[0].pack(), self.blob[1]] if self.blob else None
        changes: list[cbor.Value] = [
            [one.deed.value, one.actor, one.subject, one.text, one.was]
            for one in self.changes
        ]
        return cbor.encode(
            [
                self.epoch,
                self.wants,
                self.invitees,
                self.is_resync,
                self.envelope,
                self.data,
                self.next_keys.pack(),
                self.commit,
                blob,
                self.move,
                changes,
            ]
        )

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read what `pack` wrote."""
        match cbor.decode(data):
            case [
                int(epoch),
                [*wants],
                [*invitees],
                bool(is_resync),
                bytes(envelope),
                bytes(sealed),
                bytes(keys),
                bytes(commit),
                blob,
                None | bytes() as move,
                [*changes],
            ]:
                pass
            case _:
                raise BugError("The store holds a staged commit that cannot be read.")
        match blob:
            case [bytes(ref), bytes(body)]:
                held: tuple[BlobRef, bytes] | None = (BlobRef.unpack(ref), body)
            case _:
                held = None
        return cls(
            epoch=Epoch(epoch),
            envelope=EnvelopeId(envelope),
            data=sealed,
            next_keys=EpochKeys.unpack(keys),
            wants=tuple(one for one in wants if isinstance(one, int)),
            invitees=tuple(one for one in invitees if isinstance(one, int)),
            commit=commit,
            is_resync=is_resync,
            blob=held,
            move=None if move is None else StreamId(move),
            changes=tuple(_change(one) for one in changes),
        )

    def staged_commit(self, settings: Settings) -> StagedCommit:
        """Return the commit for `Group.accept`."""
        return StagedCommit.from_bytes(self.commit, settings=settings)


@dataclass(frozen=True, slots=True)
class Rejoin:
    """A conversation entered anew, and the place from which it is read."""

    group: bytes = field(repr=False)
    sequence: Sequence
    envelope: EnvelopeId

    def pack(self) -> bytes:
        """Write it for the store."""
        return cbor.encode([self.group, self.sequence, self.envelope])

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read what `pack` wrote."""
        match cbor.decode(data):
            case [bytes(group), int(sequence), bytes(envelope)]:
                return cls(group, Sequence(sequence), EnvelopeId(envelope))
            case _:
                raise BugError("The store holds an invitation that cannot be read.")


def _change(value: cbor.Value) -> Change:
    match value:
        case [str(deed), bytes(actor), bytes(subject), str(text), str(was)]:
            return Change(Deed(deed), AccountKey(actor), AccountKey(subject), text, was)
        case _:
            raise BugError("The store holds a staged commit that cannot be read.")


def pack_group(group: Group) -> bytes:
    """Write both parts of a group as one value."""
    return cbor.encode([group.epoch_state(), group.ratchet_state()])


def unpack_group(data: bytes, settings: Settings) -> Group:
    """Read what `pack_group` wrote."""
    match cbor.decode(data):
        case [bytes(epoch_state), bytes(ratchet_state)]:
            return Group.restore(epoch_state, ratchet_state, settings=settings)
        case _:
            raise BugError("The store holds a group that cannot be read.")
