"""What an account was worth over time, reckoned from its executions and the prices of the market."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from exchange.accounts import Account, Fill, money, signed
from exchange.book import Side
from exchange.split import Dealt

Price: TypeAlias = Callable[[str, int], Decimal]  # of a symbol at a moment


class Window(Struct, frozen=True):
    """One element of a history; nanoseconds since 1970, UTC."""

    label: int
    end: int  # when the account is valued
    base: int  # its worth at this moment is what gains of the window are counted from


class Element(Struct, frozen=True):
    window: Window
    equity: Decimal
    gain: Decimal
    share: Decimal | None  # the gain as a part of the base; none where the base is nothing


class History(Struct, frozen=True):
    elements: tuple[Element, ...]
    base: Decimal  # of the first element
    based_at: int | None  # when the account was worth that; none when the first element is its own base


def deposit(one: Account) -> Decimal:
    """Money that the account began with."""
    paid = (*map(_paid, one.fills), *(dealt.paid for dealt in one.dealt))
    return one.cash - sum(paid, Decimal(0))


def history(one: Account, windows: Sequence[Window], price: Price) -> History:
    """Value the account at the end of each window that ends after it was opened."""
    worth = _worth(one, {at for window in windows for at in (window.end, window.base)}, price)
    lived = [window for window in windows if window.end in worth]
    first = worth[lived[0].end] if lived else Decimal(0)
    elements = tuple(_element(window, worth[window.end], worth.get(window.base, first)) for window in lived)
    if lived and lived[0].base in worth and lived[0].base < lived[0].end:
        return History(elements, worth[lived[0].base], lived[0].base)
    return History(elements, first, None)


def _element(window: Window, equity: Decimal, base: Decimal) -> Element:
    gain = equity - base
    return Element(window, equity, gain, gain / base if base else None)


def _worth(one: Account, moments: Iterable[int], price: Price) -> dict[int, Decimal]:
    """Value the account at those moments at which it was open."""
    cash, held = deposit(one), dict[str, Decimal]()
    worth: dict[int, Decimal] = {}
    steps = sorted((*one.fills, *one.dealt), key=lambda step: step.at)
    number = 0
    for at in sorted(at for at in moments if at >= one.created_at):
        while number < len(steps) and steps[number].at <= at:
            step = steps[number]
            cash += _paid(step) if isinstance(step, Fill) else step.paid
            held[step.symbol] = _held_after(step, held.get(step.symbol, Decimal(0)))
            number += 1
        worth[at] = cash + sum((qty * price(symbol, at) for symbol, qty in held.items() if qty), Decimal(0))
    return worth


def _held_after(step: Fill | Dealt, before: Decimal) -> Decimal:
    return before + signed(step.side, step.qty) if isinstance(step, Fill) else step.qty_after


def _paid(fill: Fill) -> Decimal:
    """Cash that an execution brought; below 0 for a purchase."""
    amount = money(fill.qty * fill.price)
    return amount if fill.side is Side.SELL else -amount
