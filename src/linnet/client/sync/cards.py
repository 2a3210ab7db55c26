"""The account's own card: its invite link, as it travels to those it talks to."""

from linnet.client.core.invited_ways import invited_ways, works
from linnet.client.core.meaning import card_part
from linnet.client.store.home import Store
from linnet.client.sync.hub import Hub
from linnet.client.sync.known_ways import published
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
    mine = [one.descriptor for one in store.account.relays() if one.is_mine]
    memory, followed = store.roads.memory(), store.manifests.all()
    relays = [
        invited_ways(one, published(store, one, followed), memory) for one in mine
    ]
    return InviteLink(
        store.me, profile.invite_secret, profile.name, tuple(relays[:MOST_RELAYS])
    )


def leads_here(store: Store) -> bool:
    """Whether somebody who has only the link may get through, as far as is known."""
    memory = store.roads.memory()
    return any(works(one, memory) for one in own_link(store).relays)
