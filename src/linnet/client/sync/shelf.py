"""Keeps key packages on one shelf of this device or account.

Specified in ``spec/identity.md`` §5.3 and ``spec/devices.md`` §6: the public shelf of
an account, and the shelf from which its other devices claim.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from linnet.client.core.keys import DeviceKeys, InviteKeys, OwnerKeys
from linnet.client.core.people import new_package
from linnet.client.core.posts import seal_package
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line
from linnet.errors import Refused
from linnet.ids import Sequence, ShelfId
from linnet.wire import replies
from linnet.wire.refusals import Refusal
from linnet.wire.requests import NO_ENVELOPE
from linnet.wire.requests_shelves import ShelfCount, ShelfPut


@dataclass(frozen=True, slots=True)
class Shelf:
    """One shelf on one relay.

    Attributes:
        slot: under which the store keeps what lies on it; the relay's key for the
            public one.
        count: how many packages lie on a full one.
    """

    hub: Hub
    slot: bytes = field(repr=False)
    id: ShelfId = field(repr=False)
    key: bytes = field(repr=False)
    claim_token: bytes = field(repr=False)
    owner_token: bytes = field(repr=False)
    count: int

    @classmethod
    def public(
        cls, hub: Hub, relay: bytes, invite: InviteKeys, owner: OwnerKeys
    ) -> Self:
        """Return the account's shelf for whoever has its link."""
        return cls(
            hub,
            relay,
            invite.shelf,
            invite.shelf_key,
            invite.claim_token,
            owner.shelf_token,
            20,
        )

    @classmethod
    def own(cls, hub: Hub, relay: bytes) -> Self:
        """Return this device's shelf for the account's other devices."""
        store = hub.store
        keys = DeviceKeys.derive(store.profile.owner_secret, relay, store.device)
        return cls(
            hub,
            relay + keys.shelf,
            keys.shelf,
            keys.key,
            keys.claim_token,
            keys.owner_token,
            10,
        )

    async def fill(self, line: Line) -> None:
        """Lay out what is missing."""
        lying = await self._lying(line)
        account = self.hub.store.account
        with self.hub.store.db.transaction():
            if not account.has_last_resort(self.slot):
                self._make(last_resort=True)
            elif not lying.has_last_resort:
                account.lay_last_resort_again(self.slot)
            waiting = len(account.packages_for_shelf(self.slot))
            if lying.count < self.count // 2:
                for _ in range(max(0, self.count - lying.count - waiting)):
                    self._make(last_resort=False)
        await self._put(line)

    async def renew(self, line: Line) -> None:
        """Lay out new packages: a relay of the past gives out again what was claimed.

        The private halves of the old ones stay: an invitation may be on its way.
        """
        account = self.hub.store.account
        with self.hub.store.db.transaction():
            account.replace_shelf(self.slot)
            account.move_inbox_cursor(self.slot, Sequence(0), NO_ENVELOPE)
            self._make(last_resort=True)
            for _ in range(self.count):
                self._make(last_resort=False)
        await self._put(line)

    async def _lying(self, line: Line) -> replies.ShelfState:
        """Ask what lies on the shelf; what is to be replaced does not count."""
        nothing = replies.ShelfState(0, has_last_resort=False)
        if self.hub.store.account.replaces_shelf(self.slot):
            return nothing
        try:
            reply = await line.ask(ShelfCount(self.id, self.owner_token))
        except Refused as refusal:
            if refusal.code != Refusal.NO_SUCH_SHELF:
                raise
            return nothing
        return reply if isinstance(reply, replies.ShelfState) else nothing

    def _make(self, *, last_resort: bool) -> None:
        hub = self.hub
        profile = hub.store.profile
        own = new_package(
            profile.identity,
            profile.name,
            now=hub.now(),
            entropy=hub.entropy,
            last_resort=last_resort,
        )
        sealed = seal_package(self.key, self.id, own.message, hub.entropy)
        hub.store.account.keep_package(
            own.reference, self.slot, private=own.to_bytes(), sealed=sealed
        )
        if last_resort:
            hub.store.account.mark_last_resort(own.reference)

    async def _put(self, line: Line) -> None:
        """Lay out what was made, noted before: an answer may never come.

        A package laid out twice would be claimed twice, and the second invitation
        would find its private half used up.
        """
        store = self.hub.store
        waiting = store.account.packages_for_shelf(self.slot)
        for begin in range(0, len(waiting), 5):
            some = waiting[begin : begin + 5]
            with store.db.transaction():
                store.account.lay_out([reference for reference, _, _ in some])
            await line.ask(
                ShelfPut(
                    self.id,
                    self.owner_token,
                    sha256(self.claim_token).digest(),
                    tuple(sealed for _, sealed, is_last in some if not is_last),
                    b"".join(sealed for _, sealed, is_last in some if is_last),
                    replace=begin == 0 and store.account.replaces_shelf(self.slot),
                )
            )
            with store.db.transaction():
                store.account.shelf_replaced(self.slot)
