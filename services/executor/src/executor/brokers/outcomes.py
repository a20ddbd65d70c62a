"""What an HTTP status or a lost connection proves: a clear no, nothing taken, or nothing at all."""

from __future__ import annotations

import time
from typing import TypeAlias

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError

Failure: TypeAlias = BrokerUnavailableError | OrderRefusedError | OutcomeUnknownError

TOO_MANY, CONFLICT, NOT_FOUND = 429, 409, 404
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 415, 422})
"""Statuses by which nothing was accepted. 408 and 499 are not among them: they tell of time, not of the order."""

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 60.0
LONGEST_REASON = 300


def lost(error: requests.RequestException) -> BrokerUnavailableError | OutcomeUnknownError:
    """Read a failure of the connection: only one that was never made proves that nothing was sent."""
    text = f"{type(error).__name__}: {short(str(error))}"
    reason = error.args[0] if error.args else None
    never_made = isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
    if isinstance(error, requests.ConnectTimeout) or never_made:
        return BrokerUnavailableError(text)
    return OutcomeUnknownError(text)


def too_many(retry_after: str, reset: str, unit: float = 1.0) -> BrokerUnavailableError:
    """Say that nothing was taken, and for how long to ask nothing; a value is empty where there is no header."""
    return BrokerUnavailableError("too many requests", pause(retry_after, reset, unit))


def pause(retry_after: str, reset: str = "", unit: float = 1.0) -> float:
    """Give the seconds for which to ask nothing: `retry_after` in seconds goes before `reset`, see `seconds_until`."""
    if retry_after.isdigit():
        after = float(retry_after)
    else:
        after = seconds_until(reset, unit) if reset.isdigit() else PAUSE_SECONDS
    return min(max(after, 1.0), LONGEST_PAUSE_SECONDS)


def seconds_until(reset: str, unit: float = 1.0) -> float:
    """Read a header's Unix time in `unit` seconds; 0 where it is none or past."""
    return max(0.0, int(reset) * unit - time.time()) if reset.isdigit() else 0.0


def short(text: str) -> str:
    return text[:LONGEST_REASON]
