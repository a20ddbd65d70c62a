"""What Alpaca's failures mean: a clear no, nothing taken, or nobody knows."""

from __future__ import annotations

import time
from typing import TypeAlias, cast

import msgspec
import requests
from alpaca.common.exceptions import APIError
from msgspec import Struct
from urllib3.exceptions import MaxRetryError, NewConnectionError

from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError

Failure: TypeAlias = BrokerUnavailableError | OrderRefusedError | OutcomeUnknownError

TOO_MANY, CONFLICT, NOT_FOUND = 429, 409, 404
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 415, 422})
"""Statuses by which nothing was accepted. 408 and 499 are not among them: they tell of time, not of the order."""

BAD_INPUT = 40010001
"""Alpaca's code for many kinds of bad input, a client_order_id that was used before among them."""

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 60.0
LONGEST_REASON = 300


class _Body(Struct, frozen=True):
    code: int = 0
    message: str = ""


def meaning(error: APIError) -> Failure:
    """Read an HTTP error."""
    response = cast("requests.Response | None", error.response)  # alpaca-py leaves it untyped
    if response is None:
        return OutcomeUnknownError(f"an answer without a status: {_short(str(error))}")
    status, body = response.status_code, _body(str(error))
    if status == TOO_MANY:
        return BrokerUnavailableError("too many requests", _pause(response))
    if status not in REFUSALS:
        return OutcomeUnknownError(f"http {status}: {_short(body.message or str(error))}")
    duplicate = body.code == BAD_INPUT or status == CONFLICT
    reason = _short(body.message or str(error))
    return OrderRefusedError(str(body.code or status), reason, status=status, duplicate=duplicate)


def failure(error: requests.RequestException) -> Failure:
    """Read a failure of the connection: only one that was never made proves that nothing was sent."""
    text = f"{type(error).__name__}: {_short(str(error))}"
    reason = error.args[0] if error.args else None
    never_made = isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
    if isinstance(error, requests.ConnectTimeout) or never_made:
        return BrokerUnavailableError(text)
    return OutcomeUnknownError(text)


def _body(text: str) -> _Body:
    # A gateway in front of Alpaca answers in HTML, and a wrong key in JSON without a code.
    try:
        return msgspec.json.decode(text, type=_Body, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _Body()


def _pause(response: requests.Response) -> float:
    reset = response.headers.get("X-RateLimit-Reset", "")
    if not reset.isdigit():
        return PAUSE_SECONDS
    return min(max(int(reset) - time.time(), 1.0), LONGEST_PAUSE_SECONDS)


def _short(text: str) -> str:
    return text[:LONGEST_REASON]
