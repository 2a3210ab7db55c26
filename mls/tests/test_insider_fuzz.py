"""Garbage under real signatures, tags and keys: what only an insider can send.

Bytes that are broken outside are refused at the door. Here they are broken first, and
then signed, tagged and encrypted as they should be, so that they reach the rules.
"""

import contextlib
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.insider import ENTROPY, Bend, envelope, forge, frame, inside, member_seat
from kit.mangle import Mangle, mangled, mangles
from kit.newcomers import DAVE, SETTINGS, added
from kit.people import NOW
from kit.scenes import scene
from kit.welcomes import WelcomeBend, welcome_to

from mls import (
    Add,
    Group,
    GroupContextExtensions,
    GroupInfo,
    JoinOptions,
    MLSError,
    Proposal,
    Remove,
    RequiredCapabilities,
)
from mls.codec import decode
from mls.commits import Commit
from mls.framing import (
    AuthenticatedContent,
    Content,
    FramedContent,
    PublicMessage,
    decode_message,
)
from mls.protection import PrivateKeys, seal_private
from mls.tree import RatchetTree
from mls.tree_hash import tree_hash
from mls.tree_math import LeafIndex
from mls.welcomes import GroupSecrets, Welcome, seal_group_info
from mls.wire_formats import WireFormat, encode_message


@cache
def commits() -> tuple[FramedContent, ...]:
    """Honest commits of all sorts, framed."""
    requirement = RequiredCapabilities(credentials=(1,)).to_extension()
    lists: tuple[list[Proposal], ...] = (
        [],
        [Remove(LeafIndex(1))],
        [Add(DAVE.public), Remove(LeafIndex(1))],
        [GroupContextExtensions((requirement,))],
    )
    return tuple(framed_of(forge(scene().alice, entries).message) for entries in lists)


def framed_of(message: bytes) -> FramedContent:
    parsed = decode_message(message)
    assert isinstance(parsed, PublicMessage)
    return parsed.content.framed


def unharmed(group: Group, message: bytes) -> None:
    """The group takes a message or refuses it by name, and is as it was either way."""
    before = group.epoch_state(), group.ratchet_state()
    with contextlib.suppress(MLSError):
        group.process(message, now=NOW)
    assert (group.epoch_state(), group.ratchet_state()) == before


@pytest.mark.fuzz
@given(which=st.integers(0, 3), changes=mangles, private=st.booleans())
def test_a_mangled_commit_with_a_real_signature_is_taken_or_refused_by_name(
    which: int, changes: list[Mangle], private: bool
) -> None:
    state, honest = inside(scene().alice), commits()[which]
    assert isinstance(honest.content, Commit)
    head = honest.encode()[: -len(honest.content.encode())]
    body = mangled(honest.content.encode(), changes)

    class Raw(Commit):
        def encode(self) -> bytes:
            return body

    raw: Content = Raw(honest.content.proposals, honest.content.path)
    bend = Bend(
        framed=lambda framed: replace(framed, encoded=head + body), private=private
    )
    signed = frame(state, raw, bend, member_seat(state))
    tagged = replace(signed.authentication, confirmation_tag=bytes(32))
    message = envelope(state, replace(signed, authentication=tagged))

    unharmed(scene().carol, message)


@pytest.mark.fuzz
@given(changes=mangles)
def test_a_mangled_frame_with_a_real_signature_is_taken_or_refused_by_name(
    changes: list[Mangle],
) -> None:
    state, honest = inside(scene().alice), commits()[2]
    encoded = mangled(honest.encode(), changes)
    bend = Bend(framed=lambda framed: replace(framed, encoded=encoded))
    signed = frame(state, honest.content, bend, member_seat(state))
    tagged = replace(signed.authentication, confirmation_tag=bytes(32))

    unharmed(scene().carol, envelope(state, replace(signed, authentication=tagged)))


@pytest.mark.fuzz
@given(plaintext=st.binary(max_size=200), kind=st.integers(1, 3))
def test_a_private_message_of_any_plaintext_is_taken_or_refused_by_name(
    plaintext: bytes, kind: int
) -> None:
    state = inside(scene().alice)
    contents: dict[int, Content] = {
        1: b"",
        2: Remove(LeafIndex(1)),
        3: commits()[0].content,
    }
    signed = frame(state, contents[kind], Bend(private=True), member_seat(state))
    bare = replace(
        signed, authentication=replace(signed.authentication, confirmation_tag=b"")
    )
    message = sealed_as(bare, plaintext)

    unharmed(scene().carol, message)


def sealed_as(content: AuthenticatedContent, plaintext: bytes) -> bytes:
    """A private envelope that holds these bytes and nothing else."""
    state = inside(scene().alice)
    keys = PrivateKeys(state.suite, state.secrets.sender_data, state.messages)
    authentication = content.authentication

    class Raw(type(authentication)):  # type: ignore[misc]
        def encode(self) -> bytes:
            return plaintext

    raw = Raw(authentication.signature, authentication.confirmation_tag)
    message, _ = seal_private(
        keys, replace(content, authentication=raw), padding=0, entropy=ENTROPY
    )
    return encode_message(WireFormat.PRIVATE_MESSAGE, message.encode())


@cache
def welcomed() -> tuple[Welcome, GroupSecrets, GroupInfo, bytes]:
    """An honest welcome for Dave, taken apart."""
    forged = added()
    welcome = Welcome.from_message(welcome_to(forged, DAVE))
    _, sealed = welcome.entry_for([DAVE])
    told = welcome.open_secrets(DAVE.init_private, sealed)
    return welcome, told, welcome.open_group_info(forged.welcome), forged.welcome


def join_raw(told: bytes, info: bytes) -> None:
    """Dave reads a welcome with these contents, sealed as they should be."""
    welcome, _, _, secret = welcomed()
    suite = welcome.suite

    class RawInfo(GroupInfo):
        def encode(self) -> bytes:
            return info

    honest = welcomed()[2]
    raw = RawInfo(honest.context, (), b"", LeafIndex(0))
    sealed_info = seal_group_info(suite, secret, raw)
    sealed = suite.encrypt(DAVE.public.init_key, b"Welcome", sealed_info, told)
    message = Welcome(suite.id, ((DAVE.reference, sealed),), sealed_info).to_message()
    with contextlib.suppress(MLSError):
        Group.join(message, [DAVE], settings=SETTINGS)


def test_a_welcome_put_together_again_is_taken() -> None:
    _, told, info, _ = welcomed()
    join_raw(told.encode(), info.encode())


@pytest.mark.fuzz
@given(changes=mangles)
def test_mangled_group_secrets_are_taken_or_refused_by_name(
    changes: list[Mangle],
) -> None:
    _, told, info, _ = welcomed()
    join_raw(mangled(told.encode(), changes), info.encode())


@pytest.mark.fuzz
@given(changes=mangles)
def test_a_mangled_group_info_is_taken_or_refused_by_name(
    changes: list[Mangle],
) -> None:
    _, told, info, _ = welcomed()
    join_raw(told.encode(), mangled(info.encode(), changes))


@pytest.mark.fuzz
@given(changes=mangles)
def test_a_mangled_tree_that_its_tree_hash_fits_is_taken_or_refused_by_name(
    changes: list[Mangle],
) -> None:
    forged = added()
    encoded = mangled(forged.tree.encode(), changes)
    with contextlib.suppress(MLSError):
        tree = decode(encoded, RatchetTree.decode)
        fitting = tree_hash(forged.context.suite, tree.root)

        def bend(info: GroupInfo) -> GroupInfo:
            return replace(info, context=replace(info.context, tree_hash=fitting))

        Group.join(
            welcome_to(forged, DAVE, WelcomeBend(with_tree=False, info=bend)),
            [DAVE],
            settings=SETTINGS,
            options=JoinOptions(ratchet_tree=encoded),
        )


@pytest.mark.fuzz
@given(changes=mangles)
def test_an_external_join_by_a_mangled_group_info_is_made_or_refused_by_name(
    changes: list[Mangle],
) -> None:
    honest = scene().alice.export_group_info(entropy=ENTROPY)
    with contextlib.suppress(MLSError):
        info = GroupInfo.from_message(mangled(honest, changes))
        Group.join_by_external_commit(
            info.signed(scene().alice.identity).to_message(),
            scene().people.identity("erin"),
            settings=SETTINGS,
            entropy=ENTROPY,
        )
