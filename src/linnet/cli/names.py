"""What people are called on the screen, so that nobody can pass for somebody else."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from linnet.cli.safe import safe_name
from linnet.client import Client, Contact, Conversation
from linnet.errors import UsageError
from linnet.ids import AccountKey

ME = "you"


@dataclass(slots=True)
class Names:
    """A label for each account; the fingerprint is added where a name is not enough."""

    labels: dict[AccountKey, str] = field(default_factory=dict)

    def update(self, contacts: Iterable[Contact]) -> None:
        """Learn the contacts' names, also after they changed."""
        for contact in contacts:
            self.labels[contact.account] = label(contact)

    def of(self, account: AccountKey, name: str) -> str:
        """Return the label of a sender or member."""
        return self.labels.get(account) or _guarded(safe_name(name), account.hex()[:8])


def label(contact: Contact) -> str:
    """Return a contact's name, with the fingerprint if another has the same."""
    name = safe_name(contact.name)
    if contact.same_name:
        return f"{name} ({contact.fingerprint})"
    return _guarded(name, contact.fingerprint)


def _guarded(name: str, fingerprint: str) -> str:
    """Mark a name that reads as the word for this account itself."""
    return f"{name} ({fingerprint})" if name.casefold() == ME else name


def names_of(me: Client) -> Names:
    """Return the labels of everybody an account knows."""
    names = Names()
    names.update(me.contacts())
    return names


def find_conversation(me: Client, who: str) -> Conversation:
    """Find a conversation; where only a request is, say how to answer it.

    Raises:
        UsageError: none, or more than one, is called so.
    """
    try:
        return me.conversation(who)
    except UsageError:
        for request in me.requests():
            if who.casefold() in {request.sender.name.casefold(), request.title}:
                name = safe_name(who)
                raise UsageError(
                    f"{name} waits for your answer. Say yes first: linnet accept "
                    f"'{name}'"
                ) from None
        raise


def title_of(conversation: Conversation) -> str:
    """Return what a conversation is called."""
    return safe_name(conversation.title)
