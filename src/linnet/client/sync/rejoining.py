"""Coming back to a conversation this device was removed from, or could not follow.

Specified in ``spec/conversations.md`` §6.9. The invitation may come before the news of
the removal; then it waits, so that nothing in between is left unread.
"""

from linnet.client.core.conversation import Conversation
from linnet.client.core.people import group_settings
from linnet.client.core.staging import Rejoin, pack_group, unpack_group
from linnet.client.events import ConversationChanged
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.sync.hub import Hub
from linnet.client.sync.passing import take_kept
from linnet.client.sync.reception import Reception
from linnet.client.sync.recovery import take_back
from linnet.client.sync.sharing import want_siblings
from linnet.client.values import ConversationState
from linnet.errors import BugError
from linnet.ids import AccountKey, EnvelopeId, Epoch, Sequence

OVER = (
    ConversationState.REMOVED,
    ConversationState.LEFT,
    ConversationState.BROKEN,
    ConversationState.REQUEST,
    ConversationState.JOINING,
)


def offer_rejoin(
    hub: Hub,
    row: ConversationRow,
    machine: Conversation,
    *,
    inviter: AccountKey,
    place: tuple[Sequence, EnvelopeId],
    state: ConversationState,
) -> bool:
    """Take an invitation into a conversation that is known; say whether it is one."""
    conversations = hub.store.conversations
    if not _goes_on(hub, row, machine, inviter):
        return False
    rejoin = Rejoin(pack_group(machine.group), *place)
    if row.state in OVER:
        _enter(hub, row, rejoin, state)
    else:
        conversations.stash_rejoin(row.id, rejoin)
    return True


def _goes_on(
    hub: Hub, row: ConversationRow, machine: Conversation, inviter: AccountKey
) -> bool:
    """Whether a group follows on a conversation, so that nobody can take it over."""
    conversations = hub.store.conversations
    if not _is_new(hub.store, row, machine):
        return False
    if inviter == hub.store.me:
        return machine.info.kind == row.kind
    if row.is_direct or machine.info.kind != row.kind:
        return machine.info.kind == row.kind and inviter == row.peer
    return conversations.load(row.id).circle.is_admin(inviter)


def _is_new(store: Store, row: ConversationRow, machine: Conversation) -> bool:
    """Whether this device was not in the epoch that an invitation leads to."""
    epochs, epoch = store.log.epochs(row.id), machine.keys.epoch
    if not epochs or epoch > max(epochs):
        return True
    known = store.log.keys(row.id, epoch)
    return known != machine.keys if known else epoch > min(epochs)


def take_stashed(hub: Hub, row: ConversationRow) -> None:
    """Come back now that the old membership has ended, if an invitation waits."""
    rejoin = hub.store.conversations.stashed_rejoin(row.id)
    if rejoin is not None:
        _enter(hub, row, rejoin, ConversationState.ACTIVE)


def take_other_way(hub: Hub, row: ConversationRow, relay: Epoch) -> bool:
    """Come back by the invitation that waits, if it leads to where the relay is.

    The relay knows nothing of the epoch this device is in: it lost that, and while
    nobody brings it back, a member has added this device to what is there.
    """
    rejoin = hub.store.conversations.stashed_rejoin(row.id)
    if rejoin is None or _machine(hub.store, rejoin).keys.epoch > relay:
        return False
    _enter(hub, row, rejoin, ConversationState.ACTIVE)
    return True


def _machine(store: Store, rejoin: Rejoin) -> Conversation:
    return Conversation.of(store.me, unpack_group(rejoin.group, group_settings()))


def _enter(
    hub: Hub, row: ConversationRow, rejoin: Rejoin, state: ConversationState
) -> None:
    store = hub.store
    _yield(store, row, rejoin)
    machine = store.conversations.rejoin(rejoin, state)
    store.account.remember_relay(machine.info.relay, pass_token=None, is_mine=False)
    store.outbox.unseal(row.id)
    if machine.info.stream != row.stream:
        store.messages.begin_places(row.id)
        store.log.forget(row.id)
    store.outbox.forget_leaving(row.id)
    want_siblings(hub, row.id, is_later=True)
    changed = store.conversations.row(row.id)
    if changed is None:
        raise BugError("A conversation was entered that is not there.")
    if row.state is ConversationState.JOINING:
        take_kept(hub, row.id)
    elif state is ConversationState.ACTIVE:
        Reception(store, hub.tell, hub.entropy).notice(
            changed,
            EnvelopeId(hub.entropy(16)),
            store.me,
            "You are in this conversation again.",
            time=hub.now(),
        )
    store.db.after_commit(lambda: hub.tell(ConversationChanged(row.id)))
    store.db.after_commit(lambda: hub.begin_anew(row.id))


def _yield(store: Store, row: ConversationRow, rejoin: Rejoin) -> None:
    """Leave the way that the stream did not take, if this device went that way."""
    machine = _machine(store, rejoin)
    epoch = machine.keys.epoch
    known = store.log.keys(row.id, epoch)
    if known is None or known == machine.keys:
        return
    held = store.log.after(row.id, Sequence(0))
    take_back(store, row.id, [one for one in held if one.epoch >= epoch])
    store.log.forget_epochs(row.id, after=epoch)
