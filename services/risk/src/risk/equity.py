"""What the account was worth when its day began and at its highest; money that people move is neither gain nor loss."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from contracts.accounts import AccountSnapshot, DriftFound, DriftKind
from contracts.days import new_york
from contracts.locks import Locked, LockKind
from contracts.orders import OrderFilled
from contracts.values import Side

ZERO = Decimal(0)


class Equity(Struct, frozen=True, kw_only=True):
    """`day` is New York's; `opening` is what the account was worth when it began, `flows` what came in or left since.

    `highest` is the high-water mark. `cash` is what there should be by the fills. `closing` is the equity at the last
    close, as the broker told it last; while that is what it told `yesterday`, it has not closed its books. A day that
    was `locked` for its loss is not locked again.
    """

    day: date | None = None
    opening: Decimal = ZERO
    flows: Decimal = ZERO
    highest: Decimal = ZERO
    cash: Decimal | None = None
    closing: Decimal | None = None
    yesterday: Decimal | None = None
    locked: date | None = None

    @property
    def begun(self) -> Decimal:
        return self.opening + self.flows


def shown(before: Equity, snapshot: AccountSnapshot, *, anew: bool) -> Equity:
    """Take in what the broker shows; the high-water mark begins `anew` where a drawdown has been answered for.

    Cash that no fill explains may be a deposit, which is told of a little later.
    """
    worth, day = snapshot.equity - max(_surplus(before, snapshot), ZERO), new_york(snapshot.at).date()
    if day != before.day:
        before = structs.replace(before, day=day, opening=worth, flows=ZERO, yesterday=before.closing)
    told = snapshot.last_equity
    if told not in (None, before.yesterday, before.closing):
        # What came in before a close is in it.
        before = structs.replace(before, opening=told, flows=ZERO)
    return structs.replace(
        before,
        highest=worth if anew else max(before.highest, worth),
        cash=snapshot.cash if before.cash is None else before.cash,
        closing=told,
    )


def kept(before: Equity, snapshot: AccountSnapshot) -> Decimal:
    """Say what the account is worth with the cash that is missing without a fill: that may have been withdrawn."""
    return snapshot.equity - min(_surplus(before, snapshot), ZERO)


def _surplus(before: Equity, snapshot: AccountSnapshot) -> Decimal:
    return ZERO if before.cash is None else snapshot.cash - before.cash


def filled(before: Equity, fill: OrderFilled) -> Equity:
    if before.cash is None:
        return before
    cost = fill.qty * fill.price
    return structs.replace(before, cash=before.cash - cost if fill.side is Side.BUY else before.cash + cost)


def drifted(before: Equity, drift: DriftFound) -> Equity:
    """Take in cash that came or left without a fill: fees and dividends, which are small, and what people move."""
    if drift.difference is not DriftKind.CASH_DRIFT or before.cash is None:
        return before
    came = Decimal(drift.theirs) - Decimal(drift.ours)
    return structs.replace(
        before, cash=before.cash + came, flows=before.flows + came, highest=before.highest + came
    )  # fmt: skip


def locked(before: Equity, lock: Locked) -> Equity:
    """Remember that a lock has answered: of a day there is one for its loss, of a fall one from its height."""
    match lock.lock:
        case LockKind.DAILY_LOSS:
            return structs.replace(before, locked=new_york(lock.at).date())
        case LockKind.DRAWDOWN:
            return structs.replace(before, highest=ZERO)
        case _:
            return before
