"""What all REST handlers share: who asks, what is answered, how errors look."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TypeAlias, TypeVar

import msgspec
from aiohttp import web

from exchange.accounts import Account
from exchange.refusals import Refusal, malformed
from paper_exchange import times, wire
from paper_exchange.access import Access
from paper_exchange.floor import Floor
from paper_exchange.wire import Json

FLOOR = web.AppKey("floor", Floor)
ACCESS = web.AppKey("access", Access)
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/stream", "/v2/iex", "/v2/sip", "/v2/test"})

UUID_LENGTH = 36

T = TypeVar("T")
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_encode = msgspec.json.Encoder().encode


class RefusedError(Exception):
    """A request that cannot be understood, with the answer it gets."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def answer(body: object, status: int = 200) -> web.Response:
    return web.Response(body=_encode(body), status=status, content_type="application/json")


def refused(refusal: Refusal) -> web.Response:
    return answer(wire.refusal(refusal), refusal.status)


def floor(request: web.Request) -> Floor:
    return request.app[FLOOR]


def account(request: web.Request) -> Account:
    """Give the account of the request's keys; the middleware has let nobody else through."""
    name = request.app[ACCESS].account_of(request.headers)
    if name is None:
        raise web.HTTPUnauthorized
    return floor(request).account(name)


def flag(request: web.Request, name: str) -> bool:
    return request.query.get(name, "").lower() in {"true", "1"}


def whole(request: web.Request, name: str, default: int, highest: int) -> int:
    """Read a count from the query, from 1 to the highest."""
    text = request.query.get(name, str(default))
    number = digits(text)
    if number is None or not 1 <= number <= highest:
        raise RefusedError(malformed(f"{name} was {text[:20]}, expected a number from 1 to {highest}"))
    return number


def digits(text: str) -> int | None:
    """Read a whole number of no more digits than a time in nanoseconds has."""
    return int(text) if re.fullmatch(r"[0-9]{1,19}", text) else None


def words(request: web.Request, name: str) -> tuple[str, ...]:
    """Read a list whose members are parted by commas."""
    return tuple(word for word in request.query.get(name, "").split(",") if word)


def symbols(request: web.Request) -> tuple[str, ...]:
    return words(request, "symbols")


def choice(request: web.Request, name: str, default: str, allowed: Sequence[str]) -> str:
    text = request.query.get(name, default)
    if text not in allowed:
        raise RefusedError(malformed(f"{name} was {text[:20]}, expected {', '.join(allowed[:-1])} or {allowed[-1]}"))
    return text


def moment(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return times.parse(text)
    except (ValueError, OverflowError) as error:
        raise RefusedError(malformed(f"{name} was {text[:40]}, expected a time as in RFC 3339")) from error


def day(request: web.Request, name: str, default: date) -> date:
    return needed_day(request, name) if name in request.query else default


def needed_day(request: web.Request, name: str) -> date:
    text = request.query.get(name, "")
    try:
        return date.fromisoformat(text[: len("2013-10-07")])
    except ValueError as error:
        raise RefusedError(malformed(f"{name} was {text[:40]}, expected a day like 2013-10-07")) from error


def symbol(request: web.Request) -> str:
    """Read the symbol of the path, which may be an asset's id."""
    return named(request, request.match_info["symbol"])


def named(request: web.Request, text: str) -> str:
    """Give the symbol of an asset's id; what is no id is a symbol already."""
    if len(text) != UUID_LENGTH:
        return text
    return next((one for one in floor(request).tape.symbols if wire.asset_id(one) == text), text)


async def sent(request: web.Request, kind: type[T]) -> T:
    """Read the body; a member that is null or empty is one that was not sent."""
    try:
        members = msgspec.json.decode(await request.read(), type=dict[str, msgspec.Raw])
        meant = {name: value for name, value in members.items() if bytes(value) not in {b"null", b'""'}}
        return msgspec.json.decode(msgspec.json.encode(meant), type=kind)
    except msgspec.ValidationError as error:
        raise RefusedError(malformed(str(error).lower())) from error
    except wire.UNREADABLE as error:
        raise RefusedError(Refusal(400, 40010000, "request body format is invalid")) from error


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with JSON whatever happens."""
    try:
        return await handler(request)
    except RefusedError as error:
        return refused(error.refusal)
    except web.HTTPException as error:
        text = "endpoint not found" if error.status == web.HTTPNotFound.status_code else error.reason.lower()
        return answer({"message": f"{text}."}, error.status)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who has a key, and nobody before the market plays."""
    if request.path in OPEN_PATHS:
        return await handler(request)
    if request.app[ACCESS].account_of(request.headers) is None:
        return answer({"message": "unauthorized."}, 401)
    if not floor(request).playing:
        body: dict[str, Json] = {"code": 50310000, "message": "the market does not play yet"}
        return answer(body, 503)
    return await handler(request)
