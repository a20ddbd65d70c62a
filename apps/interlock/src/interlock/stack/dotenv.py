"""The `.env` file of a person: read, never written."""

from __future__ import annotations

from pathlib import Path

from dotenv.parser import parse_stream

from interlock.stack.refusal import StackError


def read(file: Path) -> dict[str, str]:
    """Read the variables of a `.env`; a line that is none is refused with its number."""
    found: dict[str, str] = {}
    try:
        with file.open(encoding="utf-8") as stream:
            for binding in parse_stream(stream):
                if binding.error or (binding.key and binding.value is None):
                    where = f"{file.name} line {binding.original.line}"
                    raise StackError(f"{where}: expected NAME=value, was {_shown(binding.original.string)}")
                if binding.key:
                    found[binding.key] = binding.value or ""
    except (OSError, UnicodeDecodeError) as e:
        raise StackError(f"{file} cannot be read: {str(e).lower()}") from e
    return found


def _shown(text: str) -> str:
    # What follows a key may be a secret: the line's first word is enough to find it.
    return repr(text.strip().partition("=")[0].split(" ")[0])
