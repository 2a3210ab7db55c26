"""Takes what the answers of a bag bring (spec/bags.md §7).

Each answer is held against the cursor as it is now: one that is late, was overtaken, or
is given twice, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from linnet.client.core.keys import InviteKeys
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import check_place
from linnet.client.sync.wishes import Carriable
from linnet.errors import Malformed, RemoteError
from linnet.ids import RequestNumber, StreamId
from linnet.wire import errands, replies, requests
from linnet.wire.bags import Carried
from linnet.wire.codec import Reply
from linnet.wire.errands import Contents
from linnet.wire.refusals import Refusal, refused

AMISS: Final = "The relay answered something else than was asked; nothing was taken."


@dataclass(slots=True)
class Unpacked:
    """What the answers of a bag brought.

    Attributes:
        acknowledged: messages of ours that the relays have.
        sentences: what did not go as it should, each once.
        known: answers to errands of this account.
    """

    acknowledged: int = 0
    known: int = 0
    sentences: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Stream:
    opening: requests.Open
    acknowledged: list[requests.Append | requests.Commit] = field(default_factory=list)
    read: requests.Read | None = None
    came: replies.Envelopes | None = None


BLOB_NEEDED: Final = (
    "Something in a conversation is too large for a bag; it and what follows it come "
    "when there is a connection."
)
OLD: Final = (
    "A bag's answer about a conversation is older than what is here, or the relay was "
    "restored from a backup; it was left out."
)


def unpack(hub: Hub, carried: Sequence[Carried]) -> Unpacked:
    """Take answers; those that are not to an errand of this account are left out.

    There must be no session: one takes what comes in its own time. An answer that was
    changed, or that a relay gave wrongly, is told and left out.
    """
    done = Unpacked()
    for one in carried:
        row = hub.store.errands.find(one.errand)
        if row is None:
            continue
        done.known += 1
        if one.refusal:
            done.sentences[str(refused(one.refusal))] = None
            continue
        try:
            answers = errands.decode_answer(row.key.open(one.answer))
            for stream in sorted_by_stream(row.asked, answers, done):
                _take(hub, stream, done)
        except RemoteError as error:
            # What one relay or carrier spoilt must not cost the answers of others.
            done.sentences[str(error)] = None
    return done


def sorted_by_stream(
    asked: Contents, answers: list[tuple[RequestNumber, Reply]], done: Unpacked
) -> list[_Stream]:
    """Hold answers against what was asked, and sort them by stream.

    Raises:
        Malformed: they answer something else.
    """
    if [number for number, _ in asked.messages] != [number for number, _ in answers]:
        raise Malformed(AMISS)
    streams: list[_Stream] = []
    for (_, request), (_, reply) in zip(asked.messages, answers, strict=True):
        if isinstance(request, requests.Open):
            streams.append(_Stream(request))
        if isinstance(reply, replies.RefusedReply):
            if reply.code not in (Refusal.NO_SUCH_HANDLE, Refusal.STALE):
                done.sentences[str(refused(reply.code, reply.detail))] = None
            continue
        match request, reply:
            case requests.Open(), replies.Opened():
                pass
            case requests.Append() | requests.Commit(), replies.Appended():
                streams[request.handle - 1].acknowledged.append(request)
            case requests.Read(), replies.Envelopes():
                stream = streams[request.handle - 1]
                stream.read, stream.came = request, reply
            case _:
                raise Malformed(AMISS)
    return streams


def _take(hub: Hub, stream: _Stream, done: Unpacked) -> None:
    target = _target(hub, stream.opening.stream)
    if target is None:
        return  # the conversation was deleted, or went to another stream
    if stream.read is not None and stream.came is not None:
        take_read(target, stream.read, stream.came.envelopes, done)
    for one in stream.acknowledged:
        done.acknowledged += target.on_the_relay(one.envelope)


def take_read(
    target: Carriable,
    read: requests.Read,
    envelopes: tuple[replies.Envelope, ...],
    done: Unpacked,
) -> None:
    """Take what was read, from the cursor as it is now.

    Raises:
        Malformed: no relay that is well gives such envelopes.
    """
    for before, after in pairwise(envelopes):
        if after.sequence != before.sequence + 1:
            raise Malformed(AMISS)
    for one in envelopes:
        check_place(one.sequence, one.time_ms)
    sequence, envelope = target.cursor
    names = {read.after: read.envelope}
    names |= {one.sequence: one.envelope for one in envelopes}
    news = [one for one in envelopes if one.sequence > sequence]
    if news and names.get(sequence) != envelope:
        done.sentences[OLD] = None
        return
    if not target.take_carried(news):
        done.sentences[BLOB_NEEDED] = None


def _target(hub: Hub, stream: StreamId) -> Carriable | None:
    for row in hub.store.conversations.all():
        if row.stream == stream:
            return hub.followers.get(row.id)
    secret = hub.store.profile.invite_secret
    for relay, inbox in hub.inboxes.items():
        if InviteKeys.derive(secret, relay).inbox == stream:
            return inbox
    return None
