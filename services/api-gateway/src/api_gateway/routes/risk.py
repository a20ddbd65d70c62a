"""How the gate stands, and its main switch."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api_gateway.answers import CHANGED, Allowing, Controlled, RiskStatus, answer, gives
from api_gateway.bodies import Confirmation
from api_gateway.deciding import CALLER, allow, decide, new_id, seen
from api_gateway.desk import Here
from api_gateway.failures import Refusal
from api_gateway.standing import Kind, standing
from api_gateway.stops import state_of
from api_gateway.today import as_of
from chassis.telemetry import logger
from contracts.control import GateSwitched
from contracts.values import derived_id

router = APIRouter(tags=["control"])

DEACTIVATE = "deactivate"


@router.get("/risk/status", responses=gives(RiskStatus), summary="How the gate stands, and what it said today")
async def risk_status(here: Here) -> Response:
    view = here.view
    told = RiskStatus(
        account=view.account, active=not view.stops.is_off, state=state_of(view.stops), standing=standing(view.stops),
        market_time=view.now, today=as_of(view.today, view.now), rules=view.rules,
    )  # fmt: skip
    return answer(told)


@router.post("/risk/deactivate", responses=gives(Controlled), summary="Switch the gate off: nothing is entered")
async def deactivate(here: Here, wanted: Confirmation | None = None) -> Response:
    """Needs `{"confirm": "deactivate", "why": "..."}`.

    Nothing is approved any more: there is no way to trade past the gate. Exits go on, working entries are taken back.
    """
    wanted = wanted or Confirmation()
    if wanted.confirm != DEACTIVATE or not wanted.why:
        detail = f'nothing was done: to switch the gate off send {{"confirm": "{DEACTIVATE}", "why": "..."}}'
        raise Refusal(409, "unconfirmed", detail)
    fact = GateSwitched(
        control_id=new_id(), scope=here.scope, active=False, by=CALLER, why=wanted.why, at=here.view.now,
    )  # fmt: skip
    logger("control").warning("the gate was switched off", scope=fact.scope, by=fact.by, why=fact.why)
    return await decide(here, fact)


@router.post("/risk/activate", responses=gives(Allowing) | CHANGED, summary="Switch the gate on again, in two steps")
async def activate(here: Here, wanted: Confirmation | None = None) -> Response:
    """As `/resume`. Halts and locks stand on; what switched the gate off after a person looked does too."""
    wanted = wanted or Confirmation()
    off = tuple(one for one in seen(here) if one.kind is Kind.GATE)
    name = derived_id("activate", here.scope, *sorted(one.id for one in off)) if off else ""
    facts = [
        GateSwitched(
            control_id=derived_id(name, one.id), scope=here.scope, active=True, by=CALLER, why=wanted.why, ends=one.id,
            at=here.view.now,
        )
        for one in off
    ]  # fmt: skip
    return await allow(here, wanted.confirm, name, off, facts)
