"""Puts the tasks of a client together; they begin when the hub is started."""

from linnet.client.standing import status_of
from linnet.client.sync.clock import Clock
from linnet.client.sync.courier import Courier
from linnet.client.sync.follower import Follower
from linnet.client.sync.hub import Hub
from linnet.client.sync.inbox import Inbox
from linnet.client.sync.lookout import Lookout
from linnet.client.sync.manifest_reader import ManifestReader
from linnet.client.sync.place_reader import PlaceReader
from linnet.client.sync.uploads import Uploads
from linnet.client.values import ConversationState


def assemble(hub: Hub) -> None:
    """Make every task an account needs."""
    hub.make_follower = lambda conversation: Follower(hub, conversation)
    hub.make_inbox = lambda relay: Inbox(hub, relay)
    hub.describe = lambda: status_of(hub)
    hub.courier = Courier(hub)
    hub.uploads = Uploads(hub)
    hub.clock = Clock(hub)
    hub.workers += [hub.courier, hub.uploads, hub.clock, Lookout(hub)]
    hub.workers.append(PlaceReader(hub))
    for relay in hub.store.account.relays():
        if relay.is_mine:
            hub.open_inbox(relay.descriptor.key)
            hub.workers.append(ManifestReader(hub, relay.descriptor.key))
    for row in hub.store.conversations.all():
        if row.state is not ConversationState.REQUEST:
            hub.open_conversation(row.id)
