"""Questions to the gate: what would be done, and what would stand in the way. Nothing follows from any of them."""

from __future__ import annotations

import asyncio
import uuid
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Response
from msgspec import structs

from api_gateway.answers import answer, gives
from api_gateway.bodies import OrderTried, SignalsAsked
from api_gateway.deciding import CALLER, market_time
from api_gateway.desk import Desk, Here
from api_gateway.failures import Refusal
from api_gateway.fields import Price, Qty, SideNamed, Symbol
from api_gateway.previewing import (
    BracketPreview,
    DryRun,
    Preview,
    Previews,
    bracket,
    dry_run,
    levels,
    preview_of,
    price_now,
)
from api_gateway.routes.submit import PENDING, signal_of
from contracts import layers
from contracts.control import EVERYONE
from contracts.limits import Limits
from contracts.log import symbol_token
from contracts.market import Quote
from contracts.previews import PreviewAsked
from contracts.signals import Action, Signal, Source
from contracts.values import Side

router = APIRouter(tags=["previews"])

Stop = Annotated[Decimal, Query(gt=0, lt=1, decimal_places=9, allow_inf_nan=False, description="A fraction: 0.05")]
Target = Annotated[Decimal, Query(gt=0, le=10, decimal_places=9, allow_inf_nan=False, description="A fraction: 0.2")]


@router.post("/signals/preview", responses=gives(Previews, PENDING), summary="What signals would come to, and why")
async def signals_preview(here: Here, sent: SignalsAsked) -> Response:
    """Take one signal or a list; each is judged for itself, as if it came now from its `source`."""
    signals = [structs.replace(signal_of(here, one, None), source=one.source) for one in sent]
    previews = Previews(tuple(await asyncio.gather(*(_preview(here, signal) for signal in signals))))
    return answer(previews, _status(*previews.previews))


@router.get("/risk/preview", responses=gives(Preview, PENDING), summary="What the gate would say to a trade now")
async def risk_preview(here: Here, symbol: Symbol, qty: Qty | None = None, side: SideNamed = Side.BUY) -> Response:
    """Without `qty` the gate's own sizing decides."""
    preview = await _preview(here, _wish(here, symbol, side, qty))
    return answer(preview, _status(preview))


@router.get("/bracket/preview", responses=gives(BracketPreview, PENDING), summary="Entry, stop and target in dollars")
async def bracket_preview(
    here: Here,
    symbol: Symbol,
    qty: Qty,
    price: Price | None = None,
    stop_pct: Stop | None = None,
    tp_pct: Target | None = None,
) -> Response:
    """With `price` as if the market were there; without percentages with those that hold for the symbol."""
    limits = _exits(here, symbol, stop_pct, tp_pct)
    signal = _wish(here, symbol, Side.BUY, qty)
    entry = price or price_now(Action.BUY, await _quote(here, symbol))
    if entry is None:
        # To ask the gate makes the feed follow the symbol, so that a quote is on its way now.
        asked = await _preview(here, signal)
        entry = asked.price
        if entry is None:
            raise _unpriced(symbol, asked)
    stop, target = levels(entry, limits)
    if not 0 < stop < entry < target:
        detail = f"a stop at {stop} and a target at {target} do not lie around the entry at {entry:f}"
        raise Refusal(422, "no_bracket", detail)
    preview = await _preview(here, structs.replace(signal, stop_loss=stop, take_profit=target), price)
    return answer(bracket(entry, qty, limits, preview), _status(preview))


@router.post("/trade/dryrun", responses=gives(DryRun, PENDING), summary="What an order would have done; none is sent")
async def trade_dryrun(here: Here, tried: OrderTried) -> Response:
    """Ask the gate, and hold the order against the last quote."""
    preview = await _preview(here, _wish(here, tried.symbol, tried.side, tried.qty))
    quote, tick = await _quote(here, tried.symbol), here.view.tick
    run = dry_run(preview, tried.limit_price, quote, is_open=tick is not None and tick.is_open)
    return answer(run, _status(preview))


def _exits(here: Desk, symbol: str, stop: Decimal | None, target: Decimal | None) -> Limits:
    """Give what holds for entries into this symbol; a stop or a target that was asked for takes its place."""
    limits = layers.narrowed(here.view.held.layers, here.view.limits, here.account, "", symbol)
    if stop is not None:
        limits = structs.replace(limits, stop_fraction=stop, stop_dollars=Decimal(0))
    return limits if target is None else structs.replace(limits, target_fraction=target)


def _wish(here: Desk, symbol: str, side: Side, qty: Decimal | None) -> Signal:
    """Give a person's trade, as it would be sent."""
    action = Action.BUY if side is Side.BUY else Action.SELL
    return Signal(
        signal_id=str(uuid.uuid4()), source=Source.MANUAL, symbol=symbol, action=action, confidence=1.0,
        at=market_time(here), qty=qty, by=CALLER,
    )  # fmt: skip


async def _preview(here: Desk, signal: Signal, price: Decimal | None = None) -> Preview:
    if here.named == EVERYONE:
        raise Refusal(422, "one_account", "each account has a gate of its own to ask: name one of them")
    question = PreviewAsked(preview_id=str(uuid.uuid4()), account=here.account, signal=signal, price=price)
    await here.write(question)
    told = await here.previewed(question.preview_id)
    return preview_of(signal, told.verdict if told else None, await _quote(here, signal.symbol))


def _unpriced(symbol: str, asked: Preview) -> Refusal:
    for check in asked.blocked_by:
        # Unknown is what the broker has not been asked yet.
        if check.rule == "tradable" and check.value != "unknown":
            return Refusal(422, "not_tradable", f"no price of {symbol} is known: the broker says it is {check.value}")
    return Refusal(503, "no_quote", f"no price of {symbol} is known yet: it was asked for, try again in a moment")


async def _quote(here: Desk, symbol: str) -> Quote | None:
    record = await here.office.last(f"quotes.{symbol_token(symbol)}")
    return record.body if record is not None and isinstance(record.body, Quote) else None


def _status(*previews: Preview) -> int:
    return 200 if all(preview.verdict for preview in previews) else PENDING
