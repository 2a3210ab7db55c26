"""The account's own link, name and relays."""

from dataclasses import replace

from linnet.client.core.devices import RelayAdded
from linnet.client.sync.cards import own_link, show_card
from linnet.client.sync.hub import Hub
from linnet.client.sync.secrets import rotate_secrets
from linnet.client.sync.sharing import share
from linnet.errors import Malformed, UsageError
from linnet.wire.links import PassLink


async def rotate(hub: Hub) -> str:
    """Make a new invite secret; the inboxes destroy what belonged to the old one.

    Raises:
        UsageError: a new device would lose its way to the others.
    """
    store = hub.store
    if any(one.is_pending for one in store.devices.all()):
        raise UsageError(
            "A new device of yours has not been heard of yet and would lose its way to "
            "you. Try again when it has been online, or remove it first."
        )
    with store.db.transaction():
        rotate_secrets(hub, store.profile.owner_secret)
    return own_link(store).text()


def set_name(hub: Hub, name: str) -> None:
    """Change the account's name."""
    hub.store.account.save(replace(hub.store.profile, name=name))


def add_relay(hub: Hub, pass_link: str) -> None:
    """Use a further relay.

    Raises:
        UsageError: the link is no pass link.
    """
    link = read_pass(pass_link)
    store = hub.store
    known = store.account.relay(link.relay.key)
    with store.db.transaction():
        store.account.remember_relay(link.relay, pass_token=link.token, is_mine=True)
        share(hub, RelayAdded(link.relay, link.token))
        show_card(hub)
    if known is None or not known.is_mine:
        hub.open_inbox(link.relay.key)


def read_pass(pass_link: str) -> PassLink:
    """Read a pass link that a person gave.

    Raises:
        UsageError: it is none.
    """
    try:
        return PassLink.parse(pass_link)
    except Malformed as error:
        raise UsageError(str(error)) from error
