"""What can be asked of the audit, the one question between services; read-only."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts.log import Record


class HistoryAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Records, newest first. `kinds` are names of messages (empty: all), `before` a sequence (0: from the end).

    With `id`, only records that name it; with `story` too, everything that belongs to it, oldest first: whatever
    shares an id, and what shares one with that, also what is of no account. `before` and `limit` do not cut a story.
    """

    kinds: tuple[str, ...] = ()
    account: str = ""
    id: str = ""
    story: bool = False
    before: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class HistoryAnswered(Struct, frozen=True, kw_only=True):
    """`through` is the last sequence that the audit has stored. `error` is for people, empty when all went well.

    `cut`: the story is longer than an answer holds, and this is its beginning.
    """

    records: tuple[Record, ...] = ()
    through: int = 0
    error: str = ""
    cut: bool = False


encode = msgspec.json.Encoder().encode
decode_question = msgspec.json.Decoder(HistoryAsked).decode
decode_answer = msgspec.json.Decoder(HistoryAnswered).decode
