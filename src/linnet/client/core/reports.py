"""What a commit did, in words that people use: came, went, renamed, moved."""

from collections.abc import Sequence

from linnet.client.core.info import ConversationInfo
from linnet.client.core.outcomes import Change, Deed
from linnet.client.core.people import Person, people, person
from linnet.client.core.policy import Circle
from linnet.ids import AccountKey
from mls import CommitReport, Remove


def changes_of(
    before: Circle,
    info: ConversationInfo,
    report: CommitReport,
    *,
    after: Sequence[Person],
) -> tuple[Change, ...]:
    """List what changed between two epochs, in an order every member computes alike."""
    actor = person(report.committer).account
    if report.is_external:
        return (Change(Deed.RETURNED, actor, actor),)
    return (
        *_removals(before, report, actor),
        *_additions(before, report, actor),
        *_renamings(before, after),
        *_descriptions(before.info, info, actor),
    )


def _removals(before: Circle, report: CommitReport, actor: AccountKey) -> list[Change]:
    """List whom or what a commit took out: a member, or one of several devices."""
    own = {
        int(applied.proposal.leaf): before.sender(applied.sender).account
        for applied in report.applied
        if isinstance(applied.proposal, Remove)
    }
    gone_leaves = {int(one.leaf) for one in report.removed}
    left = {one.account for one in before.people if one.leaf not in gone_leaves}
    changes, told = [], set()
    for gone in people(report.removed):
        by = own.get(gone.leaf, actor)
        if gone.account in told:
            continue
        told.add(gone.account)
        deed = Deed.LEFT if by == gone.account else Deed.REMOVED
        if gone.account in left:
            deed = Deed.DEVICE_REMOVED
        changes.append(Change(deed, by, gone.account, gone.name))
    return changes


def _additions(before: Circle, report: CommitReport, actor: AccountKey) -> list[Change]:
    """List who or what a commit brought in: a member, or a device of one."""
    gone = {int(one.leaf) for one in report.removed}
    known = {one.account for one in before.people if one.leaf not in gone}
    changes, told = [], set()
    for new in people(report.added):
        if new.account in told:
            continue
        told.add(new.account)
        deed = Deed.DEVICE_ADDED if new.account in known else Deed.ADDED
        changes.append(Change(deed, actor, new.account, new.name))
    return changes


def _renamings(before: Circle, after: Sequence[Person]) -> list[Change]:
    """List new names; each once, with the first device that bears it."""
    known = {(one.account, one.name) for one in before.people}
    former = {(one.leaf, one.account): one.name for one in before.people}
    changes = []
    for one in after:
        was = former.get((one.leaf, one.account), one.name)
        if was != one.name and (one.account, one.name) not in known:
            changes.append(
                Change(Deed.RENAMED, one.account, one.account, one.name, was)
            )
    return changes


def _descriptions(
    old: ConversationInfo, new: ConversationInfo, actor: AccountKey
) -> list[Change]:
    changes = []
    if new.title != old.title:
        changes.append(Change(Deed.RETITLED, actor, actor, new.title))
    for account in sorted(new.admins - old.admins):
        changes.append(Change(Deed.ADMIN, actor, account))
    for account in sorted(old.admins - new.admins):
        changes.append(Change(Deed.PLAIN, actor, account))
    if new.stream != old.stream:
        changes.append(Change(Deed.MOVED, actor, actor))
    return changes
