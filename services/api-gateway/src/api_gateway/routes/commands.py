"""A person's orders about what is held: leave it, stop everything, and how far that is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api_gateway.answers import Commanded, answer, gives
from api_gateway.bodies import Reason
from api_gateway.deciding import CALLER, new_id
from api_gateway.desk import Desk, Here
from api_gateway.failures import not_found
from api_gateway.fields import Id, OneSymbol
from api_gateway.leaving import Leaving, Progress, progress
from api_gateway.stops import state_of
from chassis.telemetry import logger
from contracts.commands import FlattenAsked
from contracts.control import EVERYONE, Halted
from contracts.values import derived_id

router = APIRouter(tags=["commands"])

External = Annotated[bool, Query(description="Also shares that no entry of this system bought, and orders of others")]


@router.post("/positions/flatten", responses=gives(Commanded), summary="Leave every position, or one")
async def flatten(
    here: Here, wanted: Reason | None = None, symbol: OneSymbol = None, *, external: External = False
) -> Response:
    """Protection is taken back, its end awaited, and what is left is sold; no halt, lock or limit holds that up.

    Entries that are working stay, and what they buy is kept: the kill switch ends those too. Shares that no entry of
    this system bought are told of and left alone, unless `external=true`.
    """
    why = wanted.why if wanted else ""
    return await _leave(here, why, symbol or "", external=external, halt="")


@router.post(
    "/commands/kill-switch", responses=gives(Commanded), summary="Halt, take every entry back, leave every position"
)
async def kill_switch(here: Here, wanted: Reason | None = None, *, external: External = False) -> Response:
    """One step. What entries still buy afterwards is sold at once, until a person ends the halt with `/resume`.

    It is done when the broker itself says that nothing is left: `GET /commands/{id}` shows how far it is.
    """
    why = wanted.why if wanted else ""
    halt = Halted(control_id=new_id(), scope=here.scope, by=CALLER, why=why or "the kill switch", at=here.view.now)
    logger("commands").warning("kill switch", scope=here.scope, why=why, external=external)
    await here.write(halt)
    return await _leave(here, why, "", external=external, halt=halt.control_id)


async def _leave(here: Desk, why: str, symbol: str, *, external: bool, halt: str) -> Response:
    accounts = here.office.accounts if here.scope == EVERYONE else (here.account,)
    name, found = new_id(), list[Progress]()
    for account in accounts:
        asked = FlattenAsked(
            command_id=derived_id(name, account), account=account, by=CALLER, why=why, symbol=symbol,
            external=external, halt=halt, at=here.view.now,
        )  # fmt: skip
        await here.write(asked)
        if one := here.office.views[account].leaving.get(asked.command_id):
            found.append(progress(one, datetime.now(UTC)))
    return answer(Commanded(tuple(found), state_of(here.view.stops)))


@router.get("/commands", responses=gives(Commanded), summary="Orders to leave positions, newest first")
async def commands(here: Here) -> Response:
    now = datetime.now(UTC)
    found = tuple(progress(one, now) for one in reversed(here.view.leaving.values()))
    return answer(Commanded(found, state_of(here.view.stops)))


@router.get("/commands/{id}", responses=gives(Progress), summary="How far an order to leave positions is, step by step")
async def command(here: Here, id: Id) -> Response:  # noqa: A002 - the name of the parameter is part of the interface
    one: Leaving | None = next((v.leaving[id] for v in here.office.views.values() if id in v.leaving), None)
    return answer(progress(one or not_found("command", id), datetime.now(UTC)))
