"""The door to what was: questions on the bus, answered as long as the database does."""

from __future__ import annotations

import msgspec

from audit.database import AWAY, connect
from audit.queries import answered
from chassis.telemetry import logger
from contracts.history import HistoryAnswered, decode_question, encode

ANSWER_BYTES = 7_500_000
"""Below the bus' limit of 8 MB a message."""

_OPTIONS = "-c statement_timeout=5s -c default_transaction_read_only=on"


class History:
    """Answers about the log of one identity. Opens a connection for each question: it never has a dead one in hand."""

    def __init__(self, url: str, identity: str) -> None:
        self._url, self._identity = url, identity

    async def answer(self, data: bytes) -> bytes:
        """Answer, if only with what went wrong."""
        answer = encode(await self._answer(data))
        if len(answer) > ANSWER_BYTES:
            return encode(
                HistoryAnswered(error=f"{len(answer)} bytes, more than one answer holds: ask for fewer records")
            )
        return answer

    async def _answer(self, data: bytes) -> HistoryAnswered:
        try:
            asked = decode_question(data)
        except (msgspec.ValidationError, msgspec.DecodeError) as e:
            return HistoryAnswered(error=f"not a question: {e}")
        try:
            async with await connect(self._url, "history", _OPTIONS) as connection:
                return await answered(connection, self._identity, asked)
        except AWAY as e:
            logger("history").warning("no answer from the database", error=str(e).strip())
            return HistoryAnswered(error="the database does not answer")
