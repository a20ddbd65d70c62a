"""What Tradier's errors mean; an answer with status 200 may hide one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import requests
from msgspec import Struct

from executor.brokers.broker import OrderRefusedError, OutcomeUnknownError
from executor.brokers.outcomes import REFUSALS, TOO_MANY, Failure, short, too_many

OK = 200
MILLISECOND = 0.001
_CODE = re.compile(r"([A-Z][A-Za-z]+): (.*)", re.DOTALL)
"""Such as `DayTraderPatternRestriction: ...`; most errors are prose."""


class _Errors(Struct, frozen=True):
    error: str | list[str]


class _Detail(Struct, frozen=True):
    errorcode: str = ""


class _Fault(Struct, frozen=True):
    """The gateway's own."""

    faultstring: str = ""
    detail: _Detail = _Detail()


class _Body(Struct, frozen=True):
    errors: _Errors | None = None
    fault: _Fault | None = None


def meaning(response: requests.Response) -> Failure | None:
    """Say what went wrong, if anything did."""
    status = response.status_code
    if status == TOO_MANY:
        headers = response.headers
        return too_many(headers.get("Retry-After", ""), headers.get("X-Ratelimit-Expiry", ""), MILLISECOND)
    if status != OK and status not in REFUSALS:
        return OutcomeUnknownError(f"http {status}: {short(response.text)}")
    body = _body(response.content)
    if body.errors is not None:
        return _refused(status, body.errors.error)
    if status == OK:
        return None
    if body.fault is not None:
        return OrderRefusedError(body.fault.detail.errorcode or str(status), body.fault.faultstring, status=status)
    return OrderRefusedError(str(status), short(response.text), status=status)


def _refused(status: int, said: str | Sequence[str]) -> OrderRefusedError:
    text = said if isinstance(said, str) else "; ".join(said)
    found = _CODE.fullmatch(text)
    code, reason = found.groups() if found else (str(status), text)
    return OrderRefusedError(code, short(reason), status=status)


def _body(content: bytes) -> _Body:
    # A refusal is often plain text.
    try:
        return msgspec.json.decode(content, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Body()
