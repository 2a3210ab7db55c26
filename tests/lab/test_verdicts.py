"""The log of verdicts, written and read back."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.lab.censor import Ruled
from linnet.lab.packets import Flags, Packet, Protocol
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.verdicts import Entry, VerdictLog, read_log, tally
from tests.lab.lines import CLIENT, SERVER, Line, datagram

BLOCK = AddressBlock.of(["192.0.2.0/24"])


def written() -> io.StringIO:
    line, log = Line(BLOCK), io.StringIO()
    line.now = 1.5
    for effect in line.up(b"hello", Flags.PSH | Flags.ACK) + line.down():
        if isinstance(effect, Ruled):
            VerdictLog(log).write(effect)
    log.seek(0)
    return log


def test_a_verdict_is_a_line_that_says_what_was_done_to_which_packet() -> None:
    assert json.loads(written().readline()) == {
        "time": 1.5,
        "rule": "S1",
        "act": "drop",
        "because": "the address is on the list",
        "protocol": "TCP",
        "ends": ["10.0.0.2:40000", "192.0.2.10:443"],
        "flags": "PSH|ACK",
        "length": 5,
    }


def test_a_log_is_counted_by_rule_act_and_reason() -> None:
    entries = list(read_log(written()))
    packet = datagram(CLIENT, SERVER, b"x")
    entries += [Entry.of(Ruled(f"S{n}", packet, "pass", "why", 0.0)) for n in (10, 8)]

    assert tally(entries) == [
        ("S1", "drop", "the address is on the list", 2),
        ("S8", "pass", "why", 1),
        ("S10", "pass", "why", 1),
    ]


@given(
    st.builds(
        Ruled,
        st.text(max_size=9),
        st.builds(
            Packet,
            st.just(CLIENT),
            st.just(SERVER),
            st.sampled_from(Protocol),
            st.binary(max_size=9),
            st.integers(0, 31).map(Flags),
        ),
        st.sampled_from(["drop", "pass"]),
        st.text(max_size=99),
        st.floats(0, 1e9),
    )
)
def test_what_was_written_is_read_as_it_was(ruled: Ruled) -> None:
    entry = Entry.of(ruled)

    assert Entry.read(entry.write()) == entry


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=3,
)


@given(
    st.text(max_size=200)
    | json_values.map(json.dumps)
    | st.fixed_dictionaries(dict.fromkeys(Entry.__slots__, json_values)).map(json.dumps)
)
def test_any_line_is_an_entry_or_malformed(line: str) -> None:
    try:
        entry = Entry.read(line)
    except Malformed:
        return
    assert len(entry.ends) == 2


def test_a_line_longer_than_any_that_is_written_is_malformed() -> None:
    entry = Entry.read(written().readline())

    with pytest.raises(Malformed):
        Entry.read(replace(entry, because="x" * 4_096).write())


@pytest.mark.parametrize("line", ["[" * 4_000, "9" * 4_096, "{" * 5_000])
def test_a_line_that_would_wear_a_reader_out_is_malformed(line: str) -> None:
    with pytest.raises(Malformed):
        Entry.read(line)
