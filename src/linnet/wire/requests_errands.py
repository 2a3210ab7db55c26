"""Handing in an errand for somebody else, and its answer (spec/bags.md §4)."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from linnet.wire.fields import Fields
from linnet.wire.requests import read_data


@dataclass(frozen=True, slots=True)
class Errand:
    """Hand in what somebody sealed to this relay."""

    TYPE: ClassVar[int] = 0x51

    sealed: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.sealed

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(read_data(fields))


@dataclass(frozen=True, slots=True)
class ErrandAnswer:
    """What the relay sealed for the maker of an errand."""

    TYPE: ClassVar[int] = 0x8D

    answer: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.answer

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(read_data(fields))
