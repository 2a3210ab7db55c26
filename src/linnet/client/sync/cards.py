"""The account's own card: its invite link, as it travels to those it talks to."""

from linnet.client.core.meaning import card_part
from linnet.client.store.home import Store
from linnet.client.sync.hub import Hub
from linnet.client.values import ConversationState
from linnet.wire.invites import MOST_RELAYS, InviteLink


def show_card(hub: Hub) -> None:
    """Send the account's card to everyone it talks to."""
    part = card_part(own_link(hub.store).pack())
    for row in hub.store.conversations.all():
        if row.is_direct and row.state is ConversationState.ACTIVE:
            hub.compose(row, part)


def own_link(store: Store) -> InviteLink:
    """Return the account's invite link."""
    profile = store.profile
    relays = [one.descriptor for one in store.account.relays() if one.is_mine]
    return InviteLink(
        store.me, profile.invite_secret, profile.name, tuple(relays[:MOST_RELAYS])
    )
