"""What a service could not read."""

from __future__ import annotations

from msgspec import Struct

from contracts.values import Token


class RecordParked(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """A record of the log that could not be decoded: set aside with its reason, never dropped."""

    service: Token
    sequence: int
    subject: str
    reason: str
