"""Saying again what some could not read where it stands in the stream.

Specified in ``spec/conversations.md`` §6.10. A member who had missed commits that the
relay then lost may write in an epoch whose keys the others have deleted since.
"""

from collections.abc import Iterable

from linnet.client.core.content import Content, message_id, mimi_id
from linnet.client.core.meaning import Again, Meaning, Missed, meaning_of
from linnet.client.core.outcomes import Spoken
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.store.log import Held
from linnet.errors import Malformed
from linnet.ids import AccountKey, EnvelopeId


def to_repeat(
    store: Store,
    row: ConversationRow,
    asker: AccountKey,
    envelopes: Iterable[EnvelopeId],
) -> list[bytes]:
    """Return what of ours a member may hear again: they were in it at that time."""
    contents = []
    for envelope in envelopes:
        held = store.log.find(row.id, envelope)
        may = held and store.sent.may_hear(row.id, asker, epoch=held.epoch)
        content = store.sent.repeat(row.id, envelope) if may else None
        if content is not None:
            contents.append(content)
    return contents


def heard_again(
    store: Store, row: ConversationRow, sender: AccountKey, data: bytes
) -> tuple[Spoken, Meaning, Held] | None:
    """Return a repeated content and the place it belongs, if it was missed here."""
    try:
        content = Content.decode(data)
        meaning = meaning_of(content)
    except Malformed:
        return None
    mimi = mimi_id(sender, row.id, content=data, salt=content.salt)
    held = store.log.find(row.id, EnvelopeId(bytes(message_id(mimi))))
    if held is None or isinstance(meaning, Missed | Again):
        return None
    if not store.log.miss(row.id, held.id, is_missed=False):
        return None
    return Spoken(sender, content, mimi), meaning, held
