"""Limits and where they come from: what holds, what is set, and a person's change of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError

from api_gateway.answers import answer, gives
from api_gateway.bodies import LimitsWanted
from api_gateway.deciding import CALLER, new_id
from api_gateway.desk import Desk, Here
from api_gateway.fields import MaybeSymbol, Name
from api_gateway.limits.fields import Wrong
from api_gateway.limits.layout import Place
from api_gateway.limits.shown import Effective, LayersShown, LimitsChanged, layers_of, limits_of
from api_gateway.limits.wish import Wish, fact, understood
from api_gateway.plans.problem import Problem
from contracts.control import EVERYONE, SessionsSet

router = APIRouter(tags=["config"])

AnySymbol = Annotated[MaybeSymbol, Query()]
AnyStrategy = Annotated[Name, Query()]


@router.get("/config/effective", responses=gives(Effective), summary="What holds, and where each value comes from")
async def effective(here: Here, symbol: AnySymbol = "", strategy: AnyStrategy = "") -> Response:
    """Show what the gate uses for this account, strategy and symbol."""
    return answer(_effective(here, here.account, strategy, symbol))


@router.get("/config/limits", responses=gives(LayersShown), summary="The limits as they are set, layer by layer")
async def limits(here: Here) -> Response:
    return answer(LayersShown(layers_of(here.office.held), _problems(here)))


@router.patch("/config/limits", responses=gives(LimitsChanged), summary="Set limits, or take back what people have set")
async def change(here: Here, wanted: LimitsWanted) -> Response:
    """Apply at once. The scope is every account, unless the body or `?account=` names one.

    What configuration says about a limit that is cleared holds again.
    """
    place = Place(_scope(here, wanted.scope or here.scope), wanted.strategy, wanted.symbol)
    wish = Wish(place, wanted.changes, tuple(wanted.clear))
    found = understood(here.office.held, wish)
    if found.wrong:
        raise RequestValidationError([_mistake(one, wish) for one in found.wrong])
    outcome = await here.write(fact(wish, found, new_id(), CALLER, wanted.why))
    account = here.account if place.scope == EVERYONE else place.scope
    return answer(LimitsChanged(outcome.sequence, _effective(here, account, place.strategy, place.symbol)))


def _scope(here: Desk, scope: str) -> str:
    if scope not in (EVERYONE, *here.office.accounts):
        expected = f"expected {' or '.join((EVERYONE, *here.office.accounts))}"
        raise RequestValidationError([{"loc": ("body", "scope"), "msg": expected, "input": scope}])
    return scope


def _mistake(wrong: Wrong, wish: Wish) -> dict[str, Any]:
    part = "changes" if wrong.field in wish.changes or wrong.field not in wish.clear else "clear"
    return {"loc": ("body", part, wrong.field), "msg": wrong.what, "input": wish.changes.get(wrong.field, "")}


def _effective(here: Desk, account: str, strategy: str, symbol: str) -> Effective:
    view = here.office.views[account]
    _, planned = view.planned.get(SessionsSet.__name__, (0, None))
    return Effective(
        account=account,
        strategy=strategy,
        symbol=symbol,
        mode=view.mode,
        limits=limits_of(view.held, account, strategy, symbol),
        sessions=planned.sessions if isinstance(planned, SessionsSet) else (),
        problems=_problems(here),
    )


def _problems(here: Desk) -> tuple[Problem, ...]:
    return tuple(problem for of_file in here.office.problems.values() for problem in of_file)
