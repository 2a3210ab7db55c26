"""Groups that end, go on in others, or listen to people outside."""

import os
from dataclasses import replace

import pytest
from people import (
    NOW,
    SETTINGS,
    Person,
    accept_everyone,
    assert_agreement,
    commit,
    create,
    gather,
    identity,
    invite,
    key_package,
)

from mls import (
    HYBRID,
    Add,
    BasicCredential,
    CommitOptions,
    CredentialClaim,
    CredentialRejected,
    CustomProposal,
    Extension,
    ExternalSender,
    Group,
    GroupContextExtensions,
    GroupOptions,
    InvalidLeaf,
    InvalidProposal,
    InvalidSignature,
    InvalidWelcome,
    JoinOptions,
    KeyPackage,
    KeyPackageOptions,
    OwnKeyPackage,
    ProposalReceived,
    Purpose,
    ReInit,
    Remove,
    RequiredCapabilities,
    Sender,
    SenderType,
    Settings,
    Status,
    UnknownPsk,
    UsageError,
    external_senders,
    is_grease,
    propose_from_outside,
    propose_own_addition,
)
from mls.framing import AuthenticatedContent, PublicMessage, decode_message
from mls.wire_formats import encode_message

PRIVATE_TYPE = 0xF123


def reinitialised() -> tuple[Person, Person]:
    alice, bob = gather("alice", "bob")
    commit(alice, [bob], [ReInit(b"a better group", HYBRID.id)])
    return alice, bob


def test_a_reinit_ends_a_group_and_the_next_one_follows() -> None:
    alice, bob = reinitialised()
    package = key_package("bob", HYBRID)

    staged = alice.group.reinitialise(
        [package.public],
        identity=identity("alice", HYBRID),
        now=NOW,
        entropy=os.urandom,
    )
    assert staged.welcome is not None
    parent = JoinOptions(parent=bob.group)
    joined = Group.join(staged.welcome, [package], settings=SETTINGS, options=parent)

    assert alice.group.status is bob.group.status is Status.REINITIALISED
    assert (joined.group_id, joined.suite) == (b"a better group", HYBRID)
    assert joined.epoch_authenticator == staged.next.epoch_authenticator
    with pytest.raises(UsageError):
        bob.say(b"the old group is closed")


def test_a_welcome_to_a_successor_needs_its_parent() -> None:
    alice, _ = reinitialised()
    package = key_package("bob", HYBRID)
    staged = alice.group.reinitialise(
        [package.public],
        identity=identity("alice", HYBRID),
        now=NOW,
        entropy=os.urandom,
    )
    assert staged.welcome is not None

    with pytest.raises(UnknownPsk):
        Group.join(staged.welcome, [package], settings=SETTINGS)


def test_a_reinit_cannot_leave_members_behind() -> None:
    alice, _ = reinitialised()

    with pytest.raises(UsageError):
        alice.group.reinitialise(
            [], identity=identity("alice", HYBRID), now=NOW, entropy=os.urandom
        )


def test_some_members_branch_off() -> None:
    alice, bob, carol = gather("alice", "bob", "carol")
    package = key_package("bob")

    staged = alice.group.branch(
        b"without carol",
        [package.public],
        identity=alice.group.identity,
        now=NOW,
        entropy=os.urandom,
    )
    assert staged.welcome is not None
    parent = JoinOptions(parent=bob.group)
    joined = Group.join(staged.welcome, [package], settings=SETTINGS, options=parent)

    assert joined.group_id == b"without carol"
    assert joined.epoch_authenticator == staged.next.epoch_authenticator
    assert carol.group.status is Status.ACTIVE


def test_a_branch_has_only_members_of_its_group() -> None:
    alice, _ = gather("alice", "bob")

    with pytest.raises(UsageError):
        alice.group.branch(
            b"with a stranger",
            [key_package("mallory").public],
            identity=alice.group.identity,
            now=NOW,
            entropy=os.urandom,
        )


def with_external_sender() -> tuple[Person, Person, list[bytes]]:
    server = identity("server")
    listed = external_senders([ExternalSender(server.signature_key, server.credential)])
    alice = create("alice", options=GroupOptions(extensions=(listed,)))
    (bob,) = invite(alice, [], ["bob"])
    group_id, epoch = alice.group.group_id, alice.group.epoch
    messages = [
        propose_from_outside(
            sender,
            Remove(bob.group.own_leaf),
            sender_index=index,
            group_id=group_id,
            epoch=epoch,
        )
        for sender, index in ((server, 0), (identity("mallory"), 0), (server, 1))
    ]
    return alice, bob, messages


def test_an_external_sender_proposes_and_a_member_commits() -> None:
    alice, bob, (good, forged, unknown) = with_external_sender()

    with pytest.raises(InvalidSignature):
        alice.hear(forged)
    with pytest.raises(InvalidProposal):
        alice.hear(unknown)
    received = alice.hear(good)
    bob.hear(good)
    staged = alice.stage()

    assert isinstance(received, ProposalReceived)
    assert bob.hear_commit(staged.message).report.removed_me


def test_an_external_sender_cannot_commit() -> None:
    server = identity("server")
    listed = external_senders([ExternalSender(server.signature_key, server.credential)])
    alice = create("alice", options=GroupOptions(extensions=(listed,)))
    info = alice.group.export_group_info(entropy=os.urandom)
    joined = Group.join_by_external_commit(
        info, identity("mallory"), settings=SETTINGS, entropy=os.urandom
    )
    public = decode_message(joined.message)
    assert isinstance(public, PublicMessage)
    framed = replace(
        public.content.framed, sender=Sender(SenderType.EXTERNAL, 0), encoded=b""
    )
    wire_format, tag = public.content.wire_format, public.content.authentication
    signed = AuthenticatedContent.sign(server, wire_format, framed, b"")
    forged = replace(
        signed, authentication=replace(tag, signature=signed.authentication.signature)
    )
    message = encode_message(wire_format, PublicMessage(forged, None).encode())

    with pytest.raises(InvalidProposal):
        alice.hear(message)


def test_somebody_asks_to_be_added() -> None:
    alice, bob = gather("alice", "bob")
    carol = key_package("carol")
    request = propose_own_addition(
        carol, group_id=alice.group.group_id, epoch=alice.group.epoch
    )
    alice.hear(request)
    bob.hear(request)

    staged = commit(alice, [bob])
    assert staged.welcome is not None
    joined = Group.join(staged.welcome, [carol], settings=SETTINGS)

    assert_agreement([alice, bob, Person("carol", joined)])


def test_a_last_resort_key_package_serves_twice() -> None:
    options = KeyPackageOptions(last_resort=True)
    package = key_package("bob", options=options)
    assert KeyPackage.from_message(package.message).is_last_resort

    for name in ("alice", "carol"):
        person = create(name)
        staged = commit(person, [], [Add(package.public)])
        assert staged.welcome is not None
        joined = Group.join(staged.welcome, [package], settings=SETTINGS)
        assert_agreement([person, Person("bob", joined)])


def test_reserved_values_are_sent_and_ignored() -> None:
    alice, bob = gather("alice", "bob")

    for member in bob.group.members:
        listed = member.leaf_node.capabilities
        for values in (
            listed.suites,
            listed.extensions,
            listed.proposals,
            listed.credentials,
        ):
            assert any(is_grease(value) for value in values)
    assert_agreement([alice, bob])


def test_grease_values_are_those_of_the_registry() -> None:
    reserved = [value for value in range(0x10000) if is_grease(value)]

    assert reserved == [0x0A0A + 0x1010 * step for step in range(15)]


def test_extensions_and_proposals_of_the_application_need_everyones_support() -> None:
    knowing = Settings(
        authenticate=accept_everyone,
        extension_types=(PRIVATE_TYPE,),
        proposal_types=(PRIVATE_TYPE,),
    )
    alice = create("alice", knowing)
    private = (Extension(PRIVATE_TYPE, b"policy"),)
    commit(alice, [], [GroupContextExtensions(private)])
    commit(alice, [], [CustomProposal(PRIVATE_TYPE, b"anything")])
    assert alice.group.extensions == private

    with pytest.raises(InvalidLeaf):
        alice.stage([Add(key_package("bob").public)])
    capable = KeyPackageOptions(capabilities=knowing.capabilities)
    package = key_package("carol", options=capable)
    staged = commit(alice, [], [Add(package.public)])
    assert staged.welcome is not None
    joined = Group.join(staged.welcome, [package], settings=knowing)

    assert joined.extensions == private


def test_required_capabilities_keep_out_who_lacks_them() -> None:
    needed = RequiredCapabilities(proposals=(PRIVATE_TYPE,)).to_extension()
    alice, _ = gather("alice", "bob")

    with pytest.raises(InvalidLeaf):
        alice.stage([GroupContextExtensions((needed,))])


class Doorkeeper:
    """An application that knows its people, and remembers whom it was asked about."""

    def __init__(self, *names: str) -> None:
        self.known = {BasicCredential(name.encode()) for name in names}
        self.asked: list[CredentialClaim] = []

    def __call__(self, claim: CredentialClaim) -> None:
        self.asked.append(claim)
        if claim.credential not in self.known:
            raise CredentialRejected("who is that")


def test_the_application_is_asked_on_every_way_in() -> None:
    door = Doorkeeper("alice", "bob", "carol")
    alice, bob, carol = gather(
        "alice", "bob", "carol", settings=Settings(authenticate=door)
    )
    stranger = key_package("mallory")
    info = alice.group.export_group_info(entropy=os.urandom)
    outside = Group.join_by_external_commit(
        info, identity("mallory"), settings=SETTINGS, entropy=os.urandom
    )
    server = identity("mallory")
    listed = external_senders([ExternalSender(server.signature_key, server.credential)])

    with pytest.raises(CredentialRejected):
        alice.stage([Add(stranger.public)])
    with pytest.raises(CredentialRejected):
        bob.hear(outside.message)
    with pytest.raises(CredentialRejected):
        carol.stage([GroupContextExtensions((listed,))])
    assert door.asked[-1].purpose is Purpose.EXTERNAL_SENDER


def test_a_welcome_to_a_group_with_a_stranger_is_refused() -> None:
    alice = create("alice")
    package = key_package("bob")
    staged = commit(alice, [], [Add(package.public), Add(key_package("eve").public)])
    assert staged.welcome is not None
    careful = Settings(authenticate=Doorkeeper("alice", "bob"))

    with pytest.raises(CredentialRejected):
        Group.join(staged.welcome, [package], settings=careful)


def test_a_successor_must_keep_what_the_reinit_said() -> None:
    alice, bob = reinitialised()
    package = key_package("bob", HYBRID)
    lying = alice.group._state.reinit
    assert lying is not None
    other = replace(lying, group_id=b"another group")
    alice.group = Group(replace(alice.group._state, reinit=other))
    staged = alice.group.reinitialise(
        [package.public],
        identity=identity("alice", HYBRID),
        now=NOW,
        entropy=os.urandom,
    )
    assert staged.welcome is not None

    parent = JoinOptions(parent=bob.group)
    with pytest.raises(InvalidWelcome):
        Group.join(staged.welcome, [package], settings=SETTINGS, options=parent)


def test_private_contents_are_padded() -> None:
    padded = Settings(authenticate=accept_everyone, padding=512)
    alice, bob = gather("alice", "bob", settings=padded)

    short, long = alice.say(b""), alice.say(bytes(100))

    assert len(short) == len(long)
    bob.hear(short)
    bob.hear(long)


def test_a_stored_key_package_opens_its_welcome() -> None:
    alice = create("alice")
    package = key_package("bob")
    stored = OwnKeyPackage.from_bytes(package.to_bytes())
    staged = commit(alice, [], [Add(package.public)], CommitOptions(group_info=True))
    assert staged.welcome is not None
    assert staged.group_info is not None

    assert Group.welcome_references(staged.welcome) == (stored.reference,)
    joined = Group.join(staged.welcome, [stored], settings=SETTINGS)
    assert_agreement([alice, Person("bob", joined)])
