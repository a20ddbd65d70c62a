"""The contracts as one JSON document: every message's schema, every subject and its writers."""

from __future__ import annotations

import sys
from typing import get_args

import msgspec

from contracts import channels, log
from contracts.lifecycle import TRANSITIONS


def document() -> dict[str, object]:
    """Describe all messages (JSON Schema), channels and order transitions."""
    messages = get_args(log.Message)
    _, components = msgspec.json.schema_components(messages, ref_template="#/components/{name}")
    return {
        "stream": log.STREAM,
        "channels": [
            {"pattern": c.pattern, "writers": c.writers, "once": c.once, "ttl_seconds": c.ttl}
            for c in channels.CHANNELS
        ],
        "messages": sorted(m.__name__ for m in messages),
        "components": dict(sorted(components.items())),
        "order_transitions": {str(s): sorted(map(str, after)) for s, after in TRANSITIONS.items()},
    }


def main() -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document()), indent=2) + b"\n")


if __name__ == "__main__":
    main()
