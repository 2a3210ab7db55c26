"""New secrets of the account: what follows from them on this device.

Specified in ``spec/identity.md`` §4 and ``spec/devices.md`` §7.
"""

from dataclasses import replace

from linnet.client.core.devices import SecretsRotated
from linnet.client.sync.cards import own_link, show_card
from linnet.client.sync.hub import Hub
from linnet.client.sync.sharing import share


def rotate_secrets(hub: Hub, owner_secret: bytes) -> None:
    """Make a new invite secret, beside an owner secret, and tell who must know."""
    invite_secret = hub.entropy(32)
    take_secrets(hub, invite_secret, owner_secret)
    share(hub, SecretsRotated(invite_secret, owner_secret))
    show_card(hub)


def take_secrets(hub: Hub, invite_secret: bytes, owner_secret: bytes) -> None:
    """Leave inbox and shelves of the old secrets for those of new ones.

    What this account's devices were sent into the old inbox is sent again: one of them
    may not have read it.
    """
    store = hub.store
    profile = store.profile
    if (profile.invite_secret, profile.owner_secret) == (invite_secret, owner_secret):
        return
    for relay in store.account.relays():
        if relay.is_mine:
            store.account.retire_invite(
                relay.descriptor.key, profile.invite_secret, profile.owner_secret
            )
    store.account.save(
        replace(profile, invite_secret=invite_secret, owner_secret=owner_secret)
    )
    store.account.forget_public_packages()
    store.account.forget_inbox_cursors()
    store.outbox.repost_to(store.me, own_link(store).pack())
    store.db.after_commit(hub.renew_inboxes)
    store.db.after_commit(hub.wake_courier)
