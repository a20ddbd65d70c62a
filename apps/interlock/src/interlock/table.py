"""Rows as plain text in columns."""

from __future__ import annotations

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> str:
    """Align columns under their heads; those whose head is in `right`, a list with spaces, to the right."""
    to_right = [head in right.split() for head in heads]
    lines = [heads, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, to_right, strict=True)
        ).rstrip()
        for line in lines
    )
