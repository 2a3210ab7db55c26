"""What a person writes: texts, edits, deletions, reactions, timers, typing."""

from datetime import timedelta

from linnet.client.core.content import Expiration
from linnet.client.core.meaning import (
    LONGEST_EMOJI,
    reaction_part,
    text_part,
    timer_part,
    withdrawal_part,
)
from linnet.client.core.parts import Part
from linnet.client.core.whispers import TypingNote, seal_note
from linnet.client.events import ConversationChanged, MessageChanged, MessageSent
from linnet.client.reading import find_message
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.messages import NewMessage
from linnet.client.store.outbox import OutState
from linnet.client.sync.hub import Hub
from linnet.client.sync.siblings import REMOVED
from linnet.client.values import ConversationState, Message, MessageState
from linnet.errors import UsageError
from linnet.ids import EnvelopeId, MessageId

LONGEST_TEXT = 32_000
"""Bytes of UTF-8; more belongs into a file."""

WHY_NOT = {
    ConversationState.REQUEST: "Accept the request before you write.",
    ConversationState.LEAVING: "You are leaving this conversation.",
    ConversationState.LEFT: "You have left this conversation.",
    ConversationState.REMOVED: "You were removed from this conversation.",
    ConversationState.BROKEN: "This device cannot follow this conversation any more; "
    "ask a member to add you again.",
    ConversationState.JOINING: "Another device of yours is adding this one to this "
    "conversation; try again when it has been online.",
}


def check_writable(hub: Hub, row: ConversationRow) -> None:
    """Say whether a conversation can be written to.

    Raises:
        UsageError: it cannot, and why.
    """
    if hub.store.devices.is_removed:
        raise UsageError(REMOVED)
    if row.state is not ConversationState.ACTIVE:
        raise UsageError(WHY_NOT[row.state])


def check_text(text: str) -> None:
    """Say whether a text can be sent.

    Raises:
        UsageError: it is empty or too long.
    """
    if not text.strip():
        raise UsageError("There is nothing to send.")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise UsageError("The text is not valid Unicode.") from error
    if size > LONGEST_TEXT:
        raise UsageError(
            f"The text has {size} bytes; at most {LONGEST_TEXT} fit a message. "
            "Send it as a file instead."
        )


def send(
    hub: Hub, row: ConversationRow, text: str, *, reply_to: MessageId | None
) -> Message:
    """Queue a text."""
    check_writable(hub, row)
    check_text(text)
    return add_message(hub, row, text_part(text), text=text, reply_to=reply_to)


def add_message(  # noqa: PLR0913  a message has many fields
    hub: Hub,
    row: ConversationRow,
    part: Part,
    *,
    text: str,
    reply_to: MessageId | None,
    attachment: bytes | None = None,
    state: OutState = OutState.WAITING,
) -> Message:
    """Put a message of ours into the timeline and the outbox, in one transaction.

    Raises:
        UsageError: what it replies to is not in this conversation.
    """
    store = hub.store
    target = None
    if reply_to is not None:
        target = store.messages.mimi_of(row.id, reply_to)
        if target is None:
            raise UsageError("The message you reply to is not in this conversation.")
    expires = Expiration(relative=True, time=row.timer) if row.timer else None
    with store.db.transaction():
        message, mimi = hub.compose(
            row, part, in_reply_to=target, expires=expires, state=state
        )
        store.messages.add(
            row.id,
            NewMessage(
                id=message,
                mimi=mimi,
                sender=store.me,
                time=hub.now(),
                text=text,
                state=MessageState.QUEUED,
                reply_to=target,
                attachment=attachment,
                expire_after=row.timer or None,
            ),
        )
    shown = find_message(store, row.id, message)
    hub.tell(MessageSent(row.id, shown))
    return shown


def edit(hub: Hub, row: ConversationRow, message: MessageId, text: str) -> Message:
    """Replace the text of a message of ours."""
    check_writable(hub, row)
    check_text(text)
    target = _own(hub, row, message)
    with hub.store.db.transaction():
        hub.compose(row, text_part(text), replaces=target)
        hub.store.messages.edit(row.id, target, sender=hub.store.me, new_text=text)
    return _changed(hub, row, message)


def delete(hub: Hub, row: ConversationRow, message: MessageId) -> Message:
    """Delete a message of ours."""
    check_writable(hub, row)
    target = _own(hub, row, message)
    with hub.store.db.transaction():
        hub.compose(row, withdrawal_part(of_reaction=False), replaces=target)
        hub.store.messages.delete(row.id, target, sender=hub.store.me)
    return _changed(hub, row, message)


def react(hub: Hub, row: ConversationRow, message: MessageId, emoji: str) -> Message:
    """React to a message, or take our reactions back.

    Raises:
        UsageError: nobody can write here, there is no such message, or it is too long.
    """
    check_writable(hub, row)
    store = hub.store
    find_message(store, row.id, message)
    if len(emoji.encode()) > LONGEST_EMOJI or not (emoji.strip() or emoji == ""):
        raise UsageError("A reaction is one emoji or a very short text.")
    with store.db.transaction():
        if emoji:
            _add_reaction(hub, row, message, emoji)
        else:
            for mimi, _ in store.reactions.reactions_of(row.id, message, store.me):
                hub.compose(row, withdrawal_part(of_reaction=True), replaces=mimi)
                store.reactions.unreact(row.id, mimi, account=store.me)
    return _changed(hub, row, message)


def _add_reaction(
    hub: Hub, row: ConversationRow, message: MessageId, emoji: str
) -> None:
    store = hub.store
    target = store.messages.mimi_of(row.id, message)
    if target is None:
        raise UsageError("There is no such message in this conversation.")
    _, mimi = hub.compose(row, reaction_part(emoji), in_reply_to=target)
    store.reactions.react(row.id, target, mimi=mimi, account=store.me, emoji=emoji)


def set_timer(hub: Hub, row: ConversationRow, after: timedelta | None) -> None:
    """Let later messages disappear.

    Raises:
        UsageError: nobody can write here, or the time is too short or too long.
    """
    check_writable(hub, row)
    seconds = int(after.total_seconds()) if after else 0
    if not 0 <= seconds < 1 << 32 or (after and seconds == 0):
        raise UsageError("A timer has at least one second, at most 136 years.")
    with hub.store.db.transaction():
        hub.compose(row, timer_part(seconds))
        hub.store.conversations.set_timer(row.id, seconds)
    hub.tell(ConversationChanged(row.id))


async def typing(hub: Hub, row: ConversationRow, *, is_typing: bool) -> None:
    """Pass on that we type, if that may be known and anybody can hear it."""
    if not hub.store.profile.preferences.typing:
        return
    if row.state is not ConversationState.ACTIVE:
        return
    follower = hub.followers.get(row.id)
    if follower is None:
        return
    machine = hub.store.conversations.load(row.id)
    note = TypingNote(hub.store.me, is_typing)
    sealed = seal_note(machine.keys, row.stream, note, entropy=hub.entropy)
    await follower.whisper(sealed)


def retry(hub: Hub, row: ConversationRow, message: MessageId) -> Message:
    """Queue a failed message again.

    Raises:
        UsageError: it has not failed.
    """
    check_writable(hub, row)
    envelope = EnvelopeId(bytes(message))
    store = hub.store
    found = store.outbox.find(row.id, envelope)
    if found is None or found.state is not OutState.FAILED:
        raise UsageError("This message has not failed.")
    with store.db.transaction():
        is_upload = store.outbox.retry_upload(row.id, message)
        state = OutState.HELD if is_upload else OutState.WAITING
        store.outbox.set_state(row.id, envelope, state)
        store.messages.set_state(row.id, message, MessageState.QUEUED)
    hub.wake(row.id)
    hub.wake_uploads()
    return _changed(hub, row, message)


def _own(hub: Hub, row: ConversationRow, message: MessageId) -> bytes:
    shown = find_message(hub.store, row.id, message)
    if not shown.is_mine or shown.notice or shown.deleted:
        raise UsageError("Only messages of your own can be changed.")
    target = hub.store.messages.mimi_of(row.id, shown.id)
    if target is None:
        raise UsageError("There is no such message in this conversation.")
    return target


def _changed(hub: Hub, row: ConversationRow, message: MessageId) -> Message:
    shown = find_message(hub.store, row.id, message)
    hub.tell(MessageChanged(row.id, shown))
    return shown
