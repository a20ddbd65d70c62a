"""What Alpaca's errors mean: a clear no, nothing taken, or nobody knows."""

from __future__ import annotations

from typing import cast

import msgspec
import requests
from alpaca.common.exceptions import APIError
from msgspec import Struct

from executor.brokers.broker import OrderRefusedError, OutcomeUnknownError
from executor.brokers.outcomes import CONFLICT, REFUSALS, TOO_MANY, Failure, short, too_many

BAD_INPUT = 40010001
"""Alpaca's code for many kinds of bad input, a client_order_id that was used before among them."""

WHOLE_ONLY = ("is not fractionable", "fractional trading is disabled")
"""Parts of its texts: the code is the same as for want of money."""


class _Body(Struct, frozen=True):
    code: int = 0
    message: str = ""


def meaning(error: APIError) -> Failure:
    """Read an HTTP error."""
    response = cast("requests.Response | None", error.response)  # alpaca-py leaves it untyped
    if response is None:
        return OutcomeUnknownError(f"an answer without a status: {short(str(error))}")
    status, body = response.status_code, _body(str(error))
    if status == TOO_MANY:
        return too_many(response.headers.get("Retry-After", ""), response.headers.get("X-RateLimit-Reset", ""))
    reason = short(body.message or str(error))
    if status not in REFUSALS:
        return OutcomeUnknownError(f"http {status}: {reason}")
    return OrderRefusedError(
        str(body.code or status), reason, status=status,
        duplicate=body.code == BAD_INPUT or status == CONFLICT,
        whole_only=any(text in reason for text in WHOLE_ONLY),
    )  # fmt: skip


def _body(text: str) -> _Body:
    # A gateway in front of Alpaca answers in HTML, and a wrong key in JSON without a code.
    try:
        return msgspec.json.decode(text, type=_Body, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _Body()
