"""Everything that goes wrong, as JSON: what, where, and what was expected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NoReturn

import msgspec
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from starlette.exceptions import HTTPException as StarletteHTTPException

from chassis.jetstream.connection import UnansweredError
from chassis.log import LogRefusedError

ANSWER_SECONDS = 5.0

CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}


class Mistake(Struct, frozen=True):
    """`where` is the path to the value, `was` its beginning."""

    where: str
    what: str
    was: str


class Failure(Struct, frozen=True):
    """`detail` is for people, `code` for programs; `mistakes` name each wrong value of the request."""

    detail: str
    code: str
    mistakes: tuple[Mistake, ...] = ()


class Refusal(HTTPException):
    """A request that is understood and not done."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, detail)
        self.code = code


def failure(status: int, code: str, detail: str, mistakes: tuple[Mistake, ...] = ()) -> Response:
    body = msgspec.json.encode(Failure(_printable(detail), code, mistakes))
    return Response(body, status, media_type="application/json")


def not_found(what: str, name: str) -> NoReturn:
    raise Refusal(404, "not_found", f"no {what} has the id {name!r}")


def install(app: FastAPI) -> None:
    """Answer every failure of the app in the one form."""
    app.exception_handler(StarletteHTTPException)(_on_http)
    app.exception_handler(RequestValidationError)(_on_invalid)
    app.exception_handler(UnansweredError)(_on_silence)
    app.exception_handler(LogRefusedError)(_on_silence)
    # The outermost edge of a request: the person gets no stack trace, the process' log does.
    app.exception_handler(Exception)(_on_bug)


async def _on_http(request: Request, error: StarletteHTTPException) -> Response:
    code, detail = CODES.get(error.status_code, "refused"), str(error.detail)
    if isinstance(error, Refusal):
        code = error.code
    elif error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        detail = f"{request.method} {request.url.path}: {detail.lower()}"
    answer = failure(error.status_code, code, detail)
    answer.headers.update(error.headers or {})
    return answer


async def _on_invalid(_: Request, error: RequestValidationError) -> Response:
    mistakes = mistakes_of(error.errors())
    return failure(422, "invalid", "; ".join(map(_said, mistakes)), mistakes)


def _said(mistake: Mistake) -> str:
    # What is wrong with a body as a whole names its value itself; here it would be all of it.
    if mistake.what.startswith("expected") and "." in mistake.where:
        return f"{mistake.where} was {mistake.was!r}, {mistake.what}"
    return f"{mistake.where}: {mistake.what}"


def mistakes_of(errors: Sequence[Any]) -> tuple[Mistake, ...]:
    """Read pydantic's list of errors."""
    return tuple(
        Mistake(_printable(".".join(map(str, e["loc"]))), _lower(e["msg"]), _printable(str(e.get("input", ""))[:100]))
        for e in errors
    )


def _printable(text: str) -> str:
    # JSON can name half of a character (\ud800), which no text can hold.
    return text.encode(errors="backslashreplace").decode()


def _lower(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


async def _on_silence(_: Request, error: Exception) -> Response:
    return failure(503, "unreachable", f"no answer from the bus, try again: {error}")


async def _on_bug(_: Request, __: Exception) -> Response:
    return failure(500, "internal", "this is a defect; the log of api-gateway has its details")


@asynccontextmanager
async def answered(what: str) -> AsyncGenerator[None]:
    """Refuse with 503 where what is asked inside takes too long."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except TimeoutError as e:
        detail = f"the {what} did not answer in {ANSWER_SECONDS:g} s; what was asked may be done"
        raise Refusal(503, f"{what}_unreachable", detail) from e
