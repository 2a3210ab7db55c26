"""What an invitation in the inbox becomes: a request, a conversation, or nothing.

Specified in ``spec/identity.md`` §5.4. A stranger may have written it, so nothing is
shown before MLS and the account's signatures have proven who is in the conversation.
"""

from dataclasses import dataclass, field, replace
from typing import Self

from linnet.client.core.conversation import Conversation
from linnet.client.core.envelope import BlobRef
from linnet.client.core.founding import join, welcome_references
from linnet.client.core.info import DEVICES, DIRECT, GROUP
from linnet.client.core.keys import InviteKeys
from linnet.client.core.meaning import card_part
from linnet.client.core.posts import WelcomePost, unseal_post
from linnet.client.events import (
    ContactRequested,
    ConversationChanged,
    DevicesChanged,
    IdentityWarning,
)
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.cards import own_link
from linnet.client.sync.hub import Hub
from linnet.client.sync.passing import take_kept
from linnet.client.sync.rejoining import offer_rejoin
from linnet.client.sync.sharing import want_siblings
from linnet.client.sync.siblings import introduce, take_shelf
from linnet.client.values import (
    ContactState,
    ConversationKind,
    ConversationState,
    Request,
)
from linnet.errors import Malformed
from linnet.ids import AccountKey
from linnet.wire import replies
from mls import MLSError, OwnKeyPackage

KNOWN = (ContactState.ACCEPTED, ContactState.ASKED)
"""Whose invitations need no further word from the owner."""
MOST_REQUESTS = 200
"""Waiting requests; more is somebody filling the disk."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An opened post; parts of it may still lie in blobs."""

    post: WelcomePost = field(repr=False)

    @property
    def missing(self) -> list[BlobRef]:
        """Blobs to fetch before the invitation can be taken."""
        parts = (self.post.welcome, self.post.tree)
        return [part for part in parts if isinstance(part, BlobRef)]

    def with_blob(self, ref: BlobRef, body: bytes) -> Self:
        """Return the invitation with what a blob holds in its place."""
        post = self.post
        if post.welcome == ref:
            post = replace(post, welcome=body)
        if post.tree == ref:
            post = replace(post, tree=body)
        return replace(self, post=post)


class Invitations:
    """Takes invitations into the store."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = hub.store

    def open(self, invite: InviteKeys, envelope: replies.Envelope) -> Invitation:
        """Decrypt a post.

        Raises:
            RemoteError: it is none.
        """
        body = unseal_post(
            invite.inbox_key,
            invite.inbox,
            envelope=envelope.envelope,
            data=envelope.data,
        )
        return Invitation(WelcomePost.decode(body))

    def take(  # noqa: PLR0911  each way in which it is worth nothing
        self, invitation: Invitation, envelope: replies.Envelope
    ) -> bool:
        """Make a request or a conversation of it; say whether it was worth anything."""
        post = invitation.post
        if isinstance(post.welcome, BlobRef) or isinstance(post.tree, BlobRef):
            return False
        try:
            machine, used = self._join(post.welcome, post.tree)
            inviter = self._inviter(machine, post.sender)
        except (Malformed, MLSError):
            return False
        if machine.info.kind == DEVICES:
            return self._meet_devices(machine, post, used)
        contact = self._store.contacts.find(inviter)
        if contact and contact.state is ContactState.BLOCKED:
            self._store.account.use_packages(used)
            return True
        row = self._store.conversations.row(machine.id)
        if row is not None:
            is_new = self._return(row, machine, post, inviter)
            self._store.account.use_packages(used if is_new else ())
            return is_new
        if inviter != self._store.me and self._is_flooded(contact):
            return False
        self._store.account.use_packages(used)
        self._keep(machine, post, inviter, time=envelope.time_ms / 1000)
        return True

    def _meet_devices(
        self, machine: Conversation, post: WelcomePost, used: tuple[bytes, ...]
    ) -> bool:
        """Enter the conversation of this account's devices, if not in one already."""
        store, hub = self._store, self._hub
        if store.conversations.devices() or store.conversations.row(machine.id):
            return False
        store.account.use_packages(used)
        store.conversations.add(
            machine,
            state=ConversationState.ACTIVE,
            now=hub.now(),
            inviter=store.me,
            is_on_relay=True,
        )
        store.conversations.move_cursor(machine.id, post.sequence, post.envelope)
        store.devices.are({one.device for one in machine.members}, hub.now())
        introduce(hub)
        take_shelf(hub)
        store.db.after_commit(lambda: hub.open_conversation(machine.id))
        store.db.after_commit(lambda: hub.tell(DevicesChanged()))
        return True

    def _return(
        self,
        row: ConversationRow,
        machine: Conversation,
        post: WelcomePost,
        inviter: AccountKey,
    ) -> bool:
        """Take an invitation into a conversation that this device was in before."""
        state = self._state_by(inviter)
        place = (post.sequence, post.envelope)
        return offer_rejoin(
            self._hub, row, machine, inviter=inviter, place=place, state=state
        )

    def _join(
        self, welcome: bytes, tree: bytes
    ) -> tuple[Conversation, tuple[bytes, ...]]:
        references = welcome_references(welcome)
        kept = self._store.account.private_packages(references)
        packages = [OwnKeyPackage.from_bytes(one) for one in kept]
        if not packages:
            raise Malformed("An invitation is for no key package of ours.")
        return join(self._store.me, welcome, tree, packages), references

    def _inviter(self, machine: Conversation, sender: AccountKey) -> AccountKey:
        accounts = {one.account for one in machine.members}
        is_ours = sender == self._store.me and bool(machine.siblings)
        if machine.info.kind == DEVICES and not (is_ours and len(accounts) == 1):
            raise Malformed("Somebody else's devices are no conversation of ours.")
        if sender not in accounts or (sender == self._store.me and not is_ours):
            raise Malformed("An invitation is from nobody in the conversation.")
        if machine.info.kind == DIRECT and len(accounts) != 2:
            raise Malformed("A conversation of two has not two people in it.")
        if (
            machine.info.kind == GROUP
            and not is_ours
            and not machine.circle.is_admin(sender)
        ):
            raise Malformed("An invitation is from somebody who may not invite.")
        return sender

    def _state_by(self, inviter: AccountKey) -> ConversationState:
        """Say whether what somebody invites to needs no further word of its owner."""
        contact = self._store.contacts.find(inviter)
        is_known = contact is not None and contact.state in KNOWN
        if is_known or inviter == self._store.me:
            return ConversationState.ACTIVE
        return ConversationState.REQUEST

    def _is_flooded(self, contact: ContactRow | None) -> bool:
        if contact and contact.state in KNOWN:
            return False
        waiting = [
            one
            for one in self._store.conversations.all()
            if one.state is ConversationState.REQUEST
        ]
        return len(waiting) >= MOST_REQUESTS

    def _keep(
        self,
        machine: Conversation,
        post: WelcomePost,
        inviter: AccountKey,
        *,
        time: float,
    ) -> None:
        store, state = self._store, self._state_by(inviter)
        others = [one for one in machine.members if one.account != store.me]
        for one in others:
            store.contacts.meet(one.account, one.name)
        store.conversations.add(
            machine,
            state=state,
            now=time,
            inviter=inviter,
            note=post.note,
            peer=others[0].account if machine.info.kind == DIRECT else None,
            is_on_relay=True,
        )
        store.conversations.move_cursor(machine.id, post.sequence, post.envelope)
        row = store.conversations.row(machine.id)
        if row is None:
            return
        if state is ConversationState.ACTIVE:
            relay = machine.info.relay
            store.account.remember_relay(relay, pass_token=None, is_mine=False)
            self._begin(row, is_sibling=inviter == store.me)
        else:
            self._show(request_of(self._hub, row))

    def _begin(self, row: ConversationRow, *, is_sibling: bool) -> None:
        store, hub = self._store, self._hub
        take_kept(hub, row.id)
        want_siblings(hub, row.id, is_later=is_sibling)
        if row.is_direct and not is_sibling:
            # Whoever asks learns by the card that they were accepted.
            hub.compose(row, card_part(own_link(store).pack()))
        store.db.after_commit(lambda: hub.tell(ConversationChanged(row.id)))
        store.db.after_commit(lambda: hub.open_conversation(row.id))

    def _show(self, request: Request) -> None:
        store, hub = self._store, self._hub
        store.db.after_commit(lambda: hub.tell(ContactRequested(request)))
        if request.warning:
            warning = IdentityWarning(request.sender, request.warning)
            store.db.after_commit(lambda: hub.tell(warning))


def request_of(hub: Hub, row: ConversationRow) -> Request:
    """Return a request as faces show it."""
    store = hub.store
    contact = store.contacts.find(row.inviter) if row.inviter else None
    if contact is None:
        raise LookupError("A request is from nobody.")
    shown = store.contacts.shown(contact)
    warning = None
    if shown.same_name:
        warning = (
            f"You know somebody else called {contact.name}. This is another identity "
            f"({shown.fingerprint}): either they lost their account, or somebody "
            "pretends to be them. Ask them in another way before you accept."
        )
    return Request(
        sender=shown,
        conversation=row.id,
        kind=ConversationKind.DIRECT if row.is_direct else ConversationKind.GROUP,
        title=row.title or contact.name,
        note=row.note,
        received_at=row.created_at,
        warning=warning,
    )
