"""Carries what goes to other people's inboxes and comes from their shelves.

Specified in ``spec/conversations.md`` §6.1: claims a key package for each invitee, and
puts a Welcome into their inbox once the commit that adds them counts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Final, TypeVar

from linnet.client.core.commits import seal_blob
from linnet.client.core.keys import DeviceKeys, InviteKeys
from linnet.client.core.people import device_of, package_of
from linnet.client.core.posts import (
    OVERHEAD,
    WelcomePost,
    seal_post,
    unseal_package,
)
from linnet.client.core.wants import WantDevice, WantMember
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.outbox import PostRow
from linnet.client.store.wants import WantRow
from linnet.client.sync.blobs import put_small
from linnet.client.sync.cards import own_link
from linnet.client.sync.hub import Hub
from linnet.client.sync.line import Line
from linnet.client.sync.mishaps import mishap
from linnet.client.sync.reception import Reception
from linnet.client.values import ConversationState
from linnet.errors import Forged, Malformed, Refused, RemoteError, Unreachable
from linnet.ids import DeviceId, EnvelopeId, Handle
from linnet.wire import replies, requests
from linnet.wire.invites import InviteLink
from linnet.wire.limits import MAX_ENVELOPE
from linnet.wire.links import RelayDescriptor
from linnet.wire.refusals import Refusal
from linnet.wire.requests_shelves import ShelfClaim
from mls import MLSError

ROAD_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 5.0
SOON_SECONDS: Final = 1.0
NEW_SECONDS: Final = 600.0
"""How long after it was linked a device may be expected any moment."""
DEAD_SECONDS: Final = 30.0
KEPT_SECONDS: Final = 30 * 24 * 3600.0
DEAD: Final = (Refusal.NO_SUCH_SHELF, Refusal.NO_SUCH_STREAM, Refusal.WRONG_TOKEN)

_log = logging.getLogger(__name__)
Done = TypeVar("Done")


class LinkDead(RemoteError):
    """An invite link leads nowhere any more."""


class Courier:
    """The task that visits other people's relays."""

    def __init__(self, hub: Hub) -> None:
        self.trouble = ""
        self.is_settled = False
        self._hub = hub
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look whether there is something to carry."""
        self.is_settled = False
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._woken.clear()
            self.trouble = ""
            try:
                await self._claim_all()
                await self._post_all()
            except Exception as error:  # one bug must not stop the conversations
                self.trouble = str(mishap(error))
            await self._rest()

    async def _rest(self) -> None:
        store = self._hub.store
        claims = self._claims(due=False)
        is_patient = all(want.is_patient for _, want in claims)
        is_waiting = bool(store.outbox.pending_posts() or not is_patient)
        if not is_waiting and not self._woken.is_set():
            self.is_settled = True
            self._hub.changed()
        wait = RETRY_SECONDS if is_waiting else None
        if wait is None and claims:
            due = min(want.try_at for _, want in claims)
            wait = max(SOON_SECONDS, due - self._hub.now())
        try:
            async with asyncio.timeout(wait):
                await self._woken.wait()
        except TimeoutError:
            return

    # Key packages

    def _claims(self, *, due: bool = True) -> list[tuple[ConversationRow, WantRow]]:
        store, now = self._hub.store, self._hub.now()
        return [
            (row, want)
            for row in store.conversations.all()
            if row.state is ConversationState.ACTIVE
            for want in store.wants.of(row.id)
            if isinstance(want.want, WantMember | WantDevice)
            and not want.has_package
            and (not due or want.try_at <= now)
        ]

    async def _claim_all(self) -> None:
        for row, want in self._claims():
            if isinstance(want.want, WantMember):
                await self._claim(row, want, want.want)
            elif isinstance(want.want, WantDevice):
                await self._claim_of_device(want, want.want.device)
            self._hub.wake(row.id)

    async def _claim(
        self, row: ConversationRow, want: WantRow, member: WantMember
    ) -> None:
        store = self._hub.store
        contact = store.contacts.find(member.account)
        link = contact.link if contact else None
        if link is None:
            self._refuse(row, want, "There is no invite link of theirs.")
            return
        try:
            take = partial(self._take_package, link=link)
            package = await self._on_some_relay(link, take)
        except LinkDead as error:
            self.trouble = str(error)
            self._say_once(row, want, str(error))
            with store.db.transaction():
                later = self._hub.now() + DEAD_SECONDS
                store.wants.delay(want.number, later)
        except (RemoteError, Unreachable) as error:
            self.trouble = str(error)
            with store.db.transaction():
                later = self._hub.now() + RETRY_SECONDS
                store.wants.delay(want.number, later)
        else:
            with store.db.transaction():
                store.wants.claimed(want.number, package)

    async def _claim_of_device(self, want: WantRow, device: DeviceId) -> None:
        """Claim from the shelf of another device of ours, which may not be there."""
        store = self._hub.store
        if store.devices.find(device) is None:
            with store.db.transaction():
                store.wants.settle(want.number)
            return
        take = partial(self._take_own, device=device)
        try:
            package = await self._on_some_relay(own_link(store), take)
        except (RemoteError, Unreachable):
            with store.db.transaction():
                later = self._hub.now() + self._patience(device)
                store.wants.delay(want.number, later)
        else:
            with store.db.transaction():
                store.wants.claimed(want.number, package)

    def _patience(self, device: DeviceId) -> float:
        """Return how long to wait for a device: little while it is being linked."""
        row = self._hub.store.devices.find(device)
        age = self._hub.now() - (row.linked_at if row else 0)
        return SOON_SECONDS if age < NEW_SECONDS else DEAD_SECONDS

    async def _take_own(self, line: Line, *, device: DeviceId) -> bytes:
        store = self._hub.store
        keys = DeviceKeys.derive(store.profile.owner_secret, line.relay.key, device)
        reply = await line.ask(ShelfClaim(keys.shelf, keys.claim_token))
        if not isinstance(reply, replies.Package):
            raise Malformed("The relay answered something else than was asked.")
        package = unseal_package(keys.key, keys.shelf, reply.package)
        try:
            found = package_of(store.me, package)
        except MLSError as error:
            raise Malformed("What lies on a device's shelf is no key package.") from (
                error
            )
        if device_of(found) != device:
            raise Forged("The key package on a device's shelf is another's.")
        return package

    async def _take_package(self, line: Line, *, link: InviteLink) -> bytes:
        keys = InviteKeys.derive(link.secret, line.relay.key)
        reply = await line.ask(ShelfClaim(keys.shelf, keys.claim_token))
        if not isinstance(reply, replies.Package):
            raise Malformed("The relay answered something else than was asked.")
        package = unseal_package(keys.shelf_key, keys.shelf, reply.package)
        try:
            package_of(link.account, package)
        except MLSError as error:
            raise Malformed("What lies on their shelf is no key package.") from error
        return package

    def _say_once(self, row: ConversationRow, want: WantRow, sentence: str) -> None:
        hub = self._hub
        name = sha256(b"dead" + want.number.to_bytes(8)).digest()[:16]
        with hub.store.db.transaction():
            Reception(hub.store, hub.tell, hub.entropy).notice(
                row, EnvelopeId(name), hub.store.me, sentence, time=hub.now()
            )

    def _refuse(self, row: ConversationRow, want: WantRow, reason: str) -> None:
        hub = self._hub
        with hub.store.db.transaction():
            hub.store.wants.refuse(want.number, reason)
            Reception(hub.store, hub.tell, hub.entropy).notice(
                row,
                EnvelopeId(hub.entropy(16)),
                hub.store.me,
                f"They could not be added: {reason}",
                time=hub.now(),
            )

    # Invitations

    async def _post_all(self) -> None:
        store = self._hub.store
        for post in store.outbox.due_posts(self._hub.now()):
            link = InviteLink.unpack(post.card)
            carry = partial(self._post, link=link, post=post)
            try:
                relay = await self._on_some_relay(link, carry)
            except LinkDead as error:
                with store.db.transaction():
                    if post.recipient == store.me:  # our inbox is being made anew
                        later = self._hub.now() + SOON_SECONDS
                        store.outbox.delay_post(post.envelope, later)
                    else:
                        store.outbox.refuse_post(post.envelope, str(error))
            except (RemoteError, Unreachable) as error:
                self.trouble = str(error)
                with store.db.transaction():
                    later = self._hub.now() + RETRY_SECONDS
                    store.outbox.delay_post(post.envelope, later)
            else:
                with store.db.transaction():
                    store.outbox.posted(post, relay)
        with store.db.transaction():
            store.outbox.prune_posts(self._hub.now() - KEPT_SECONDS)

    async def _post(self, line: Line, *, link: InviteLink, post: PostRow) -> bytes:
        keys = InviteKeys.derive(link.secret, line.relay.key)
        opened = await line.ask(
            requests.Open(keys.inbox, append_token=keys.append_token)
        )
        if not isinstance(opened, replies.Opened):
            raise Malformed("The relay answered something else than was asked.")
        body = await self._fit(line, opened.handle, post.body)
        sealed = seal_post(
            keys.inbox_key,
            keys.inbox,
            envelope=post.envelope,
            body=body,
            entropy=self._hub.entropy,
        )
        await line.ask(requests.Append(opened.handle, post.envelope, sealed))
        await line.ask(requests.Close(opened.handle))
        return line.relay.key

    async def _fit(self, line: Line, handle: Handle, body: bytes) -> bytes:
        """Put what does not fit an envelope into blobs beside the inbox."""
        if len(body) + 4 <= MAX_ENVELOPE - OVERHEAD:
            return body
        post = WelcomePost.decode(body)
        if isinstance(post.tree, bytes):
            ref, sealed = seal_blob(post.tree, self._hub.entropy)
            await put_small(line, handle, ref, sealed)
            post = replace(post, tree=ref)
        if isinstance(post.welcome, bytes) and len(post.welcome) > MAX_ENVELOPE // 2:
            ref, sealed = seal_blob(post.welcome, self._hub.entropy)
            await put_small(line, handle, ref, sealed)
            post = replace(post, welcome=ref)
        return post.encode()

    async def _on_some_relay(
        self, link: InviteLink, work: Callable[[Line], Awaitable[Done]]
    ) -> Done:
        """Do something on the first relay of a link that can be reached.

        Raises:
            LinkDead: every relay says that the link leads nowhere.
            Unreachable: none can be reached now.
        """
        failures: list[Exception] = []
        for relay in self._order(link.relays):
            line = self._hub.line(relay)
            try:
                async with asyncio.timeout(ROAD_SECONDS):
                    await line.up()
                    return await work(line)
            except TimeoutError:
                failures.append(Unreachable(line.status.sentence))
            except (RemoteError, Unreachable) as error:
                failures.append(error)
        if all(isinstance(f, Refused) and f.code in DEAD for f in failures):
            raise LinkDead(
                "Their invite link leads nowhere now; it may be an old one. "
                "Linnet keeps trying; ask them for a new link."
            )
        worst = failures[-1]
        raise worst if isinstance(worst, RemoteError) else Unreachable(str(worst))

    def _order(self, relays: tuple[RelayDescriptor, ...]) -> list[RelayDescriptor]:
        """Try first where there is a line already."""
        open_now = {line.relay.key for line in self._hub.lines if line.link.is_open}
        return sorted(relays, key=lambda relay: relay.key not in open_now)
