"""What a commit did, in words that people use: came, went, renamed, moved."""

from collections.abc import Mapping

from linnet.client.core.info import ConversationInfo
from linnet.client.core.outcomes import Change, Deed
from linnet.client.core.people import people, person
from linnet.client.core.policy import Circle
from linnet.ids import AccountKey
from mls import CommitReport, Remove


def changes_of(
    before: Circle,
    info: ConversationInfo,
    report: CommitReport,
    *,
    names: Mapping[AccountKey, str],
) -> tuple[Change, ...]:
    """List what changed between two epochs, in an order every member computes alike."""
    actor = person(report.committer).account
    if report.is_external:
        return (Change(Deed.RETURNED, actor, actor),)
    return (
        *_removals(before, report, actor),
        *_additions(before, report, actor),
        *_renamings(before, names),
        *_descriptions(before.info, info, actor),
    )


def _removals(before: Circle, report: CommitReport, actor: AccountKey) -> list[Change]:
    own = {
        int(applied.proposal.leaf): before.sender(applied.sender).account
        for applied in report.applied
        if isinstance(applied.proposal, Remove)
    }
    changes = []
    for gone in people(report.removed):
        by = own.get(gone.leaf, actor)
        deed = Deed.LEFT if by == gone.account else Deed.REMOVED
        changes.append(Change(deed, by, gone.account, gone.name))
    return changes


def _additions(before: Circle, report: CommitReport, actor: AccountKey) -> list[Change]:
    gone = {int(one.leaf) for one in report.removed}
    known = {one.account for one in before.people if one.leaf not in gone}
    return [
        Change(Deed.ADDED, actor, new.account, new.name)
        for new in people(report.added)
        if new.account not in known
    ]


def _renamings(before: Circle, names: Mapping[AccountKey, str]) -> list[Change]:
    return [
        Change(Deed.RENAMED, one.account, one.account, names[one.account], one.name)
        for one in before.people
        if names.get(one.account, one.name) != one.name
    ]


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
