"""`Client`: one account, open: contacts, conversations, settings (spec/identity.md)."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from linnet.client import (
    diagnosing,
    inviting,
    keeping,
    leaving,
    linking,
    meeting,
    parting,
)
from linnet.client.bags import Bags
from linnet.client.chat import Conversation
from linnet.client.core.devices import AccountNamed, PreferencesSet
from linnet.client.core.identity import encode_name
from linnet.client.core.safety import safety_number
from linnet.client.core.wants import WantName
from linnet.client.diagnosing import Diagnosis, Finding
from linnet.client.events import ContactChanged, Event
from linnet.client.finding import find_contact, find_conversation, find_request
from linnet.client.known_roads import KnownRoads
from linnet.client.linking import Linking
from linnet.client.mailing import Mailing
from linnet.client.nearby import Nearby
from linnet.client.standing import settle, status_of
from linnet.client.sync.cards import leads_here, own_link
from linnet.client.sync.invitations import request_of
from linnet.client.sync.sharing import share
from linnet.client.values import (
    Contact,
    ConversationState,
    Device,
    Message,
    Preferences,
    Request,
    SafetyNumber,
    Status,
)
from linnet.errors import LocalError, UsageError
from linnet.ids import AccountKey, ConversationId


class Client(KnownRoads):
    """One open account. Made by `linnet.client.open`; used inside ``async with``.

    Everything that changes something is a coroutine that returns once the change is
    stored; what must reach others is sent in the background, also after a restart.
    ``who`` is a name, a title, or the first characters of a fingerprint.
    """

    @property
    def account(self) -> AccountKey:
        """The account's public identity key."""
        return self._store.me

    @property
    def name(self) -> str:
        """The name others see."""
        return self._store.profile.name

    async def rename(self, name: str) -> None:
        """Change the name others see, in every conversation.

        Raises:
            UsageError: it is empty, too long, or holds control characters.
        """
        try:
            encode_name(name)
        except LocalError as error:
            raise UsageError(str(error)) from error
        with self._store.db.transaction():
            inviting.set_name(self._hub, name)
            share(self._hub, AccountNamed(name))
            for row in self._store.conversations.all():
                if row.state is ConversationState.ACTIVE:
                    self._store.wants.add(row.id, WantName(name))
                    self._hub.wake(row.id)

    # Links, contacts and requests

    def invite(self) -> str:
        """Return the account's invite link; whoever has it can ask to talk."""
        return own_link(self._store).text()

    @property
    def is_invite_of_use(self) -> bool:
        """Whether some address in the invite worked here when it was last tried.

        True also where none was tried. If not, give a road beside it.
        """
        return leads_here(self._store)

    async def rotate_invite(self) -> str:
        """Make a new invite link and let the old one die; contacts get the new one."""
        return await inviting.rotate(self._hub)

    async def add(self, link: str, *, note: str = "") -> Conversation:
        """Ask the owner of an invite link to talk; the conversation can be written to.

        Works without a connection: the request goes out when there is one.

        Raises:
            UsageError: the link is malformed, ours, or of a blocked account.
        """
        return self._conversation(meeting.add(self._hub, link, note))

    def requests(self) -> list[Request]:
        """Who asks to talk and waits for an answer, oldest first."""
        return [
            request_of(self._hub, row)
            for row in self._store.conversations.all()
            if row.state is ConversationState.REQUEST
        ]

    async def accept(self, who: str | Request) -> Conversation:
        """Accept a request; from here on the conversation is read.

        Raises:
            UsageError: there is no such request, or more than one.
        """
        return self._conversation(meeting.accept(self._hub, self._request(who)))

    async def decline(self, who: str | Request) -> None:
        """Drop a request; the other side is not told.

        Raises:
            UsageError: there is no such request, or more than one.
        """
        meeting.decline(self._hub, self._request(who))

    async def block(self, who: str) -> None:
        """Hear nothing of an account any more: requests and messages are dropped."""
        meeting.block(self._hub, find_contact(self._store, who))

    async def unblock(self, who: str) -> None:
        """Take a block back; to talk again, one adds the other again."""
        meeting.unblock(self._hub, find_contact(self._store, who))

    def contacts(self) -> list[Contact]:
        """Every account this one knows, by name."""
        return [self._store.contacts.shown(one) for one in self._store.contacts.all()]

    def contact(self, who: str) -> Contact:
        """Find one contact.

        Raises:
            UsageError: nobody, or more than one, is called so.
        """
        return self._store.contacts.shown(find_contact(self._store, who))

    def safety_number(self, who: str) -> SafetyNumber:
        """The digits to compare with this contact (spec/identity.md §6)."""
        contact = find_contact(self._store, who)
        digits = safety_number(self._store.me, contact.account)
        return SafetyNumber(self._store.contacts.shown(contact), digits)

    async def verify(self, who: str, *, verified: bool = True) -> Contact:
        """Note that the safety numbers were compared and equal."""
        contact = meeting.verify(
            self._hub, find_contact(self._store, who), verified=verified
        )
        shown = self._store.contacts.shown(contact)
        self._hub.tell(ContactChanged(shown))
        return shown

    # Conversations

    def conversations(self) -> list[Conversation]:
        """All conversations, the one with the newest message first."""
        shown = [
            self._conversation(row.id)
            for row in self._store.conversations.shown()
            if row.state is not ConversationState.REQUEST
        ]
        return sorted(shown, key=lambda one: one.last_active, reverse=True)

    def conversation(self, who: str | ConversationId) -> Conversation:
        """Find a conversation by contact name, title or id.

        Raises:
            UsageError: none, or more than one, is called so.
        """
        return self._conversation(find_conversation(self._store, who).id)

    async def new_group(self, title: str, members: Sequence[str] = ()) -> Conversation:
        """Make a group of contacts, with this account as its admin.

        Raises:
            UsageError: the title cannot be, or a member cannot be added.
        """
        contacts = [find_contact(self._store, who) for who in members]
        return self._conversation(meeting.new_group(self._hub, title, contacts))

    def search(self, text: str, *, limit: int = 50) -> list[Message]:
        """Messages that hold every word, newest first."""
        return self._store.views.search(text, limit)

    # Living

    def events(self) -> AsyncIterator[Event]:
        """Everything that happens from this call on, until the client closes."""
        return self._hub.teller.listen()

    def preferences(self) -> Preferences:
        """What others are let know."""
        return self._store.profile.preferences

    async def prefer(self, preferences: Preferences) -> None:
        """Change what others are let know."""
        with self._store.db.transaction():
            self._store.account.set_preferences(preferences)
            said = (preferences.delivery_receipts, preferences.read_receipts)
            share(self._hub, PreferencesSet(*said, preferences.typing))

    def status(self) -> Status:
        """What is connected, by which road, what is queued, and why."""
        return status_of(self._hub)

    async def settle(self, *, timeout_seconds: float = 30.0) -> Status:
        """Wait until all is read and sent, or the time is over; return where it stands.

        For one-shot commands: open, do something, settle, close.
        """
        return await settle(self._hub, timeout_seconds)

    async def add_relay(self, pass_link: str) -> None:
        """Use a further relay: the invite lists it, conversations can move to it.

        Raises:
            UsageError: the link is no pass link.
        """
        inviting.add_relay(self._hub, pass_link)

    @property
    def mail(self) -> Mailing:
        """The mail account by which relays are reached."""
        return Mailing(self._store)

    async def go_through(self, chain: str) -> str:
        """Let every connection go through proxies, from the next start.

        Args:
            chain: such as ``socks5://127.0.0.1:9050``; several with ``|`` between
                them, the nearest first; empty to go straight again.

        Returns:
            The chain as it may be shown: without names and passwords.

        Raises:
            UsageError: it is no chain.
        """
        return leaving.go_through(self._store, chain)

    def goes_through(self) -> str:
        """The chain that connections go through, as it may be shown; or empty."""
        return leaving.goes_through(self._store)

    async def ask_resolvers(self, resolvers: Sequence[str]) -> list[str]:
        """Let the road by names ask these, from the next start.

        Args:
            resolvers: such as ``192.0.2.53``, ``tcp:192.0.2.53:5353`` or
                ``https://dns.example/dns-query``; none: the machine's own again.

        Raises:
            UsageError: one is none, or there are too many.
        """
        return leaving.ask_resolvers(self._store, resolvers)

    def resolvers(self) -> list[str]:
        """The resolvers that were chosen for the road by names."""
        return self._store.roads.resolvers()

    def diagnose(self) -> AsyncIterator[Finding | Diagnosis]:
        """Try every road to every relay in use; say what works and what is blocked.

        Best with ``connect=False``: the account's own links dial beside it otherwise.
        """
        return diagnosing.diagnose(self._hub)

    def nearby(self, interface: str = "") -> Nearby:
        """Swap bags with devices on the same network, of one interface or of all."""
        return Nearby(self._hub, interface)

    @property
    def bags(self) -> Bags:
        """Messages that somebody carries, where there is no network."""
        return Bags(self._hub)

    # Devices

    def devices(self) -> list[Device]:
        """Every device of this account, the oldest first."""
        return parting.devices_of(self._hub)

    async def link(self, *, this_device: str = "First device") -> Linking:
        """Make a link by which a new device becomes one of this account, once.

        Args:
            this_device: how this device is called from now on, if it has no name yet.

        Raises:
            UsageError: this device was removed, or there are eight already.
            Unreachable: no relay of this account can be reached now.
        """
        return await linking.begin_link(self._hub, this_device)

    async def remove_device(self, which: str) -> Device:
        """Lock a device out everywhere: by its name, or how its id begins.

        Raises:
            UsageError: there is no such device, or it is this one.
        """
        return parting.remove(self._hub, which)

    @property
    def is_removed(self) -> bool:
        """Whether this device was removed from the account; it only shows, then."""
        return self._store.devices.is_removed

    # Keeping

    async def export(self, folder: Path) -> Path:
        """Write every conversation as plain JSON lines into a folder.

        Raises:
            StorageError: the folder cannot be written to.
        """
        return keeping.export(self._store, folder)

    async def backup(self, file: Path) -> str:
        """Write an encrypted backup and return the phrase that opens it.

        Raises:
            UsageError: the file exists.
            StorageError: it cannot be written.
        """
        return keeping.backup(self._store, file)

    def _conversation(self, conversation: ConversationId) -> Conversation:
        return Conversation(self._hub, conversation)

    def _request(self, who: str | Request) -> ConversationId:
        wanted = who.conversation if isinstance(who, Request) else who
        return find_request(self._store, wanted).id
