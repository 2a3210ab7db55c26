"""The account's own link, name and relays."""

from dataclasses import replace

from linnet.client.core.meaning import card_part
from linnet.client.sync.cards import own_link
from linnet.client.sync.hub import Hub
from linnet.client.sync.inbox import Inbox
from linnet.client.values import ConversationState
from linnet.errors import Malformed, UsageError
from linnet.wire.links import PassLink


async def rotate(hub: Hub) -> str:
    """Make a new invite secret; the inboxes destroy what belonged to the old one."""
    store = hub.store
    profile = store.profile
    with store.db.transaction():
        for relay in store.account.relays():
            if relay.is_mine:
                store.account.retire_invite(relay.descriptor.key, profile.invite_secret)
        store.account.save(replace(profile, invite_secret=hub.entropy(32)))
        store.account.forget_packages()
        store.account.forget_inbox_cursors()
        show_card(hub)
    renew_inboxes(hub)
    return own_link(store).text()


def show_card(hub: Hub) -> None:
    """Send the account's card to everyone it talks to."""
    part = card_part(own_link(hub.store).pack())
    for row in hub.store.conversations.all():
        if row.is_direct and row.state is ConversationState.ACTIVE:
            hub.compose(row, part)


def renew_inboxes(hub: Hub) -> None:
    """Let every inbox begin anew."""
    for worker in hub.workers:
        if isinstance(worker, Inbox):
            worker.renew()


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
        show_card(hub)
    if known is None or not known.is_mine:
        inbox = Inbox(hub, link.relay.key)
        hub.workers.append(inbox)
        hub.begin(inbox)


def read_pass(pass_link: str) -> PassLink:
    """Read a pass link that a person gave.

    Raises:
        UsageError: it is none.
    """
    try:
        return PassLink.parse(pass_link)
    except Malformed as error:
        raise UsageError(str(error)) from error
