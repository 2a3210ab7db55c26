"""Who may change what in a conversation, checked by every member for itself.

Specified in ``spec/conversations.md`` §5. MLS says that a commit is well made; this
says whether it is allowed. Knows the report of a commit; changes nothing.
"""

from collections import Counter
from dataclasses import dataclass, field

from linnet.client.core.info import DEVICES, DIRECT, GROUP, ConversationInfo
from linnet.client.core.people import Person, account_of, person
from linnet.errors import Malformed, RemoteError
from linnet.ids import AccountKey
from mls import (
    Add,
    CommitReport,
    ExternalInit,
    GroupContextExtensions,
    Proposal,
    Remove,
    Sender,
    Update,
)

MOST_LEAVES = 1000
MOST_DEVICES = 8


class RuleBroken(RemoteError):
    """A member did what only others may do; it was not adopted."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A conversation as it was before a change: who is in it and what it says it is."""

    info: ConversationInfo
    people: tuple[Person, ...] = field(repr=False)

    def is_admin(self, account: AccountKey) -> bool:
        """Say whether an account may change the conversation."""
        members = {one.account for one in self.people}
        if account not in members:
            return False
        present = self.info.admins & members
        return account in present or not present

    def at(self, leaf: int) -> Person | None:
        """Return who sits in a leaf."""
        return next((one for one in self.people if one.leaf == leaf), None)

    def sender(self, sender: Sender) -> Person:
        """Return who proposes something.

        Raises:
            RuleBroken: no member does.
        """
        found = None if sender.leaf is None else self.at(int(sender.leaf))
        if found is None:
            raise RuleBroken("Somebody outside of the conversation tried to change it.")
        return found


def check_proposal(circle: Circle, proposal: Proposal, proposer: AccountKey) -> None:
    """Check one proposal of one member.

    Raises:
        RuleBroken: the proposer may not, or nobody may.
    """
    kind = circle.info.kind
    match proposal:
        case Update():
            return
        case Remove(leaf=leaf):
            target = circle.at(int(leaf))
            is_own = target is not None and target.account == proposer
            if not is_own and (kind != GROUP or not circle.is_admin(proposer)):
                raise RuleBroken("Somebody who is no admin tried to remove a member.")
        case Add(key_package=package):
            is_own = account_of(package) == proposer
            if kind == DEVICES and not is_own:
                raise RuleBroken("Somebody tried to enter among another's devices.")
            if kind == GROUP and not is_own and not circle.is_admin(proposer):
                raise RuleBroken("Somebody who is no admin tried to add a member.")
        case GroupContextExtensions():
            if kind == GROUP and not circle.is_admin(proposer):
                raise RuleBroken("Somebody who is no admin tried to change the group.")
        case _:
            raise RuleBroken("A member tried to do what conversations never do.")


def check_commit(
    before: Circle, report: CommitReport, *, info: ConversationInfo, after: list[Person]
) -> None:
    """Check all that a commit did.

    Raises:
        RuleBroken: it broke a rule.
    """
    if report.is_external:
        _check_resync(report)
    else:
        for applied in report.applied:
            proposer = before.sender(applied.sender)
            check_proposal(before, applied.proposal, proposer.account)
    if info.kind != before.info.kind:
        raise RuleBroken("A member tried to turn a conversation into another kind.")
    leaves = Counter(one.account for one in after)
    if info.kind == DIRECT and len(leaves) > 2:
        raise RuleBroken(
            "A member tried to add a third person to a conversation of two."
        )
    if info.kind == DEVICES and len(leaves) > 1:
        raise RuleBroken("Somebody tried to enter among another's devices.")
    if len(after) > MOST_LEAVES or max(leaves.values(), default=0) > MOST_DEVICES:
        raise RuleBroken("A member tried to make the conversation too large.")


def _check_resync(report: CommitReport) -> None:
    others = [
        applied
        for applied in report.applied
        if not isinstance(applied.proposal, ExternalInit | Remove)
    ]
    if others or len(report.removed) != 1:
        raise RuleBroken("Somebody outside of the conversation tried to enter it.")
    try:
        old, new = person(report.removed[0]), person(report.committer)
    except Malformed as error:
        raise RuleBroken("Somebody without a name tried to enter.") from error
    if old.account != new.account:
        raise RuleBroken("Somebody tried to enter in the place of another account.")
