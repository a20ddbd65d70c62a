"""From raw records to records: decode, and park what cannot be decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from chassis.telemetry import PARKED, logger
from contracts.log import Fact, Record, decode
from contracts.parked import RecordParked

if TYPE_CHECKING:
    from chassis.log import Log, RawRecord


class Parking(Struct, frozen=True):
    """Who sets aside what it cannot read, and where."""

    writer: str
    log: Log


async def decoded(chunk: Sequence[RawRecord], parking: Parking) -> list[Record]:
    """Decode a chunk; what cannot be read becomes a fact of its own with the reason, and is passed over."""
    records: list[Record] = []
    for raw in chunk:
        try:
            body = decode(raw.data)
        except (msgspec.ValidationError, msgspec.DecodeError) as e:
            await _park(raw, str(e), parking)
        else:
            records.append(Record(raw.sequence, raw.time, raw.subject, body, raw.cause, raw.trace, raw.number))
    return records


async def _park(raw: RawRecord, reason: str, parking: Parking) -> None:
    PARKED.inc()
    logger("log").error("record parked", sequence=raw.sequence, subject=raw.subject, reason=reason)
    parked = RecordParked(service=parking.writer, sequence=raw.sequence, subject=raw.subject, reason=reason)
    await parking.log.append([Fact(parked, raw.sequence, raw.trace)])


def fits(patterns: Sequence[str], subject: str) -> bool:
    """Say whether a subject fits one of the patterns, by the bus's rules for `*` and `>`."""
    tokens = subject.split(".")
    return any(_fits(pattern.split("."), tokens) for pattern in patterns)


def _fits(pattern: list[str], tokens: list[str]) -> bool:
    if pattern[-1] == ">":
        fixed = len(pattern) - 1
        return len(tokens) > fixed and _same(pattern[:fixed], tokens[:fixed])
    return len(pattern) == len(tokens) and _same(pattern, tokens)


def _same(pattern: list[str], tokens: list[str]) -> bool:
    return all(p in ("*", t) for p, t in zip(pattern, tokens, strict=True))
