"""One line of a service's log as people read it."""

from __future__ import annotations

from typing import cast

import msgspec

FIRST = ("timestamp", "level", "service", "part", "event", "profile", "exception")


def readable(line: str) -> str:
    """Give a JSON line as words; any other line as it is."""
    try:
        said = msgspec.json.decode(line)
    except msgspec.MsgspecError:
        return line
    if not isinstance(said, dict) or "event" not in said:
        return line
    facts = {str(name): value for name, value in cast("dict[str, object]", said).items()}
    head = f"{str(facts.get('timestamp', ''))[:23]} {facts.get('level', '')!s:<7} {facts.get('service', '')}"
    rest = " ".join(f"{name}={value}" for name, value in facts.items() if name not in FIRST)
    trouble = f"\n{facts['exception']}" if "exception" in facts else ""
    return f"{head}  {facts['event']}  {rest}".rstrip() + trouble
