"""What a member of a group knows: one frozen value, made anew elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from mls.credentials import Credential
from mls.errors import InvalidProposal, UsageError
from mls.framing import Sender
from mls.identities import Identity
from mls.key_schedule import EpochSecrets, GroupContext
from mls.key_sets import KeySet
from mls.leaf_nodes import LeafNode
from mls.proposals import Proposal, ReInit
from mls.psks import PskName, Psks, ResumptionPsk, ResumptionUsage
from mls.secret_tree import SecretTree
from mls.secrets import Secret
from mls.settings import Settings
from mls.suites import PrivateKey, Suite
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex, NodeIndex


class Status(Enum):
    """Whether a group can go on."""

    ACTIVE = "active"
    REMOVED = "removed"
    """A commit removed us: nothing can be sent, only late messages read."""
    REINITIALISED = "reinitialised"
    """A commit ended the group; it goes on in another (RFC 9420 §11.2)."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group, as its tree shows them."""

    leaf: LeafIndex
    leaf_node: LeafNode = field(repr=False)

    @property
    def credential(self) -> Credential:
        """Who the member claims to be; the application's `authenticate` agreed."""
        return self.leaf_node.credential

    @property
    def signature_key(self) -> bytes:
        """The key the member signs with."""
        return self.leaf_node.signature_key


@dataclass(frozen=True, slots=True)
class OwnUpdate:
    """What takes effect for us when somebody commits our Update."""

    key: PrivateKey = field(repr=False)
    identity: Identity


@dataclass(frozen=True, slots=True)
class PendingProposal:
    """A proposal of this epoch that no commit has covered yet.

    Attributes:
        update: what takes effect for us with it, if it is an Update of ours.
        is_forgotten: whether we go on as if it had not come. It is kept all the same,
            for a commit of somebody else may name it.
    """

    reference: bytes
    proposal: Proposal
    sender: Sender
    update: OwnUpdate | None = None
    is_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class PastEpoch:
    """What is needed to read late messages of an epoch that has ended."""

    context: GroupContext
    own_leaf: LeafIndex
    roster: RatchetTree = field(repr=False)
    sender_data_secret: Secret = field(repr=False)
    messages: SecretTree = field(repr=False)


@dataclass(frozen=True, slots=True)
class GroupState:
    """A member's view of a group in one epoch."""

    settings: Settings
    identity: Identity
    own_leaf: LeafIndex
    context: GroupContext
    tree: RatchetTree = field(repr=False)
    keys: KeySet = field(repr=False)
    private_keys: Mapping[NodeIndex, PrivateKey] = field(repr=False)
    secrets: EpochSecrets = field(repr=False)
    messages: SecretTree = field(repr=False)
    confirmation_tag: bytes
    interim_transcript_hash: bytes
    pending: tuple[PendingProposal, ...] = ()
    past: tuple[PastEpoch, ...] = ()
    resumption: tuple[tuple[int, Secret], ...] = field(default=(), repr=False)
    status: Status = Status.ACTIVE
    reinit: ReInit | None = None

    @property
    def suite(self) -> Suite:
        """The group's cipher suite."""
        return self.context.suite

    def member(self, leaf: LeafIndex, tree: RatchetTree | None = None) -> Member:
        """A member; in another tree, if one is given.

        Raises:
            InvalidProposal: there is none at this leaf.
        """
        node = (tree or self.tree).leaf(leaf)
        if node is None:
            raise InvalidProposal(f"leaf {leaf} is blank")
        return Member(leaf, node)

    def require_active(self) -> None:
        """Make sure that the group can go on.

        Raises:
            UsageError: it has ended for us.
        """
        if self.status is not Status.ACTIVE:
            raise UsageError(f"the group has ended for us: {self.status.value}")

    def known_psks(self, given: Psks) -> Psks:
        """The pre-shared keys given, and this group's own resumption keys (§8.6)."""
        own: dict[PskName, bytes] = {
            self._resumption_name(epoch): key for epoch, key in self.resumption
        }
        own[self._resumption_name(self.context.epoch)] = self.secrets.resumption_psk
        return {**own, **given}

    def _resumption_name(self, epoch: int) -> ResumptionPsk:
        usage = ResumptionUsage.APPLICATION
        return ResumptionPsk(usage, self.context.group_id, epoch)
