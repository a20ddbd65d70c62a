"""What would be, in words and dollars: from verdicts that nothing follows from, and the last quote."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from api_gateway.view import Verdict
from contracts.levels import stop_price, target_price
from contracts.limits import Limits
from contracts.market import Quote, mark
from contracts.signals import Action, Signal
from contracts.values import plain, round_to_tick
from contracts.verdicts import Check, ExitApproved, OrderApproved, OrderDenied

UNANSWERED = (
    "not known: the gate has not answered in time; it is away, or still waits for the price, the asset or the account. "
    "Ask again in a moment"
)


class Preview(Struct, frozen=True, kw_only=True):
    """How the gate would judge a signal now; nothing follows from it.

    `would` says what would be done, `blocked_by` holds every check that stands in the way, `verdict.checks` all of
    them. `verdict` is null where the gate has not answered in time. `notional` is rough: at the price now.
    """

    signal: Signal
    would: str
    verdict: Verdict | None
    blocked_by: tuple[Check, ...]
    qty: Decimal | None
    price: Decimal | None
    notional: Decimal | None
    quoted_at: datetime | None


class Previews(Struct, frozen=True):
    """Each is judged for itself, as if it came alone and now."""

    previews: tuple[Preview, ...]


class BracketPreview(Struct, frozen=True, kw_only=True):
    """An entry with its stop and its target, on the price grid; `at_risk`, `reward` and `notional` are dollars."""

    symbol: str
    qty: Decimal
    entry_price: Decimal
    stop_price: Decimal
    target_price: Decimal
    at_risk: Decimal
    reward: Decimal
    notional: Decimal
    preview: Preview


class Outcome(StrEnum):
    """What an order would have come to at the quote now."""

    FILLED = "filled"
    RESTING = "resting"
    WAITING_FOR_THE_OPEN = "waiting_for_the_open"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class DryRun(Struct, frozen=True, kw_only=True):
    """Nothing was sent. The gate judges it as the market entry or exit that it would be."""

    outcome: Outcome
    price: Decimal | None
    qty: Decimal | None
    preview: Preview
    simulated: bool = True


def preview_of(signal: Signal, verdict: Verdict | None, quote: Quote | None) -> Preview:
    price, qty, notional = price_now(signal.action, quote), signal.qty, None
    match verdict:
        case OrderApproved():
            price, qty, notional = verdict.reference_price, verdict.qty, verdict.notional
        case ExitApproved(qty=some):
            qty = some
        case _:
            pass
    return Preview(
        signal=signal, would=_would(verdict, price), verdict=verdict, qty=qty, price=price,
        blocked_by=tuple(check for check in verdict.checks if not check.passed) if verdict else (),
        notional=notional or (None if qty is None or price is None else qty * price),
        quoted_at=quote.at if quote else None,
    )  # fmt: skip


def _would(verdict: Verdict | None, price: Decimal | None) -> str:
    at = f" at about {plain(price)}" if price else ""
    match verdict:
        case OrderApproved(side=side, notional=Decimal() as dollars, symbol=symbol):
            return f"{side} {plain(dollars)} dollars of {symbol}{at}"
        case OrderApproved(side=side, qty=qty, symbol=symbol):
            return f"{side} {plain(qty)} {symbol}{at}"
        case ExitApproved(qty=qty, symbol=symbol):
            return f"sell {'all' if qty is None else plain(qty)} {symbol}{at}"
        case OrderDenied(reason=reason):
            return f"nothing: {reason}"
        case None:
            return UNANSWERED


def price_now(action: Action, quote: Quote | None) -> Decimal | None:
    """Say at which price a market order would trade, on the grid; None where nothing is quoted."""
    if quote is None:
        return None
    dollars = quote.bid or quote.last or quote.ask if action is Action.SELL else mark(quote)
    return round_to_tick(Decimal(str(dollars))) if dollars > 0 else None


def levels(entry: Decimal, limits: Limits) -> tuple[Decimal, Decimal]:
    """Give stop and target of an entry at this price."""
    return round_to_tick(stop_price(entry, limits)), round_to_tick(target_price(entry, limits))


def bracket(entry: Decimal, qty: Decimal, limits: Limits, preview: Preview) -> BracketPreview:
    stop, target = levels(entry, limits)
    return BracketPreview(
        symbol=preview.signal.symbol, qty=qty, entry_price=entry, stop_price=stop, target_price=target,
        at_risk=(entry - stop) * qty, reward=(target - entry) * qty, notional=entry * qty, preview=preview,
    )  # fmt: skip


def dry_run(preview: Preview, limit: Decimal | None, quote: Quote | None, *, is_open: bool) -> DryRun:
    """Say what the order would have done; with a `limit` it is a limit order, else one at market."""
    price = price_now(preview.signal.action, quote)
    outcome = _outcome(preview, limit, price, is_open=is_open)
    traded = price if outcome is Outcome.FILLED else limit
    qty = None if outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN} else preview.qty
    return DryRun(outcome=outcome, price=traded if qty else None, qty=qty, preview=preview)


def _outcome(preview: Preview, limit: Decimal | None, price: Decimal | None, *, is_open: bool) -> Outcome:
    if isinstance(preview.verdict, OrderDenied):
        return Outcome.NOT_SENT
    if preview.verdict is None or price is None:
        return Outcome.UNKNOWN
    if not is_open:
        return Outcome.WAITING_FOR_THE_OPEN
    sold = preview.signal.action is Action.SELL
    met = limit is None or (limit <= price if sold else limit >= price)
    return Outcome.FILLED if met else Outcome.RESTING
