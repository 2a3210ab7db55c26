"""All tables of one open home, and what an account is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from linnet.client.core.people import own_device
from linnet.client.store.accounts import AccountTable, Profile
from linnet.client.store.contacts import ContactTable
from linnet.client.store.conversations import ConversationTable
from linnet.client.store.database import Database
from linnet.client.store.devices import DeviceTable
from linnet.client.store.errands import ErrandTable
from linnet.client.store.history import HistoryTable
from linnet.client.store.log import LogTable
from linnet.client.store.manifests import ManifestTable
from linnet.client.store.marks import MarkTable
from linnet.client.store.messages import MessageTable
from linnet.client.store.outbox import OutboxTable
from linnet.client.store.own_roads import OwnRoadTable
from linnet.client.store.reactions import ReactionTable
from linnet.client.store.roads import RoadTable
from linnet.client.store.sent import SentTable
from linnet.client.store.shared_roads import SharedRoadTable
from linnet.client.store.views import MessageViews
from linnet.client.store.wants import WantTable
from linnet.ids import AccountKey, DeviceId


@dataclass(frozen=True, slots=True)
class Store:
    """The tables of a home; every change goes through `db.transaction`."""

    home: Path
    db: Database
    me: AccountKey
    account: AccountTable
    contacts: ContactTable
    conversations: ConversationTable
    devices: DeviceTable
    history: HistoryTable
    log: LogTable
    manifests: ManifestTable
    marks: MarkTable
    messages: MessageTable
    views: MessageViews
    outbox: OutboxTable
    own_roads: OwnRoadTable
    errands: ErrandTable
    reactions: ReactionTable
    roads: RoadTable
    sent: SentTable
    shared_roads: SharedRoadTable
    wants: WantTable

    @classmethod
    def of(cls, home: Path, database: Database) -> Self:
        """Put the tables of a store that holds an account together."""
        account = AccountTable(database)
        me = account.load().account.key
        return cls(
            home=home,
            db=database,
            me=me,
            account=account,
            contacts=ContactTable(database),
            conversations=ConversationTable(database, me),
            devices=DeviceTable(database),
            history=HistoryTable(database, me),
            log=LogTable(database),
            manifests=ManifestTable(database),
            marks=MarkTable(database),
            messages=MessageTable(database),
            views=MessageViews(database, me),
            outbox=OutboxTable(database),
            own_roads=OwnRoadTable(database),
            errands=ErrandTable(database),
            reactions=ReactionTable(database),
            roads=RoadTable(database),
            sent=SentTable(database),
            shared_roads=SharedRoadTable(database),
            wants=WantTable(database),
        )

    @property
    def profile(self) -> Profile:
        """What the account is and may, as it stands now."""
        return self.account.load()

    @property
    def device(self) -> DeviceId:
        """The id of this device."""
        return own_device(self.profile.credential)
