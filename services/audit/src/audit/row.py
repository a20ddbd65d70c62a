"""A record of the log as a row of the table."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from chassis.log import RawRecord
from contracts.log import Message, decode, encode, references

UNDECODABLE = ""
"""The kind of a record that no message fits."""


class Row(NamedTuple):
    """The columns beside the log's number, in their order."""

    sequence: int
    at: datetime
    subject: str
    kind: str
    account: str
    refs: list[str]
    cause: int
    trace: str
    number: int
    body: str | None
    data: bytes


def row(raw: RawRecord) -> Row:
    """Make a row of any record whatsoever: what nobody can read is stored too."""
    message = _message(raw.data)
    return Row(
        raw.sequence,
        raw.time,
        _text(raw.subject),
        UNDECODABLE if message is None else type(message).__name__,
        "" if message is None else _text(getattr(message, "account", "")),
        [] if message is None else [_text(ref) for ref in references(message)],
        raw.cause,
        _text(raw.trace),
        raw.number,
        None if message is None else _body(message),
        raw.data,
    )


def _message(data: bytes) -> Message | None:
    try:
        return decode(data)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None


def _body(message: Message) -> str:
    # Encoded anew: unknown fields may hold what PostgreSQL refuses, such as numbers beyond its range.
    return encode(message).decode().replace("\\u0000", "\\ufffd")


def _text(text: str) -> str:
    # PostgreSQL's text holds no NUL.
    return text.replace("\0", "\ufffd")
