"""What a group shows of itself: the half of `Group` that changes nothing."""

from dataclasses import dataclass

from mls.committing import group_info
from mls.errors import UsageError
from mls.extensions import Extensions
from mls.identities import Identity
from mls.settings import Settings
from mls.state import GroupState, Member, PendingProposal, Status
from mls.storage import epoch_part, ratchet_part
from mls.suites import Entropy, Suite
from mls.tree_math import LeafIndex


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of MLS, seen by one member, at one moment."""

    _state: GroupState

    @property
    def group_id(self) -> bytes:
        """The name of the group."""
        return self._state.context.group_id

    @property
    def epoch(self) -> int:
        """The number of the epoch."""
        return self._state.context.epoch

    @property
    def suite(self) -> Suite:
        """The cipher suite."""
        return self._state.suite

    @property
    def extensions(self) -> Extensions:
        """The extensions that all members agree on."""
        return self._state.context.extensions

    @property
    def settings(self) -> Settings:
        """The rules of the application."""
        return self._state.settings

    @property
    def identity(self) -> Identity:
        """What we sign as."""
        return self._state.identity

    @property
    def own_leaf(self) -> LeafIndex:
        """Where we are."""
        return self._state.own_leaf

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone, from the left."""
        return tuple(Member(*entry) for entry in self._state.tree.leaves())

    def member(self, leaf: LeafIndex) -> Member:
        """The member at a leaf.

        Raises:
            UsageError: there is none.
        """
        node = self._state.tree.leaf(leaf)
        if node is None:
            raise UsageError(f"leaf {leaf} is blank")
        return Member(leaf, node)

    @property
    def status(self) -> Status:
        """Whether the group can go on."""
        return self._state.status

    @property
    def pending_proposals(self) -> tuple[PendingProposal, ...]:
        """What was proposed in this epoch and is not committed."""
        return tuple(each for each in self._state.pending if not each.is_forgotten)

    @property
    def epoch_authenticator(self) -> bytes:
        """The same for all who agree on everything up to this epoch (§8.7)."""
        return bytes(self._state.secrets.epoch_authenticator)

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """A secret of the epoch for another protocol (§8.5)."""
        return bytes(self._state.secrets.export(self.suite, label, context, length))

    def export_group_info(
        self, *, entropy: Entropy, ratchet_tree: bool = True
    ) -> bytes:
        """What an outsider needs to join by an external commit (§12.4.3.2).

        Raises:
            UsageError: the group has ended for us.
        """
        self._state.require_active()
        info = group_info(self._state, entropy, with_tree=ratchet_tree, with_key=True)
        return info.to_message()

    def export_ratchet_tree(self) -> bytes:
        """The tree, for newcomers who do not get it otherwise (§12.4.3.3)."""
        return self._state.tree.encode()

    def epoch_state(self) -> bytes:
        """The large part of the state: it changes with epoch and pending proposals."""
        return epoch_part(self._state)

    def ratchet_state(self) -> bytes:
        """The small part: message keys. It changes with every message, either way."""
        return ratchet_part(self._state)
