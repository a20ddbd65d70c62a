"""Several accounts on one log: one executor follows what all of them hold, and minds its own book."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from contracts.accounts import AccountSnapshot, DriftFound, DriftKind, Holding
from contracts.log import Fact
from executor.book import Book, fold
from executor.core import wanted

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)


def snapshot(*symbols: str, n: int = 7) -> AccountSnapshot:
    held = tuple(
        Holding(
            symbol=symbol, qty=Decimal(1), avg_entry_price=Decimal(1), market_value=Decimal(1),
            unrealized_pl=Decimal(0), current_price=Decimal(1),
        )
        for symbol in symbols
    )  # fmt: skip
    return AccountSnapshot(
        account="growth", n=n, status="ACTIVE", equity=Decimal(1), cash=Decimal(1), buying_power=Decimal(1),
        positions=held, at=NOON,
    )  # fmt: skip


def test_prices_of_what_another_account_holds_are_wanted_as_long_as_it_holds_it():
    book = Book(account="paper", positions={"SPY": Decimal(1)}, signalled=["BAC"])
    fold(book, Fact(snapshot("IBM", "SPY")))
    assert wanted(book, (), 2) == {"SPY", "IBM"}
    fold(book, Fact(snapshot()))
    assert wanted(book, (), 2) == {"SPY", "BAC"}


def test_what_the_broker_says_of_another_account_leaves_our_book_as_it_is():
    book = Book(account="paper")
    drift = DriftFound(
        account="growth", n=8, difference=DriftKind.QUANTITY_DRIFT, symbol="SPY", ours="0", theirs="2", at=NOON,
        freezes=True,
    )  # fmt: skip
    fold(book, Fact(snapshot()))
    fold(book, Fact(drift))
    assert book == Book(account="paper", elsewhere={"growth": ()})
