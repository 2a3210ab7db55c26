"""Padding, envelopes, whispers, posts and files: sealed, opened, and refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core import files
from linnet.client.core.envelope import LARGEST_BODY, BlobRef, EpochKeys, seal, unseal
from linnet.client.core.files import FileKey, seal_file, sealed_size, unseal_chunk
from linnet.client.core.padding import FLOOR, pad, padded_size, unpad
from linnet.client.core.posts import (
    WelcomePost,
    seal_package,
    seal_post,
    unseal_package,
    unseal_post,
)
from linnet.client.core.whispers import TypingNote, seal_note, unseal_note
from linnet.errors import Forged, LocalError, Malformed, RemoteError
from linnet.ids import AccountKey, BlobId, EnvelopeId, Sequence, ShelfId, StreamId

KEYS = EpochKeys.derive(3, lambda label, context, size: label.encode().ljust(size))
STREAM, OTHER = StreamId(b"s" * 16), StreamId(b"t" * 16)
ENVELOPE = EnvelopeId(b"e" * 16)


def fixed(count: int) -> bytes:
    return bytes(count)


@given(st.integers(0, 1 << 40))
def test_a_size_class_holds_its_length_and_wastes_little(length: int) -> None:
    size = padded_size(length)

    assert size >= max(length, FLOOR)
    assert size <= max(FLOOR, length * 1.12)
    assert padded_size(size) == size


@given(st.binary(max_size=2000))
def test_what_was_padded_is_read_back(body: bytes) -> None:
    assert unpad(pad(body, largest=4096)) == body


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x00\x00\x05abcd", b"\x00\x00\x00\x00\x01"]
)
def test_padding_that_hides_something_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpad(data)


@given(st.binary(max_size=1000))
def test_an_envelope_is_opened_only_in_its_place(body: bytes) -> None:
    sealed = seal(KEYS, STREAM, envelope=ENVELOPE, body=body, entropy=fixed)

    assert unseal(KEYS, STREAM, envelope=ENVELOPE, data=sealed) == body
    with pytest.raises(Forged):
        unseal(KEYS, OTHER, envelope=ENVELOPE, data=sealed)
    with pytest.raises(Forged):
        unseal(KEYS, STREAM, envelope=EnvelopeId(bytes(16)), data=sealed)
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(Forged):
        unseal(KEYS, STREAM, envelope=ENVELOPE, data=flipped)


def test_a_blob_that_an_envelope_names_is_read_back() -> None:
    ref = BlobRef(BlobId(b"b" * 32), b"k" * 32, 1 << 20)
    sealed = seal(KEYS, STREAM, envelope=ENVELOPE, body=ref, entropy=fixed)

    assert unseal(KEYS, STREAM, envelope=ENVELOPE, data=sealed) == ref
    too_large = bytes(LARGEST_BODY + 1)
    with pytest.raises(LocalError):
        seal(KEYS, STREAM, envelope=ENVELOPE, body=too_large, entropy=fixed)


@given(st.binary(max_size=100))
def test_any_bytes_are_an_envelope_a_post_a_note_or_refused(data: bytes) -> None:
    for reader in (
        lambda: unseal(KEYS, STREAM, envelope=ENVELOPE, data=data),
        lambda: unseal_note(KEYS, STREAM, data),
        lambda: unseal_post(bytes(32), STREAM, envelope=ENVELOPE, data=data),
        lambda: unseal_package(bytes(32), ShelfId(bytes(16)), data),
        lambda: WelcomePost.decode(data),
    ):
        with pytest.raises(RemoteError):
            reader()


def test_a_note_says_who_types() -> None:
    note = TypingNote(AccountKey(b"a" * 32), is_typing=True)

    assert (
        unseal_note(KEYS, STREAM, seal_note(KEYS, STREAM, note, entropy=fixed)) == note
    )


def test_posts_and_packages_are_opened_with_the_links_keys_only() -> None:
    post = WelcomePost(
        sender=AccountKey(b"a" * 32),
        note="hello",
        sequence=Sequence(7),
        envelope=ENVELOPE,
        welcome=b"welcome",
        tree=BlobRef(BlobId(b"b" * 32), b"k" * 32, 9),
    )
    body = post.encode()
    key, shelf = b"k" * 32, ShelfId(b"f" * 16)
    sealed = seal_post(key, STREAM, envelope=ENVELOPE, body=body, entropy=fixed)
    package = seal_package(key, shelf, b"package", fixed)

    opened = unseal_post(key, STREAM, envelope=ENVELOPE, data=sealed)
    assert WelcomePost.decode(opened) == post
    assert unseal_package(key, shelf, package) == b"package"
    with pytest.raises(Forged):
        unseal_post(bytes(32), STREAM, envelope=ENVELOPE, data=sealed)
    with pytest.raises(Forged):
        unseal_package(key, ShelfId(bytes(16)), package)


@pytest.mark.parametrize(
    "size", [0, 1, 255, 256, 32_768, 32_769, 65_536, 100_000, 262_144]
)
def test_a_file_is_cut_sealed_and_opened_piece_by_piece(size: int) -> None:
    key, data = FileKey(b"k" * 32, b"n" * 7), b"x" * size
    halves = [data[: size // 2], data[size // 2 :]]

    chunks = list(seal_file(key, halves, size))

    assert sum(map(len, chunks)) == sealed_size(size)
    opened = [
        unseal_chunk(key, size, number=number, sealed=chunk)
        for number, chunk in enumerate(chunks)
    ]
    assert b"".join(opened) == data
    assert len(chunks) == files.chunk_count(size)


def test_chunks_moved_cut_or_of_another_length_are_forged() -> None:
    key, size = FileKey(b"k" * 32, b"n" * 7), 100_000
    chunks = list(seal_file(key, [bytes(size)], size))

    for number, sealed in ((0, chunks[1]), (1, chunks[0]), (3, chunks[0])):
        with pytest.raises(Forged):
            unseal_chunk(key, size, number=number, sealed=sealed)
    with pytest.raises(Forged):
        unseal_chunk(key, size - 40_000, number=1, sealed=chunks[1])
    with pytest.raises(Forged):
        unseal_chunk(key, size, number=0, sealed=chunks[0][:-1])


def test_a_file_that_changes_while_it_is_read_is_not_sent() -> None:
    key = FileKey(b"k" * 32, b"n" * 7)
    with pytest.raises(LocalError):
        list(seal_file(key, [b"abc"], 4))
