"""The ways in for people and their programs: a trade, a signal."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Response
from msgspec import structs

from api_gateway.answers import Submitted, answer, gives
from api_gateway.bodies import ManualTrade, SignalSent
from api_gateway.deciding import CALLER, market_time
from api_gateway.desk import Desk, Here
from api_gateway.failures import Refusal
from chassis.log import Fate
from contracts.channels import SIGNALS_MANUAL
from contracts.log import subject
from contracts.signals import Signal, Source
from contracts.values import Mode, derived_id

router = APIRouter(tags=["submit"])

PENDING = 202

Key = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="The same key and wish again give the same signal, once"),
]


@router.post("/manual-trade", responses=gives(Submitted, PENDING), summary="Buy or sell as a person; manual mode only")
async def manual_trade(here: Here, wish: ManualTrade, idempotency_key: Key = None) -> Response:
    """Trade in the first account, unless `account` names another, or `all`.

    Answer with the gate's verdict; 202 where there is none yet after a few seconds.
    """
    _need(here, Mode.MANUAL, "in auto mode the machine trades: set the mode to manual first")
    signal = Signal(
        signal_id=_id(idempotency_key),
        source=Source.MANUAL,
        symbol=wish.symbol,
        action=wish.direction,
        confidence=1.0,
        at=market_time(here),
        qty=wish.qty,
        stop_loss=wish.stop_loss,
        take_profit=wish.take_profit,
        by=CALLER,
        why=wish.why,
        account=here.addressee,
    )
    return await _submit(here, signal, None)


@router.post("/signals", responses=gives(Submitted, PENDING), summary="Send a signal, in any mode")
async def send_signal(here: Here, sent: SignalSent, idempotency_key: Key = None) -> Response:
    """Judge it as any other signal. In manual mode it counts as a person's trade."""
    return await _submit(here, signal_of(here, sent, idempotency_key), sent.timestamp)


@router.post("/auto-trade", responses=gives(Submitted, PENDING), summary="Send a signal from a program; auto mode only")
async def auto_trade(here: Here, sent: SignalSent, idempotency_key: Key = None) -> Response:
    _need(here, Mode.AUTO, "in manual mode a person trades: set the mode to auto first, or use /manual-trade")
    return await _submit(here, signal_of(here, sent, idempotency_key), sent.timestamp)


def _need(here: Desk, mode: Mode, otherwise: str) -> None:
    if any(here.office.views[account].mode is not mode for account in here.meant):
        raise Refusal(409, "mode", otherwise)


def signal_of(here: Desk, sent: SignalSent, key: str | None) -> Signal:
    return Signal(
        signal_id=_id(key or sent.id),
        source=Source.MANUAL,
        symbol=sent.symbol,
        action=sent.action,
        confidence=sent.confidence,
        at=sent.timestamp or market_time(here),
        qty=sent.qty,
        strategy=sent.strategy,
        stop_loss=sent.stop_loss,
        take_profit=sent.take_profit,
        batch=sent.batch,
        batch_size=sent.batch_size,
        by=CALLER,
        why=sent.why,
        account=here.addressee,
    )


def _id(key: str | None) -> str:
    return derived_id("manual", key) if key else str(uuid.uuid4())


async def _submit(here: Desk, signal: Signal, dated: datetime | None) -> Response:
    outcome = await here.write(signal)
    if outcome.fate is Fate.CONFLICT:
        signal = await _standing(here, signal, dated)
    found = await here.verdicts(signal.signal_id)
    status = 200 if len(found) == len(here.meant) else PENDING
    repeated, verdict = outcome.fate is not Fate.STORED, found.pop(here.account, None)
    return answer(Submitted(outcome.sequence, repeated, signal, verdict, found), status)


async def _standing(here: Desk, signal: Signal, dated: datetime | None) -> Signal:
    """Give the signal that stands under this id, if it is the same wish; market time has moved on since."""
    record = await here.office.last(subject(signal))
    stands = record.body if record else None
    if isinstance(stands, Signal):
        wanted = structs.replace(signal, at=dated or stands.at)
        if wanted == stands:
            return stands
    raise Refusal(409, "key_reused", f"this key or id already stands for another signal on {SIGNALS_MANUAL.pattern}")
