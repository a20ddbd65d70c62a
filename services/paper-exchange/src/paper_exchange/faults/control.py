"""`/exchange/…`: faults by hand, what has struck so far, and orders as a person places them."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from aiohttp import web
from msgspec import Meta, Struct

from exchange import core
from exchange.book import Ticket
from exchange.refusals import Refusal, malformed
from paper_exchange import wire
from paper_exchange.faults import person, plan
from paper_exchange.faults.faults import Called, Faults, Target
from paper_exchange.faults.table import TABLE, Fault
from paper_exchange.http import RefusedError, account, answer, floor, refused, sent

T = TypeVar("T")


class _Plan(Struct, frozen=True):
    faults: str = ""


class _Call(Struct, frozen=True):
    times: Annotated[int, Meta(ge=1)] = 1
    how: str | None = None
    account: str = ""
    symbol: str = ""
    client_order_id: str = ""
    method: str = ""
    path: str = ""


def routes() -> list[web.RouteDef]:
    return [
        web.get("/exchange/faults", _show),
        web.put("/exchange/faults", _follow),
        web.post("/exchange/faults/{name}", _call),
        web.delete("/exchange/faults", _heal_all),
        web.delete("/exchange/faults/{name}", _heal),
        web.get("/exchange/strikes", _strikes),
        web.post("/exchange/person/orders", _place),
        web.delete("/exchange/person/orders/{id}", _cancel),
    ]


def metrics(faults: Faults) -> str:
    name = "interlock_exchange_strikes_total"
    lines = (f'{name}{{fault="{fault.name}"}} {faults.counts[fault.name]}\n' for fault in TABLE)
    return f"# TYPE {name} counter\n{''.join(lines)}"


def _faults(request: web.Request) -> Faults:
    return floor(request).mishaps.faults


def _fault(request: web.Request) -> Fault:
    return _understood(lambda: plan.fault(request.match_info["name"]))


def _understood(read: Callable[[], T]) -> T:
    try:
        return read()
    except ValueError as error:
        raise RefusedError(malformed(str(error))) from error


async def _show(request: web.Request) -> web.StreamResponse:
    return _shown(_faults(request))


async def _follow(request: web.Request) -> web.StreamResponse:
    wanted = (await sent(request, _Plan)).faults
    _faults(request).follow(_understood(lambda: plan.parse(wanted)))
    return _shown(_faults(request))


async def _call(request: web.Request) -> web.StreamResponse:
    asked = await sent(request, _Call) if request.can_read_body else _Call()
    on = Target(asked.account, asked.symbol, asked.client_order_id, asked.method, asked.path)
    fault = _fault(request)
    _faults(request).call(Called(fault.name, asked.times, _understood(lambda: plan.how(fault, asked.how)), on))
    return _shown(_faults(request))


async def _heal(request: web.Request) -> web.StreamResponse:
    floor(request).mishaps.heal(_fault(request).name)
    return _shown(_faults(request))


async def _heal_all(request: web.Request) -> web.StreamResponse:
    floor(request).mishaps.heal()
    return _shown(_faults(request))


async def _strikes(request: web.Request) -> web.StreamResponse:
    return answer(tuple(_faults(request).strikes))


async def _place(request: web.Request) -> web.StreamResponse:
    one = account(request)
    outcome = person.place(floor(request).perform, one.name, await sent(request, Ticket))
    if isinstance(outcome, Refusal):
        return refused(outcome)
    return answer(wire.order(one, outcome.orders[0], nested=True))


async def _cancel(request: web.Request) -> web.StreamResponse:
    name, order_id = account(request).name, request.match_info["id"]
    outcome = floor(request).perform(lambda state, venue, at: core.cancel(state, venue, name, order_id, at))
    return refused(outcome) if isinstance(outcome, Refusal) else web.Response(status=204)


def _shown(faults: Faults) -> web.Response:
    return answer(
        {
            "on": faults.on,
            "faults": str(faults.plan) if faults.plan.rates else "",
            "called": faults.called,
            "struck": faults.counts,
            "table": TABLE,
        }
    )
