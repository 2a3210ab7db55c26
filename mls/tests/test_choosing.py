"""What a commit makes of all that was proposed (RFC 9420 §12.2, §12.4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from kit.insider import ENTROPY, inside, send, update_leaf
from kit.packages import bent_package
from kit.people import NOW, processed
from kit.scenes import PRIVATE, capable_scene, flipped, scene

from mls import (
    Add,
    BasicCredential,
    Capabilities,
    CommitOptions,
    CommitReceived,
    CredentialClaim,
    CredentialRejected,
    CustomProposal,
    Extension,
    ExternalPsk,
    Group,
    GroupContextExtensions,
    InvalidSignature,
    LeafIndex,
    LeafNode,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    RequiredCapabilities,
    Settings,
    UpdateOptions,
)
from mls.errors import InvalidLeaf
from mls.proposals import ExternalInit, Update
from mls.psks import PskId

PLAIN = CommitOptions()
ALICE, BOB, CAROL = map(LeafIndex, range(3))
REQUIREMENT = RequiredCapabilities(credentials=(1,)).to_extension()
CHANGE = GroupContextExtensions((REQUIREMENT,))


@dataclass
class Floor:
    """Bob proposes; Alice commits; Carol judges."""

    alice: Group = scene().alice
    carol: Group = scene().carol

    def hear(self, *proposals: Proposal, by: Group | None = None) -> None:
        for proposal in proposals:
            message = send(by or scene().bob, proposal)
            self.alice = processed(self.alice, message)
            self.carol = processed(self.carol, message)

    def covered(
        self, new: Sequence[Proposal] = (), options: CommitOptions = PLAIN
    ) -> list[Proposal]:
        """What Alice's commit covers, as Carol sees it."""
        staged = self.alice.commit(new, now=NOW, entropy=ENTROPY, options=options)
        received = self.carol.process(staged.message, now=NOW, psks=options.psks)
        assert isinstance(received, CommitReceived)
        return [entry.proposal for entry in received.report.applied]


def bad_leaf(change: Callable[[LeafNode], LeafNode]) -> Proposal:
    return Add(bent_package(scene().people, leaf=change).public)


def bad_proposals() -> dict[str, Proposal]:
    """Proposals that no commit can cover, each for another reason."""
    leaf, _ = update_leaf(scene().bob)
    package = scene().people.package("dave").public
    taken = inside(scene().alice).tree.leaf(2)
    assert taken is not None
    return {
        "a blank leaf": Remove(LeafIndex(9)),
        "a bad signature": Add(
            replace(package, signature=flipped(package.signature), encoded=b"")
        ),
        "a key of another": bad_leaf(
            lambda own: replace(own, encryption_key=taken.encryption_key, encoded=b"")
        ),
        "a key we do not have": PreSharedKey(PskId(ExternalPsk(b"none"), bytes(32))),
        "an external init": ExternalInit(bytes(32)),
        "an unsupported type": CustomProposal(PRIVATE, b""),
        "an unsupported extension": GroupContextExtensions((Extension(PRIVATE, b""),)),
        "an update unsigned": Update(replace(leaf, signature=b"", encoded=b"")),
        "an old version": ReInit(b"next", 1, (), version=0),
    }


BAD = bad_proposals()


@pytest.mark.parametrize("why", BAD)
def test_what_cannot_be_committed_does_not_keep_the_rest_from_it(why: str) -> None:
    floor = Floor()
    good = Add(scene().people.package("erin").public)
    floor.hear(BAD[why], good)

    assert floor.covered() == [good]


def test_all_that_is_bad_at_once_keeps_nothing_from_being_committed() -> None:
    floor = Floor()
    goods = [Add(scene().people.package(name).public) for name in ("erin", "frank")]
    bad = list(BAD.values())
    floor.hear(goods[0], *bad[:5], goods[1], *bad[5:])

    covered = floor.covered()
    assert [each for each in covered if each in goods] == goods


def test_who_lacks_what_is_required_does_not_keep_others_out() -> None:
    place = capable_scene(RequiredCapabilities(extensions=(PRIVATE,)))
    unable = Add(scene().people.package("dave").public)
    able = Add(place.people.package("erin").public)
    floor = Floor(place.alice, place.carol)
    floor.hear(unable, able, by=place.bob)

    assert floor.covered() == [able]
    with pytest.raises(InvalidLeaf):
        place.alice.commit([unable], now=NOW, entropy=ENTROPY)


def test_whom_the_application_rejects_does_not_keep_others_out() -> None:
    def suspicious(claim: CredentialClaim) -> None:
        if claim.credential == BasicCredential(b"dave"):
            raise CredentialRejected("never heard of Dave")

    alice = Group.restore(
        scene().alice.epoch_state(),
        scene().alice.ratchet_state(),
        settings=Settings(authenticate=suspicious),
    )
    floor = Floor(alice)
    dave, erin = (Add(scene().people.package(n).public) for n in ("dave", "erin"))
    floor.hear(dave, erin)

    assert floor.covered() == [erin]


def test_a_remove_goes_before_an_update_of_the_same_leaf() -> None:
    floor = Floor()
    leaf, _ = update_leaf(scene().bob)
    floor.hear(Update(leaf), Remove(BOB))

    assert floor.covered() == [Remove(BOB)]


def test_the_last_update_of_a_leaf_counts() -> None:
    floor = Floor()
    updates = [Update(update_leaf(scene().bob)[0]) for _ in range(3)]
    floor.hear(*updates)

    assert floor.covered() == [updates[-1]]


def test_the_last_change_of_the_extensions_counts() -> None:
    floor = Floor()
    floor.hear(GroupContextExtensions(()), CHANGE)

    assert floor.covered() == [CHANGE]


def test_one_client_is_added_once() -> None:
    floor = Floor()
    dave = scene().people.package("dave")
    again = bent_package(scene().people, identity=dave.identity)
    floor.hear(Add(dave.public), Add(again.public))

    assert floor.covered() == [Add(again.public)]


def test_a_member_comes_back_by_the_commit_that_removes_it() -> None:
    floor = Floor()
    again = Add(bent_package(scene().people, identity=scene().bob.identity).public)
    floor.hear(again)
    assert floor.covered() == []
    floor.hear(Remove(BOB))

    assert floor.covered() == [again, Remove(BOB)]


def test_a_committer_neither_removes_nor_updates_itself() -> None:
    floor = Floor()
    floor.hear(Remove(ALICE))
    floor.alice, _ = floor.alice.propose_update(entropy=ENTROPY)

    assert floor.covered() == []


def test_what_is_new_goes_before_what_is_pending() -> None:
    floor = Floor()
    leaf, _ = update_leaf(scene().bob)
    floor.hear(Update(leaf), GroupContextExtensions(()), Remove(BOB))

    assert floor.covered([Remove(BOB), CHANGE]) == [Remove(BOB), CHANGE]


def test_everything_goes_before_a_reinit() -> None:
    floor, reinit = Floor(), ReInit(b"next", 1, ())
    floor.hear(reinit)
    assert floor.covered() == [reinit]
    floor.hear(Remove(BOB))
    assert floor.covered() == [Remove(BOB)]

    assert floor.covered([reinit]) == [reinit]


def test_a_pending_key_is_committed_by_who_has_it() -> None:
    floor, name = Floor(), ExternalPsk(b"shared")
    proposal = PreSharedKey(PskId(name, bytes(32)))
    floor.hear(proposal)

    assert floor.covered() == []
    assert floor.covered(options=CommitOptions(psks={name: b"key"})) == [proposal]


def test_a_committer_cannot_make_its_own_leaf_invalid() -> None:
    alien = UpdateOptions(extensions=(Extension(PRIVATE, b""),))
    with pytest.raises(InvalidLeaf, match="extension that it does not support"):
        scene().alice.commit(
            now=NOW, entropy=ENTROPY, options=CommitOptions(update=alien)
        )


def test_a_committer_cannot_give_up_what_the_group_requires() -> None:
    place = capable_scene(RequiredCapabilities(extensions=(PRIVATE,)))
    less = UpdateOptions(capabilities=Capabilities.of())
    with pytest.raises(InvalidLeaf, match="extension"):
        place.alice.commit(now=NOW, entropy=ENTROPY, options=CommitOptions(update=less))


def test_a_committer_who_names_a_bad_proposal_is_told() -> None:
    floor = Floor()
    floor.hear(BAD["a bad signature"])
    (pending,) = floor.alice.pending_proposals
    options = CommitOptions(references=(pending.reference,))

    with pytest.raises(InvalidSignature):
        floor.alice.commit(now=NOW, entropy=ENTROPY, options=options)


def test_the_application_judges_our_own_new_identity_as_well() -> None:
    asked: list[CredentialClaim] = []
    alice = Group.restore(
        scene().alice.epoch_state(),
        scene().alice.ratchet_state(),
        settings=Settings(authenticate=asked.append),
    )
    renamed = scene().people.identity("alice renamed")
    update = UpdateOptions(identity=renamed)
    alice.commit(now=NOW, entropy=ENTROPY, options=CommitOptions(update=update))

    assert [(c.credential, c.previous) for c in asked] == [
        (renamed.credential, scene().alice.identity.credential)
    ]
