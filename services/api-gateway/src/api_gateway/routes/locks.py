"""What stops entries for a while: the gate's own locks, and what people hold with an end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api_gateway.answers import CHANGED, Allowing, Controlled, Locks, answer, gives
from api_gateway.bodies import Confirmation, LockWanted
from api_gateway.deciding import decide, seen
from api_gateway.desk import Here
from api_gateway.failures import not_found
from api_gateway.fields import Id
from api_gateway.routes.control import halted, lift
from api_gateway.standing import Choice, Kind
from contracts.values import TradingState

router = APIRouter(tags=["control"])


@router.get("/locks", responses=gives(Locks), summary="Locks that stand: the gate's own, and people's with an end")
async def locks(here: Here) -> Response:
    found = (one for one in seen(here) if one.kind is Kind.LOCK or (one.kind is Kind.HALT and one.until))
    return answer(Locks(tuple(found)))


@router.post("/locks", responses=gives(Controlled), summary="Hold entries of a symbol, a strategy or all for a while")
async def add(here: Here, wanted: LockWanted) -> Response:
    """Entries that are working already stay; exits go on."""
    return await decide(here, halted(here, wanted, TradingState.REDUCING))


@router.delete("/locks/{id}", responses=gives(Allowing) | CHANGED, summary="End what stands by its id, in two steps")
async def remove(
    here: Here,
    id: Id,  # noqa: A002 - the name is part of the interface
    wanted: Confirmation | None = None,
    confirm: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """As `/resume`: without `confirm`, in the body or the query, the answer shows what would end, and names it."""
    wanted = wanted or Confirmation()
    if not any(one.id == id and one.kind is not Kind.GATE for one in seen(here)):
        not_found("lock", id)
    return await lift(here, Choice(here.scope, id), wanted.confirm or confirm, wanted.why)
