"""What is wrong with a file of plans, and where; lines and columns are counted from 1."""

from __future__ import annotations

from msgspec import Struct


class Problem(Struct, frozen=True):
    """`line` and `column` are 0 where it is about the whole."""

    file: str
    line: int
    column: int
    what: str

    @property
    def text(self) -> str:
        place = [str(number) for number in (self.line, self.column) if number]
        return f"{':'.join((self.file, *place))}: {self.what}"
