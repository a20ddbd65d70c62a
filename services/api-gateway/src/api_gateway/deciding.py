"""People's decisions on their way into the log: halting takes one step, allowing again takes two."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from fastapi import Response

from api_gateway.answers import Allowing, ChangedMeanwhile, Controlled, answer
from api_gateway.desk import Desk
from api_gateway.failures import Refusal
from api_gateway.standing import Standing, standing
from api_gateway.stops import state_of
from contracts.control import EVERYONE, GateSwitched, Halted, ModeSet, OrderGivenUp, Resumed

CALLER = "api"

Decision: TypeAlias = ModeSet | Halted | Resumed | GateSwitched | OrderGivenUp


def new_id() -> str:
    return str(uuid.uuid4())


async def decide(here: Desk, fact: Decision) -> Response:
    outcome = await here.write(fact)
    return answer(Controlled(outcome.sequence, here.view.mode, state_of(here.view.stops)))


def market_time(here: Desk) -> datetime:
    if here.view.now is None:
        raise Refusal(
            503, "no_market_time_yet", "the market's time is not known yet: the executor's feed has not ticked"
        )
    return here.view.now


def seen(here: Desk) -> tuple[Standing, ...]:
    """List what stops entries of the account, or of every account where all are meant."""
    accounts = here.office.accounts if here.scope == EVERYONE else (here.account,)
    found = {one.id: one for account in accounts for one in standing(here.office.views[account].stops)}
    return tuple(found.values())


async def allow(
    here: Desk, confirm: str, name: str, lifts: tuple[Standing, ...], facts: Sequence[Resumed | GateSwitched]
) -> Response:
    """Write the facts where `name`, which stands for exactly this, was confirmed; else show what they would end."""
    remains = tuple(one for one in seen(here) if one not in lifts)
    if not confirm:
        state = state_of(here.view.stops)
        return answer(Allowing(done=False, confirm=name, lifts=lifts, remains=remains, state=state))
    if confirm != name:
        detail = "what stands is not what was confirmed; look at it again"
        return answer(ChangedMeanwhile(detail=detail, confirm=name, lifts=lifts, remains=remains), 409)
    outcomes = [await here.write(fact) for fact in facts]
    state = state_of(here.view.stops)
    return answer(
        Allowing(done=True, confirm="", lifts=lifts, remains=seen(here), state=state, sequence=outcomes[-1].sequence)
    )
