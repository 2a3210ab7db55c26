"""A manifest as a relay carries it (spec/manifest.md §5)."""

from hashlib import sha256
from pathlib import Path

import pytest

from linnet.errors import StorageError, UsageError
from linnet.ids import RequestNumber
from linnet.relay.core import manifests
from linnet.relay.core.events import Send
from linnet.relay.core.limits import Limits
from linnet.relay.core.memory import Memory, Numbers
from linnet.relay.core.state import Guest
from linnet.relay.manifest_file import ManifestFile
from linnet.wire.codec import decode_reply
from linnet.wire.following import MAX_SERIES, series_text, write_series
from linnet.wire.limits import MAX_MESSAGE
from linnet.wire.requests_manifests import ManifestGet, Series
from vectors.manifests import FIRST, ONE, TWO, signed


def put(folder: Path, *series: object) -> int:
    source = folder / "given"
    source.write_text(series_text(series))  # type: ignore[arg-type]
    return ManifestFile(folder).put(source).number


def asked(carried: bytes, held: bytes = bytes(32)) -> bytes:
    memory = Memory(Limits(), Numbers(), manifest=carried)
    guest = Guest(1)
    (effect,) = manifests.get(memory, guest, RequestNumber(1), ManifestGet(held))
    assert isinstance(effect, Send)
    _, reply = decode_reply(effect.message)
    assert isinstance(reply, Series)
    return reply.data


def test_what_a_client_holds_it_is_not_sent_again() -> None:
    carried = write_series((ONE,))

    assert asked(carried) == carried
    assert asked(carried, sha256(carried).digest()) == b""
    assert asked(b"") == b""
    assert len(asked(bytes(MAX_SERIES))) < MAX_MESSAGE


def test_a_relay_takes_no_older_and_no_unsigned_edition(tmp_path: Path) -> None:
    assert put(tmp_path, TWO) == 2
    for series, said in (((ONE,), "older than 2"), ((signed(FIRST, "a"),), "1 of")):
        with pytest.raises(UsageError, match=said):
            put(tmp_path, *series)

    assert ManifestFile(tmp_path).read() == write_series((TWO,))


def test_what_is_no_manifest_is_not_carried(tmp_path: Path) -> None:
    file = ManifestFile(tmp_path)
    assert file.read() == b""
    assert file.mark() == (0, 0)
    with pytest.raises(StorageError, match="cannot be read"):
        file.put(tmp_path / "nowhere")
    (tmp_path / "picture").write_bytes(b"\xff\xd8")
    with pytest.raises(UsageError, match="no text"):
        file.put(tmp_path / "picture")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(UsageError, match="no manifest"):
        file.put(tmp_path / "text")
    file.path.write_bytes(bytes(MAX_SERIES + 1))
    with pytest.raises(StorageError, match="damaged"):
        file.read()
