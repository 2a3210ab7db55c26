"""Groups that come out of other groups (RFC 9420 §11.2 reinit, §11.3 branch)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mls.committing import CommitOptions, Made, make_commit
from mls.credentials import Credential
from mls.errors import InvalidWelcome, UsageError
from mls.extensions import MLS_10, Extensions
from mls.identities import Identity
from mls.joining import Arrival, GroupOptions, create, special_usage
from mls.key_packages import KeyPackage
from mls.proposals import Add, PreSharedKey, Proposal, ReInit
from mls.psks import PskName, ResumptionPsk, ResumptionUsage
from mls.state import GroupState
from mls.suites import Entropy
from mls.tree import RatchetTree


def succession_psks(parent: GroupState) -> dict[PskName, bytes]:
    """The resumption keys of a group, under the names its successors use."""
    known = (
        *parent.resumption,
        (parent.context.epoch, parent.secrets.resumption_psk),
    )
    group_id = parent.context.group_id
    return {
        ResumptionPsk(usage, group_id, epoch): key
        for epoch, key in known
        for usage in (ResumptionUsage.BRANCH, ResumptionUsage.REINIT)
    }


@dataclass(frozen=True, slots=True)
class Successor:
    """What a group that comes out of another is to be."""

    usage: ResumptionUsage
    group_id: bytes
    extensions: Extensions
    identity: Identity
    members: tuple[KeyPackage, ...]


def make_successor(
    parent: GroupState, plan: Successor, *, now: int, entropy: Entropy
) -> Made:
    """Make a group and its first commit, which lets everyone in and ties it to another.

    Raises:
        InvalidMessage: a key package is not valid.
    """
    options = GroupOptions(extensions=plan.extensions)
    new = create(
        plan.group_id,
        plan.identity,
        parent.settings,
        options,
        now=now,
        entropy=entropy,
    )
    name = ResumptionPsk(plan.usage, parent.context.group_id, parent.context.epoch)
    tie: list[Proposal] = [PreSharedKey.of(name)]
    return make_commit(
        new,
        (*map(Add, plan.members), *tie),
        CommitOptions(psks=succession_psks(parent)),
        now=now,
        entropy=entropy,
        usage=plan.usage,
    )


def check_reinit(
    parent: GroupState, identity: Identity, members: Sequence[KeyPackage]
) -> ReInit:
    """Make sure that we may set up the group that follows a ReInit (§11.2); give that.

    Raises:
        UsageError: no ReInit was committed, or suite or members are not the same.
    """
    if parent.reinit is None:
        raise UsageError("no commit has ended this group by a reinit")
    if parent.reinit.suite_id != identity.suite.id or parent.reinit.version != MLS_10:
        raise UsageError("the identity is not of the suite the reinit names")
    coming = [package.leaf.credential for package in members]
    if not _is_within(_credentials(parent.tree), (*coming, identity.credential)):
        raise UsageError("the group that follows a reinit must have the same members")
    return parent.reinit


def check_branch(
    parent: GroupState, identity: Identity, members: Sequence[KeyPackage]
) -> None:
    """Make sure that we may set up this branch (§11.3).

    Raises:
        UsageError: suite or members are not from the group.
    """
    parent.require_active()
    if parent.suite != identity.suite:
        raise UsageError("a branch has the suite of the group it comes from")
    coming = [package.leaf.credential for package in members]
    if not _is_within(coming, _credentials(parent.tree)):
        raise UsageError("a branch has only members of the group it comes from")


def check_tie(arrival: Arrival, parent: GroupState | None, tree: RatchetTree) -> None:
    """Make sure that a welcome to a successor keeps its promises (§11.2, §11.3).

    Raises:
        InvalidWelcome: it does not.
        UsageError: it is to a successor, and the group it comes from was not given.
    """
    usages = [usage for psk in arrival.told.psks if (usage := special_usage(psk))]
    if not usages:
        return
    if parent is None:
        raise UsageError("this welcome needs the group that it comes from")
    if arrival.info.context.epoch != 1:
        raise InvalidWelcome("a welcome to a successor is not to its first epoch")
    if usages[0] == ResumptionUsage.REINIT:
        _check_reinit_tie(arrival, parent, tree)
    else:
        _check_branch_tie(arrival, parent, tree)


def _check_reinit_tie(arrival: Arrival, parent: GroupState, tree: RatchetTree) -> None:
    reinit, context = parent.reinit, arrival.info.context
    name = arrival.told.psks[0].name
    expected = ResumptionPsk(
        ResumptionUsage.REINIT, parent.context.group_id, parent.context.epoch
    )
    if reinit is None or name != expected:
        raise InvalidWelcome("a welcome follows a reinit that did not happen")
    promised = (reinit.group_id, reinit.suite_id, reinit.extensions, reinit.version)
    if promised != (context.group_id, context.suite.id, context.extensions, MLS_10):
        raise InvalidWelcome("a welcome does not keep what the reinit said")
    if not _is_within(_credentials(parent.tree), _credentials(tree)):
        raise InvalidWelcome("a reinit has left members behind")


def _check_branch_tie(arrival: Arrival, parent: GroupState, tree: RatchetTree) -> None:
    if arrival.info.context.suite != parent.suite:
        raise InvalidWelcome("a branch is of another suite than its group")
    if not _is_within(_credentials(tree), _credentials(parent.tree)):
        raise InvalidWelcome("a branch has members that its group does not")


def _credentials(tree: RatchetTree) -> list[Credential]:
    return [leaf.credential for _, leaf in tree.leaves()]


def _is_within(some: Iterable[Credential], others: Iterable[Credential]) -> bool:
    return set(some) <= set(others)
