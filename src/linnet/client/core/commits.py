"""Making commits: from what is wanted to one staged commit.

Specified in ``spec/conversations.md`` §6.3. Reads a `Conversation` and returns what to
store and send; the conversation itself changes only by its ratchet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from linnet.client.core.conversation import Conversation
from linnet.client.core.envelope import (
    LARGEST_BODY,
    BlobRef,
    EpochKeys,
    seal,
)
from linnet.client.core.files import PREFIX, FileKey, seal_file
from linnet.client.core.identity import Entropy
from linnet.client.core.info import (
    DIRECT,
    INFO_EXTENSION,
    NAME_EXTENSION,
    ConversationInfo,
)
from linnet.client.core.people import (
    Person,
    capabilities,
    group_settings,
    name_extension,
    package_of,
    people,
)
from linnet.client.core.reports import changes_of
from linnet.client.core.staging import Staged, pack_group
from linnet.client.core.wants import (
    Want,
    WantAdmin,
    WantDevice,
    WantDeviceGone,
    WantFresh,
    WantGone,
    WantMember,
    WantMove,
    WantName,
    WantTitle,
)
from linnet.errors import BugError, RemoteError
from linnet.ids import AccountKey, BlobId, DeviceId, EnvelopeId, StreamId
from mls import (
    Add,
    CommitOptions,
    CommitReport,
    Extension,
    ExternalCommitOptions,
    Group,
    GroupContextExtensions,
    GroupOptions,
    Identity,
    Member,
    MLSError,
    Proposal,
    Remove,
    StagedCommit,
    UpdateOptions,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a commit is to do.

    Attributes:
        settled: wants that are true already, or became senseless.
        refused: wants that cannot be, each with the reason.
    """

    proposals: tuple[Proposal, ...] = ()
    wants: tuple[int, ...] = ()
    invitees: tuple[int, ...] = ()
    settled: tuple[int, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    name: str | None = None
    info: ConversationInfo | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit for."""
        return not self.wants


@dataclass(slots=True)
class _Draft:
    """A plan while it is made."""

    info: ConversationInfo
    members: frozenset[AccountKey]
    now: float
    proposals: list[Proposal] = field(default_factory=list)
    wants: list[int] = field(default_factory=list)
    invitees: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    added: set[bytes] = field(default_factory=set)
    gone: set[bytes] = field(default_factory=set)
    name: str | None = None


def plan(
    conversation: Conversation, wanted: Sequence[tuple[int, Want]], now: float
) -> Plan:
    """Decide what one commit does for all that is wanted and can be done now."""
    members = frozenset(one.account for one in conversation.members)
    draft = _Draft(conversation.info, members, now)
    for number, want in wanted:
        _consider(conversation, draft, number, want)
    proposals = list(draft.proposals)
    if draft.info != conversation.info:
        proposals.append(_description(conversation.group, draft.info))
    return Plan(
        proposals=tuple(proposals),
        wants=tuple(draft.wants),
        invitees=tuple(draft.invitees),
        settled=tuple(draft.settled),
        refused=tuple(draft.refused),
        name=draft.name,
        info=draft.info,
    )


def _consider(
    conversation: Conversation, draft: _Draft, number: int, want: Want
) -> None:
    if _is_true(conversation, draft, want):
        draft.settled.append(number)
        return
    if _needs_admin(conversation, want):
        draft.refused.append((number, "Only admins of the group can do this."))
        return
    match want:
        case WantMember(account, package):
            _add(draft, number, account, package)
        case WantDevice(device, package=package):
            if _may_add_device(conversation, draft):
                _add(draft, number, conversation.me, package, device=device)
        case _:
            _change(conversation, draft, want)
            draft.wants.append(number)


def _change(conversation: Conversation, draft: _Draft, want: Want) -> None:
    """Take up what needs nothing from anybody else."""
    match want:
        case WantDeviceGone(device):
            _remove_device(conversation, draft, device)
        case WantGone(account):
            _remove(conversation, draft, account)
        case WantTitle(title):
            draft.info = draft.info.renamed(title)
        case WantAdmin(account, is_admin):
            draft.info = draft.info.with_admin(account, is_admin=is_admin)
        case WantMove(relay, stream):
            draft.info = draft.info.moved(relay, stream)
        case WantName(name):
            draft.name = name
        case _:
            pass


def _may_add_device(conversation: Conversation, draft: _Draft) -> bool:
    """Two people come before their devices: who comes by the other learns who it is."""
    if conversation.info.kind != DIRECT:
        return True
    return not conversation.is_alone or bool(draft.added)


def _needs_admin(conversation: Conversation, want: Want) -> bool:
    anyones = WantName | WantFresh | WantDevice | WantDeviceGone
    if isinstance(want, anyones) or not conversation.info.admins:
        return False
    return not conversation.circle.is_admin(conversation.me)


def _is_true(  # noqa: PLR0911  one line a kind
    conversation: Conversation, draft: _Draft, want: Want
) -> bool:
    info = draft.info
    match want:
        case WantMember(account):
            is_in = account in draft.members and account not in draft.gone
            return is_in or account in draft.added
        case WantGone(account):
            return account not in draft.members or account in draft.gone
        case WantDevice(device):
            present = {one.device for one in conversation.members} - draft.gone
            return device in present | draft.added
        case WantDeviceGone(device):
            present = {one.device for one in conversation.members} - draft.gone
            return device not in present
        case WantTitle(title):
            return info.title == title
        case WantAdmin(account, is_admin):
            return (account in info.admins) == is_admin or account not in draft.members
        case WantMove(relay):
            return info.relay.key == relay.key
        case WantName(name):
            mine = (
                o.name for o in conversation.members if o.account == conversation.me
            )
            return name in mine
        case WantFresh():
            return False


def _remove(conversation: Conversation, draft: _Draft, account: AccountKey) -> None:
    draft.proposals += [
        Remove(member.leaf)
        for member, one in _leaves(conversation)
        if one.account == account
    ]
    draft.gone.add(account)
    if account in draft.info.admins and len(draft.info.admins) > 1:
        draft.info = draft.info.with_admin(account, is_admin=False)


def _remove_device(conversation: Conversation, draft: _Draft, device: DeviceId) -> None:
    draft.proposals += [
        Remove(member.leaf)
        for member, one in _leaves(conversation)
        if one.device == device
    ]
    draft.gone.add(device)


def _leaves(conversation: Conversation) -> list[tuple[Member, Person]]:
    members = conversation.group.members
    return list(zip(members, conversation.members, strict=True))


def _add(
    draft: _Draft,
    number: int,
    account: AccountKey,
    package: bytes | None,
    *,
    device: DeviceId | None = None,
) -> None:
    if package is None:
        return  # it waits until one was claimed
    try:
        offered = package_of(account, package)
        offered.verify(now=int(draft.now))
        draft.proposals.append(Add(offered))
    except (RemoteError, MLSError) as error:
        draft.refused.append((number, str(error)))
        return
    draft.added.add(device or account)
    draft.wants.append(number)
    draft.invitees.append(number)


def _description(group: Group, info: ConversationInfo) -> GroupContextExtensions:
    others = [one for one in group.extensions if one.type != INFO_EXTENSION]
    return GroupContextExtensions((*others, Extension(INFO_EXTENSION, info.encode())))


def stage(
    conversation: Conversation, planned: Plan, *, now: float, entropy: Entropy
) -> Staged:
    """Make the commit of a plan; store the conversation and this before sending it.

    Raises:
        MLSError: the proposals do not go together.
    """
    group = conversation.group
    update = UpdateOptions()
    if planned.name is not None:
        leaf = group.member(group.own_leaf).leaf_node
        kept = [one for one in leaf.extensions if one.type != NAME_EXTENSION]
        update = UpdateOptions(extensions=(*kept, name_extension(planned.name)))
    options = CommitOptions(tree_in_welcome=False, update=update)
    staged = group.commit(
        planned.proposals, now=int(now), entropy=entropy, options=options
    )
    conversation.group = staged.current
    keys = EpochKeys.derive(staged.next.epoch, staged.next.export)
    made = _sealed(conversation, staged.message, keys, entropy)
    after = people(staged.next.members)
    info = planned.info or conversation.info
    changes = changes_of(conversation.circle, info, _report(staged), after=after)
    is_moving = planned.info and planned.info.stream != conversation.info.stream
    return replace(
        made,
        wants=planned.wants,
        invitees=planned.invitees,
        commit=staged.to_bytes(),
        move=planned.info.stream if planned.info and is_moving else None,
        changes=changes,
    )


def _report(staged: StagedCommit) -> CommitReport:
    if staged.report is None:
        raise BugError("A commit was staged that does not say what it does.")
    return staged.report


def stage_resync(
    conversation: Conversation,
    identity: Identity,
    name: str,
    *,
    entropy: Entropy,
) -> Staged:
    """Make the external commit by which a restored device takes its own place anew."""
    group = conversation.group
    joined = Group.join_by_external_commit(
        group.export_group_info(entropy=entropy),
        identity,
        settings=group_settings(),
        entropy=entropy,
        options=ExternalCommitOptions(
            resync=group.own_leaf,
            leaf=GroupOptions(
                leaf_extensions=(name_extension(name),), capabilities=capabilities()
            ),
        ),
    )
    keys = EpochKeys.derive(joined.group.epoch, joined.group.export)
    made = _sealed(conversation, joined.message, keys, entropy)
    return replace(made, commit=pack_group(joined.group), is_resync=True)


def _sealed(
    conversation: Conversation, message: bytes, keys: EpochKeys, entropy: Entropy
) -> Staged:
    envelope = EnvelopeId(entropy(16))
    body: bytes | BlobRef = message
    blob = None
    if len(message) > LARGEST_BODY:
        blob = seal_blob(message, entropy)
        body = blob[0]
    stream: StreamId = conversation.info.stream
    data = seal(
        conversation.keys, stream, envelope=envelope, body=body, entropy=entropy
    )
    return Staged(
        epoch=conversation.keys.epoch,
        envelope=envelope,
        data=data,
        next_keys=keys,
        wants=(),
        invitees=(),
        commit=b"",
        blob=blob,
    )


def seal_blob(body: bytes, entropy: Entropy) -> tuple[BlobRef, bytes]:
    """Seal what does not fit an envelope, under a key used once (§3.3)."""
    ref = BlobRef(BlobId(entropy(32)), entropy(32), len(body))
    key = FileKey(ref.key, bytes(PREFIX))
    return ref, b"".join(seal_file(key, [body], len(body)))
