"""What the application decides: whom to believe, and how much to keep."""

from collections.abc import Callable
from dataclasses import dataclass

from mls.credentials import CredentialClaim
from mls.errors import InvalidLeaf
from mls.extensions import Capabilities
from mls.leaf_nodes import LeafNode
from mls.secret_tree import RatchetLimits

Authenticate = Callable[[CredentialClaim], None]
"""Returns if the claim is true; raises `mls.CredentialRejected` if it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Rules of the application for a group. Held by it, and never stored with it.

    Attributes:
        authenticate: called for every leaf, on every path by which one can arrive, and
            for every external sender of a group's extensions (RFC 9420 §5.3.1).
        past_epochs: how many ended epochs can still be read, for late messages.
        resumption_epochs: how many epochs' resumption keys are kept (§8.6).
        skipped_generations: how far ahead one message may move a sender's ratchet.
        kept_keys: how many keys of skipped messages are kept for each ratchet.
        pending_proposals: how many proposals of one epoch are kept for a commit.
        padding: private contents are filled up to a multiple of this; 0 for not at all.
        extension_types: types beyond those of MLS that the application understands.
        proposal_types: types beyond those of MLS that the application understands.
        check_lifetimes: whether key packages count only during their lifetime.
        longest_lifetime: the longest lifetime of a key package that is taken, in
            seconds; None for any. §7.2 wants every application to set one.
        grease: whether to send reserved values, to keep others tolerant (§13.5).
    """

    authenticate: Authenticate
    past_epochs: int = 3
    resumption_epochs: int = 16
    skipped_generations: int = 256
    kept_keys: int = 1024
    pending_proposals: int = 256
    padding: int = 0
    extension_types: tuple[int, ...] = ()
    proposal_types: tuple[int, ...] = ()
    check_lifetimes: bool = True
    longest_lifetime: int | None = None
    grease: bool = True

    @property
    def limits(self) -> RatchetLimits:
        """The limits of ratchets."""
        return RatchetLimits(self.skipped_generations, self.kept_keys)

    @property
    def capabilities(self) -> Capabilities:
        """What a leaf of ours lists, unless it is told otherwise."""
        return Capabilities.of(
            extensions=self.extension_types, proposals=self.proposal_types
        )

    def moment(self, now: int) -> int | None:
        """The moment lifetimes are checked at; None if they are not."""
        return now if self.check_lifetimes else None

    def check_length(self, leaf: LeafNode) -> None:
        """Make sure that a leaf does not claim to live for longer than is taken (§7.2).

        Raises:
            InvalidLeaf: it does.
        """
        longest, lifetime = self.longest_lifetime, leaf.lifetime
        if longest is None or lifetime is None:
            return
        if lifetime.not_after - lifetime.not_before > longest:
            raise InvalidLeaf("a leaf has a longer lifetime than settings allow")
