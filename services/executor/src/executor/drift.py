"""What is done about each kind of difference to the broker, and when people are told of it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Flag, auto

from msgspec import Struct, structs

from contracts.accounts import DriftFound, DriftKind, DriftResolved
from executor.book import Book
from executor.drifts import is_let_go, key
from executor.observe import News


class Policy(Flag):
    """ADOPT: tell what the broker says, at once. ALERT: tell people, once it is seen twice. FREEZE: hold entries."""

    ADOPT = auto()
    ALERT = auto()
    FREEZE = auto()


POLICIES: dict[DriftKind, Policy] = {
    DriftKind.FILL_MISSED: Policy.ADOPT,
    DriftKind.STATUS_BEHIND: Policy.ADOPT,
    DriftKind.ORDER_RESOLVED: Policy.ADOPT,
    DriftKind.ORDER_REPLACED: Policy.ADOPT,
    DriftKind.EXTERNAL_FILL: Policy.ADOPT,
    DriftKind.EXTERNAL_ORDER: Policy.ADOPT | Policy.ALERT,
    # Whoever does not know what is held must not add to it.
    DriftKind.QUANTITY_DRIFT: Policy.ALERT | Policy.FREEZE,
    DriftKind.ORDER_DENIED: Policy.ALERT | Policy.FREEZE,
    # Fees, dividends and deposits change cash without an order.
    DriftKind.CASH_DRIFT: Policy.ADOPT | Policy.ALERT,
    DriftKind.MISSING_STOP: Policy.ALERT,
}


class Difference(Struct, frozen=True):
    """Something that the broker sees otherwise. `news` are the facts that adopting it tells."""

    kind: DriftKind
    symbol: str
    ours: str = ""
    theirs: str = ""
    client_order_id: str = ""
    news: tuple[News, ...] = ()


Alarms = Mapping[str, Difference]


def alarms(found: Iterable[Difference]) -> dict[str, Difference]:
    """Choose what people must hear of; what adopting it told does not make it another difference."""
    loud = (one for one in found if Policy.ALERT in POLICIES[one.kind])
    return {key(one.kind, one.symbol, one.client_order_id): structs.replace(one, news=()) for one in loud}


def standing(book: Book) -> Alarms:
    """Give the differences that the log tells of."""
    return {
        name: Difference(one.difference, one.symbol, one.ours, one.theirs, one.client_order_id)
        for name, one in book.drifts.told.items()
    }


def drifts(book: Book, before: Alarms, now: Alarms, at: datetime) -> list[DriftFound | DriftResolved]:
    """Word what two readings agree on and the log does not tell; one alone may be of two moments."""
    told = standing(book)
    news: list[DriftFound | DriftResolved] = []
    for name, one in sorted(now.items()):
        let_go = is_let_go(book.drifts, name)
        if before.get(name) == one and (let_go or one != told.get(name)):
            freezes = Policy.FREEZE in POLICIES[one.kind] and not let_go
            news.append(
                DriftFound(
                    account=book.account, n=book.account_n + len(news) + 1, difference=one.kind, symbol=one.symbol,
                    ours=one.ours, theirs=one.theirs, at=at, client_order_id=one.client_order_id, freezes=freezes,
                )
            )  # fmt: skip
    for name in sorted(told.keys() - now.keys() - before.keys()):
        one = told[name]
        news.append(
            DriftResolved(
                account=book.account, n=book.account_n + len(news) + 1, difference=one.kind, symbol=one.symbol, at=at,
                client_order_id=one.client_order_id,
            )
        )  # fmt: skip
    return news
