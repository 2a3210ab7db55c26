"""What happened in a conversation, as sentences for its timeline."""

from collections.abc import Callable

from linnet.client.core.outcomes import Change, Deed
from linnet.ids import AccountKey

UNREADABLE = "Something that could not be read was skipped."
MISSED = (
    "Something from before the relay was restored could not be read yet; whoever sent "
    "it is asked for it again."
)
UNKNOWN_MANIFEST = "brought a list of roads that you do not follow; it was not kept."
REFUSED_MANIFEST = (
    "brought a list of roads that is old or not genuine; it was not kept."
)
UNKNOWN_KIND = "sent something that this version of Linnet cannot show."

Name = Callable[[AccountKey], str]


def sentence_of(change: Change, me: AccountKey, name: Name) -> str:
    """Say what a member did; "you" where it was done to or by this account."""
    actor, subject = name(change.actor), change.text or name(change.subject)
    if change.deed in (Deed.DEVICE_ADDED, Deed.DEVICE_REMOVED):
        whose = name(change.subject)
        if change.deed is Deed.DEVICE_ADDED:
            return f"{whose} {'have' if change.subject == me else 'has'} a new device."
        return f"{whose} removed a device."
    if change.subject == me and change.deed is not Deed.RETITLED:
        subject = "you"
    return {
        Deed.ADDED: f"{actor} added {subject}.",
        Deed.REMOVED: f"{actor} removed {subject}.",
        Deed.LEFT: f"{actor if change.actor == me else subject} left.",
        Deed.RETURNED: f"{actor} is back with a restored device.",
        Deed.RETITLED: f"{actor} named the group {change.text}.",
        Deed.ADMIN: f"{actor} made {subject} an admin.",
        Deed.PLAIN: f"{actor} made {subject} a plain member.",
        Deed.MOVED: f"{actor} moved the conversation to another relay.",
        Deed.RENAMED: f"{change.was or actor} is now called {change.text}.",
    }[change.deed]


def timer_sentence(seconds: int) -> str:
    """Say what was set; whoever did it is put in front."""
    if seconds == 0:
        return "let messages stay."
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"lets messages disappear after {count} {word}{'s' * (count > 1)}."
    raise AssertionError(seconds)


def roads_sentence(count: int) -> str:
    """Say what a contact offers; whoever does it is put in front."""
    ways = "a further way" if count == 1 else f"{count} further ways"
    used = "It is" if count == 1 else "They are"
    return f"offers you {ways} to a relay. {used} not used before you say so."


def manifest_sentence(number: int) -> str:
    """Say what a contact brought; whoever did it is put in front."""
    return f"brought edition {number} of a list of roads that you follow."
