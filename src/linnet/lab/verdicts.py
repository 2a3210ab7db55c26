"""The log of verdicts: a line of JSON for everything that a rule said."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TextIO

from linnet.errors import Malformed
from linnet.lab.censor import Ruled

LONGEST_LINE = 4_096
"""Characters of a line that is read; none that is written comes near it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log.

    Attributes:
        time: seconds since the lab began.
        rule: the scenario, such as "S8".
        act: "drop" or "pass".
        because: the rule's reason.
        protocol: what the packet was, such as "TCP".
        ends: whence it came and where it went, as host and port.
        flags: of a TCP segment, such as "SYN|ACK"; "" without any.
        length: octets that it held.
    """

    time: float
    rule: str
    act: str
    because: str
    protocol: str
    ends: tuple[str, str]
    flags: str
    length: int

    @classmethod
    def of(cls, ruled: Ruled) -> Self:
        """Say what a rule did."""
        packet = ruled.packet
        ends = str(packet.source), str(packet.target)
        flags = packet.flags.name or "" if packet.flags else ""
        said = ruled.at, ruled.rule, ruled.act, ruled.because
        return cls(*said, packet.protocol.name, ends, flags, len(packet.payload))

    @classmethod
    def read(cls, line: str) -> Self:
        """Read a line.

        Raises:
            Malformed: it is none of a log of verdicts.
        """
        if len(line) > LONGEST_LINE:
            raise Malformed("A line is too long to be one of a log of verdicts.")
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise Malformed("A line of a log of verdicts is no JSON.") from None
        if not isinstance(said, dict) or not _is_entry(said):
            raise Malformed("A line of JSON is none of a log of verdicts.")
        return cls(**said | {"ends": tuple(said["ends"])})

    def write(self) -> str:
        """Write it as a line."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(said, separators=(",", ":")) + "\n"


class VerdictLog:
    """Writes down what rules say."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream, which stays the caller's to close."""
        self._stream = stream

    def write(self, ruled: Ruled) -> None:
        """Add a line."""
        self._stream.write(Entry.of(ruled).write())


def read_log(lines: Iterable[str]) -> Iterator[Entry]:
    """Read a log back, line after line.

    Raises:
        Malformed: a line is none of a log of verdicts.
    """
    return (Entry.read(line) for line in lines)


def tally(entries: Iterable[Entry]) -> list[tuple[str, str, str, int]]:
    """Count entries: rows of rule, act, reason and number, in order of the rules."""
    counts = Counter((one.rule, one.act, one.because) for one in entries)
    rows = sorted(counts.items(), key=lambda row: (len(row[0][0]), row[0]))
    return [(*kind, number) for kind, number in rows]


_TEXTS = ("rule", "act", "because", "protocol", "flags")


def _is_entry(said: dict[str, Any]) -> bool:
    if said.keys() != set(Entry.__slots__):
        return False
    time, length, ends = said["time"], said["length"], said["ends"]
    return (
        all(isinstance(said[name], str) for name in _TEXTS)
        and type(time) in (int, float)
        and type(length) is int
        and isinstance(ends, list)
        and len(ends) == 2
        and all(isinstance(end, str) for end in ends)
    )
