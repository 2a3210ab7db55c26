"""Keeps an inbox and a shelf on one relay of this account.

Specified in ``spec/identity.md`` §5.3 and §5.4: lays out key packages, reads
invitations, and believes nothing in them that MLS and signatures do not prove.
"""

import asyncio
import logging
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from linnet.client.core.keys import InviteKeys, OwnerKeys
from linnet.client.store.accounts import RelayRow
from linnet.client.sync.blobs import fetch_small
from linnet.client.sync.hub import Hub
from linnet.client.sync.invitations import Invitation, Invitations
from linnet.client.sync.line import Line, SessionLost
from linnet.client.sync.mishaps import kind_of, mishap
from linnet.client.sync.shelf import Shelf
from linnet.client.sync.stream import Came, Item, Lost, Stream, Wake
from linnet.client.sync.wishes import Wish
from linnet.errors import LinnetError, Malformed, Refused, RemoteError
from linnet.ids import EnvelopeId, Handle, Sequence
from linnet.wire import replies, requests
from linnet.wire.refusals import Refusal
from linnet.wire.requests import NO_ENVELOPE
from linnet.wire.requests_shelves import ShelfDestroy

PATIENCE_SECONDS: Final = 10.0
GONE: Final = (Refusal.NO_SUCH_STREAM, Refusal.NO_SUCH_SHELF)

_log = logging.getLogger(__name__)


class Inbox:
    """The task of one relay's inbox and shelf."""

    def __init__(self, hub: Hub, relay: bytes) -> None:
        self.trouble = ""
        self.is_settled = False
        self.relay = relay
        self._hub = hub
        self._relay = relay
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._head = Sequence(0)
        self._is_stale = False

    def wake(self) -> None:
        """Begin anew, for the invite was rotated or a package was used."""
        self.is_settled = False
        self._queue.put_nowait(Wake())

    def renew(self) -> None:
        """Leave the old inbox for the one of the new invite."""
        self._is_stale = True
        self.wake()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                if self._hub.store.devices.is_removed:
                    self._settle()  # it has no inbox any more
                    await self._queue.get()
                    continue
                await self._session()
            except SessionLost:
                continue
            except LinnetError as error:
                self.trouble = str(error)
                _log.warning("An inbox waits: %s", kind_of(error))
                self._hub.connection_changed()
                await self._pause()
            except Exception as error:  # one bug must not stop the conversations
                self.trouble = str(mishap(error))
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._queue.get()
        except TimeoutError:
            return

    @property
    def _row(self) -> RelayRow:
        row = self._hub.store.account.relay(self._relay)
        if row is None:
            raise LookupError("A relay was forgotten.")
        return row

    def _keys(self) -> tuple[InviteKeys, OwnerKeys]:
        profile = self._hub.store.profile
        invite = InviteKeys.derive(profile.invite_secret, self._relay)
        return invite, OwnerKeys.derive(profile.owner_secret, self._relay, invite.inbox)

    async def _session(self) -> None:
        self._is_stale = False
        line = self._hub.line(self._row.descriptor)
        await line.up()
        while not self._queue.empty():
            self._queue.get_nowait()
        invite, owner = self._keys()
        stream = Stream(line, invite.inbox, self._queue)
        try:
            await self._destroy_retired(line)
            await self._create(line, invite, owner)
            await self._fill_shelves(line, invite, owner)
            await self._subscribe(line, stream, (invite, owner))
            self.trouble = ""
            while not self._is_stale:
                await self._next(line, invite, owner)
        finally:
            stream.leave()

    async def _create(self, line: Line, invite: InviteKeys, owner: OwnerKeys) -> None:
        await line.ask(
            requests.Create(
                invite.inbox,
                sha256(invite.append_token).digest(),
                sha256(owner.read_token).digest(),
                sha256(owner.control_token).digest(),
            )
        )

    async def _destroy_retired(self, line: Line) -> None:
        """Destroy inboxes and shelves whose invite was rotated."""
        store = self._hub.store
        for secret, owner_secret in store.account.retired_invites(self._relay):
            invite = InviteKeys.derive(secret, self._relay)
            owner = OwnerKeys.derive(owner_secret, self._relay, invite.inbox)
            try:
                opened = await line.ask(
                    requests.Open(invite.inbox, control_token=owner.control_token)
                )
                if isinstance(opened, replies.Opened):
                    await line.ask(requests.Destroy(opened.handle))
                await line.ask(ShelfDestroy(invite.shelf, owner.shelf_token))
            except Refused as refusal:
                if refusal.code not in GONE:
                    raise
            with store.db.transaction():
                store.account.forget_invite(self._relay, secret)

    async def _fill_shelves(
        self, line: Line, invite: InviteKeys, owner: OwnerKeys
    ) -> None:
        await Shelf.public(self._hub, self._relay, invite, owner).fill(line)
        if self._hub.store.devices.all():
            await Shelf.own(self._hub, self._relay).fill(line)

    async def _subscribe(
        self, line: Line, stream: Stream, keys: tuple[InviteKeys, OwnerKeys]
    ) -> None:
        invite, owner = keys
        reply = await line.ask(requests.Open(stream.id, read_token=owner.read_token))
        if not isinstance(reply, replies.Opened):
            raise Malformed("The relay answered something else than was asked.")
        stream.handle = reply.handle
        row = self._row
        try:
            self._head = await stream.subscribe(row.inbox_sequence, row.inbox_envelope)
        except Refused as refusal:
            if refusal.code != Refusal.REWOUND:
                raise
            await Shelf.public(self._hub, self._relay, invite, owner).renew(line)
            self._head = await stream.subscribe(Sequence(0), NO_ENVELOPE)

    # Invitations

    async def _next(self, line: Line, invite: InviteKeys, owner: OwnerKeys) -> None:
        self._settle_if_done()
        item = await self._queue.get()
        match item:
            case Lost():
                raise SessionLost("The session with the relay ended.")
            case Came(_, envelope):
                if await self._take(line, invite, envelope):
                    await self._fill_shelves(line, invite, owner)
            case _:
                return

    async def _take(
        self, line: Line, invite: InviteKeys, envelope: replies.Envelope
    ) -> bool:
        """Take one post; what is wrong with it is nobody's business but ours."""
        invitations = Invitations(self._hub)
        opened: Invitation | None
        try:
            opened = invitations.open(invite, envelope)
            for ref in opened.missing:
                opened = opened.with_blob(ref, await fetch_small(line, ref))
        except RemoteError:
            opened = None
        return self._keep(invitations, opened, envelope)

    def _keep(
        self,
        invitations: Invitations,
        opened: Invitation | None,
        envelope: replies.Envelope,
    ) -> bool:
        store = self._hub.store
        with store.db.transaction():
            store.account.move_inbox_cursor(
                self._relay, envelope.sequence, envelope.envelope
            )
            return opened is not None and invitations.take(opened, envelope)

    # Bags

    def wish(self) -> Wish | None:
        """What a bag is to ask for this inbox."""
        if self._hub.store.devices.is_removed:
            return None
        invite, owner = self._keys()
        row = self._row
        opening = requests.Open(invite.inbox, read_token=owner.read_token)
        read = requests.Read(Handle(0), row.inbox_sequence, row.inbox_envelope)
        return Wish(row.descriptor, opening, (read,))

    @property
    def cursor(self) -> tuple[Sequence, EnvelopeId]:
        """The newest envelope that was taken."""
        return self._row.inbox_sequence, self._row.inbox_envelope

    def take_carried(self, envelopes: Iterable[replies.Envelope]) -> bool:
        """Store what a bag brought; False where something of it lies in a blob."""
        invite, _ = self._keys()
        invitations = Invitations(self._hub)
        for envelope in envelopes:
            opened: Invitation | None
            try:
                opened = invitations.open(invite, envelope)
            except RemoteError:
                opened = None
            if opened is not None and opened.missing:
                return False
            self._keep(invitations, opened, envelope)
        return True

    def on_the_relay(self, envelope: EnvelopeId) -> bool:
        """Nothing of ours goes to our own inbox."""
        return False

    def _settle_if_done(self) -> None:
        if self._row.inbox_sequence >= self._head:
            self._settle()

    def _settle(self) -> None:
        if self._queue.empty() and not self.is_settled:
            self.is_settled = True
            self._hub.changed()
