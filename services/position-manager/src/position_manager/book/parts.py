"""Shares in parts: split, sell, mark as leaving, tidy up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

from msgspec.structs import replace

from contracts.exits import ExitReason
from contracts.values import derived_id
from position_manager.book.order import ZERO
from position_manager.book.position import Part

Parts = tuple[Part, ...]


def split(part: Part, qty: Decimal) -> Parts:
    """Cut `qty` shares off the front; what covers them all goes on covering both."""
    if qty >= part.qty:
        return (part,)
    splits = part.splits + 1
    rest = replace(part, part_id=derived_id(part.part_id, "rest", splits), qty=part.qty - qty, splits=0)
    return (replace(part, qty=qty, splits=splits), rest)


def tidy(parts: Parts) -> Parts:
    """Drop what is sold; part whole shares from fractions, which rest at the broker in different orders."""
    return tuple(piece for part in parts if part.qty > 0 for piece in _by_form(part))


def _by_form(part: Part) -> Parts:
    whole = part.qty.to_integral_value(ROUND_FLOOR)
    return (part,) if part.order or not whole else split(part, whole)


def sell(parts: Parts, qty: Decimal, order: str = "") -> Parts:
    """Take `qty` shares away: from those that `order` covers, then from uncovered ones, then from the oldest."""
    left = qty
    sold = dict[str, Decimal]()
    for part in sorted(parts, key=lambda p: (p.order != order, bool(p.order))):
        sold[part.part_id] = min(part.qty, left)
        left -= sold[part.part_id]
    return tuple(replace(part, qty=part.qty - sold[part.part_id]) for part in parts)


def leave(parts: Parts, cause_id: str, qty: Decimal | None, reason: ExitReason = ExitReason.SIGNAL) -> Parts:
    """Mark `qty` shares (None: all) as leaving for an approval or a command, the oldest first."""
    return take(
        parts,
        qty,
        lambda part: part.leaving is None,
        lambda part: replace(part, leaving=reason, approval_id=cause_id),
    )


def close(parts: Parts, exit_id: str, qty: Decimal, reason: ExitReason, *, late: bool = False) -> Parts:
    """Let the close order `exit_id` cover `qty` shares: the part that it is named after, then what leaves anyway.

    Outside the hours it sells whole shares, also those of which an earlier sale failed.
    """

    def covered(part: Part) -> Part:
        return replace(
            part, order=exit_id, attempts=part.attempts + 1, closes=part.closes + 1, wait=1,
            leaving=part.leaving or reason, deferred=False,
        )  # fmt: skip

    def last(part: Part) -> bool:
        return part.leaving is None or not (part.whole if late else not part.deferred)

    ordered = sorted(parts, key=lambda p: (p.next_id != exit_id, last(p)))
    taken = take(tuple(ordered), qty, lambda part: not part.order, covered)
    places = {part.part_id: place for place, part in enumerate(parts)}
    return tuple(sorted(taken, key=lambda p: places.get(p.part_id, len(places))))


def uncover(parts: Parts, order: str, open_qty: Decimal, freed: Callable[[Part], Part]) -> Parts:
    """Free the shares of an order that it can sell no more: all but `open_qty`."""
    left = open_qty
    pieces = list[Part]()
    for part in parts:
        if part.order != order:
            pieces.append(part)
        elif left <= 0:
            pieces.append(freed(part))
        else:
            front, *rest = split(part, left)
            left -= front.qty
            pieces += [front, *map(freed, rest)]
    return tuple(pieces)


def take(parts: Parts, qty: Decimal | None, free: Callable[[Part], bool], taken: Callable[[Part], Part]) -> Parts:
    """Take `qty` of the shares (None: all) that are free, the oldest first."""
    left = sum((part.qty for part in parts), ZERO) if qty is None else qty
    pieces = list[Part]()
    for part in parts:
        if left <= 0 or not free(part):
            pieces.append(part)
            continue
        front, *rest = split(part, left)
        left -= front.qty
        pieces += [taken(front), *rest]
    return tuple(pieces)
