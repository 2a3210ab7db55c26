"""How a conversation begins: made by one, joined by the others (spec §6.1).

Pure: returns machines; what to store and send is the driver's.
"""

from collections.abc import Sequence

from linnet.client.core.conversation import Conversation
from linnet.client.core.identity import Entropy
from linnet.client.core.info import (
    INFO_EXTENSION,
    NAME_EXTENSION,
    ConversationInfo,
)
from linnet.client.core.people import capabilities, group_settings, name_extension
from linnet.errors import Malformed, RemoteError
from linnet.ids import AccountKey
from mls import (
    Extension,
    Group,
    GroupOptions,
    Identity,
    JoinOptions,
    MLSError,
    OwnKeyPackage,
    RequiredCapabilities,
)


def found(
    me: AccountKey,
    identity: Identity,
    name: str,
    *,
    info: ConversationInfo,
    now: float,
    entropy: Entropy,
) -> Conversation:
    """Make a conversation in which nobody is but its maker."""
    required = RequiredCapabilities(extensions=(NAME_EXTENSION, INFO_EXTENSION))
    options = GroupOptions(
        extensions=(
            required.to_extension(),
            Extension(INFO_EXTENSION, info.encode()),
        ),
        leaf_extensions=(name_extension(name),),
        capabilities=capabilities(),
    )
    group = Group.create(
        entropy(16),
        identity,
        settings=group_settings(),
        now=int(now),
        entropy=entropy,
        options=options,
    )
    return Conversation.of(me, group)


def join(
    me: AccountKey, welcome: bytes, tree: bytes, packages: Sequence[OwnKeyPackage]
) -> Conversation:
    """Enter a conversation by a Welcome.

    Raises:
        Malformed: the Welcome is none, or of a conversation that is not as it must be.
    """
    try:
        group = Group.join(
            welcome,
            packages,
            settings=group_settings(),
            options=JoinOptions(ratchet_tree=tree),
        )
    except MLSError as error:
        raise Malformed("An invitation cannot be opened.") from error
    if len(group.group_id) != 16:
        raise Malformed("An invitation leads to no conversation of Linnet.")
    return Conversation.of(me, group)


def welcome_references(welcome: bytes) -> tuple[bytes, ...]:
    """Return for which key packages a Welcome is.

    Raises:
        Malformed: it is none.
    """
    try:
        return Group.welcome_references(welcome)
    except (MLSError, RemoteError) as error:
        raise Malformed("Something in the inbox is no Welcome.") from error
