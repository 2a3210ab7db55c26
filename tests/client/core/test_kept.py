"""What a backup holds, item by item (spec/identity.md §8)."""

import pytest

from linnet.client.core import cbor
from linnet.client.core.bundle import AccountBundle, RelayGiven
from linnet.client.core.devices import DeviceNamed, PreferencesSet
from linnet.client.core.kept import Kept, PlaceKept, write_content
from linnet.client.core.records import HistoryRecord
from linnet.errors import Malformed
from linnet.ids import (
    AccountKey,
    ConversationId,
    DeviceId,
    EnvelopeId,
    MessageId,
    Sequence,
)
from linnet.wire.fields import u32
from linnet.wire.links import Address, RelayDescriptor, Road

WAY = Address(Road.TCP, "127.0.0.1", 4040)
ROOM = ConversationId(b"r" * 16)
PLACE = PlaceKept(ROOM, b"epoch", b"ratchet", Sequence(7), EnvelopeId(b"e" * 16))
SAID = HistoryRecord(
    ROOM, MessageId(b"m" * 16), b"i" * 32, AccountKey(b"a" * 32), 5, 1, "hello"
)
BUNDLE = AccountBundle(
    *(b"s" * 32, b"i" * 32, b"o" * 32, "Ann"),
    PreferencesSet(delivery=True, read=False, typing=True),
    (RelayGiven(RelayDescriptor(b"k" * 32, (WAY,)), None, 3, EnvelopeId(bytes(16))),),
    (),
    (DeviceNamed(DeviceId(b"d" * 8), "Terminal", 0),),
    (),
    (),
)


def test_what_was_written_is_read() -> None:
    content = b"".join(write_content(BUNDLE, [PLACE], [[SAID]]))
    assert Kept.decode(content) == Kept(BUNDLE, (PLACE,), (SAID,))


@pytest.mark.parametrize(
    "item",
    [
        [3, []],
        [True, []],
        [1],
        [1, [7]],
        [2, ROOM, b"", b"", True, bytes(16)],
        [2, ROOM, b"", b"", -1, bytes(16)],
        [2, ROOM, b"", b"", 1 << 54, bytes(16)],
        [2, ROOM, b"", b"", 7, bytes(15)],
        [2, ROOM[:15], b"", b"", 7, bytes(16)],
        [],
    ],
)
def test_an_item_of_another_form_spoils_the_whole(item: list[cbor.Value]) -> None:
    strange = cbor.encode(item)
    content = b"".join(write_content(BUNDLE, [PLACE], [[SAID]]))
    with pytest.raises(Malformed):
        Kept.decode(content + u32(len(strange)) + strange)


def test_a_content_that_was_cut_anywhere_is_malformed() -> None:
    pieces = write_content(BUNDLE, [PLACE], [[SAID]])
    whole = b"".join(pieces)
    between = {sum(map(len, pieces[:end])) for end in (2, 4, 6)}
    for end in set(range(len(whole))) - between:
        with pytest.raises(Malformed):
            Kept.decode(whole[:end])
