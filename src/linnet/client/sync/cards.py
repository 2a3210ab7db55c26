"""The account's own card: its invite link, as it travels to those it talks to."""

from linnet.client.store.home import Store
from linnet.wire.invites import MOST_RELAYS, InviteLink


def own_link(store: Store) -> InviteLink:
    """Return the account's invite link."""
    profile = store.profile
    relays = [one.descriptor for one in store.account.relays() if one.is_mine]
    return InviteLink(
        store.me, profile.invite_secret, profile.name, tuple(relays[:MOST_RELAYS])
    )
