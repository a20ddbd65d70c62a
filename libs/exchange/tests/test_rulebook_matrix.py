"""Type by time in force, for every kind of order and in every session, cell by cell."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from exchange.book import Session, Ticket
from exchange.rulebook import SUBMISSION
from exchange.rulebook.examples import BUY, DESK, OCO, D, moment
from exchange.rulebook.rule import first_broken

TYPES = {
    "market": {},
    "limit": {"limit_price": D(100)},
    "stop": {"stop_price": D(105)},
    "stop_limit": {"stop_price": D(105), "limit_price": D(106)},
    "trailing_stop": {"trail_percent": D(1)},
}
TIMES = ("day", "gtc", "ioc", "fok", "opg", "cls")
LEGEND = {
    ".": None,
    "t": "stops are for the day or until canceled",
    "d": "they are for the day",
    "f": "they do not trail",
    "n": "an amount of money is for a market or a limit order",
    "s": "a stop does not trade out of hours",
    "x": "an order for extended hours is a limit, for the day or until canceled",
    "g": "a group is for the day or until canceled",
    "l": "a group does not trail",
    "o": "an OCO is a limit order",
    "1": "they belong to no group",
    "h": "a group does not trade out of hours",
    "O": "opg is sent from 19:00 to 9:28",
    "C": "cls is sent from 19:00 to 15:50",
}
SESSIONS = {
    "night": moment(Session.CLOSED, 3 * 60),
    "morning": moment(Session.PRE, 8 * 60),
    "day": moment(Session.REGULAR, 12 * 60),
    "evening": moment(Session.AFTER, 17 * 60),
}
SHUT = {"opg": {"day", "evening"}, "cls": {"evening"}}
# One line a kind; six groups of five: day, gtc, ioc, fok, opg, cls by market, limit, stop, stop_limit, trailing_stop.
GRIDS = {
    ("whole", "simple"): "..... ..... ..ttt ..ttt ..ttt ..ttt",
    ("whole extended", "simple"): "x.sss x.sss xxttt xxttt xxttt xxttt",
    ("fraction", "simple"): "....f ddddd ddttt ddttt ddttt ddttt",
    ("fraction extended", "simple"): "x.sss xdsss xxttt xxttt xxttt xxttt",
    ("money", "simple"): "..nnf ddddd ddttt ddttt ddttt ddttt",
    ("money extended", "simple"): "x.sss xdsss xxttt xxttt xxttt xxttt",
    ("whole", "bracket"): "....l ....l ggttt ggttt ggttt ggttt",
    ("whole extended", "bracket"): "xhsss xhsss xxttt xxttt xxttt xxttt",
    ("fraction", "bracket"): "1111f ddddd ddttt ddttt ddttt ddttt",
    ("whole", "oto"): "....l ....l ggttt ggttt ggttt ggttt",
    ("whole extended", "oto"): "xhsss xhsss xxttt xxttt xxttt xxttt",
    ("fraction", "oto"): "1111f ddddd ddttt ddttt ddttt ddttt",
    ("whole", "oco"): "o.ooo o.ooo ggttt ggttt ggttt ggttt",
    ("whole extended", "oco"): "xhsss xhsss xxttt xxttt xxttt xxttt",
    ("fraction", "oco"): "1111f ddddd ddttt ddttt ddttt ddttt",
}


def ticket(kind: str, order_class: str, order_type: str, tif: str) -> Ticket:
    base = OCO if order_class == "oco" else BUY
    amount, *extended = kind.split()
    whole = replace(base, type=order_type, time_in_force=tif, order_class=order_class, **TYPES[order_type])
    with_hours = replace(whole, extended_hours=bool(extended))
    if order_class in {"bracket", "oto"}:
        profit = replace(OCO.take_profit, limit_price=D(200)) if OCO.take_profit else None
        with_hours = replace(
            with_hours, stop_loss=OCO.stop_loss, take_profit=profit if order_class == "bracket" else None
        )
    if amount == "whole":
        return with_hours
    return replace(with_hours, **({"qty": D("1.5")} if amount == "fraction" else {"qty": None, "notional": D(50)}))


@pytest.mark.parametrize(("kind", "order_class"), GRIDS)
def test_every_cell_is_taken_or_refused_by_its_rule(kind: str, order_class: str):
    letters = GRIDS[kind, order_class].replace(" ", "")
    for (tif, order_type), letter in zip(product(TIMES, TYPES), letters, strict=True):
        one = ticket(kind, order_class, order_type, tif)
        for session, at in SESSIONS.items():
            shut = session in SHUT.get(tif, ()) and letter != "t"
            expected = LEGEND[{"opg": "O", "cls": "C"}[tif] if shut else letter]
            rule = first_broken(SUBMISSION, one, replace(DESK, at=at))
            assert (rule.name if rule else None) == expected, (tif, order_type, session)


@pytest.mark.parametrize(
    ("tif", "minute", "taken"),
    [
        ("opg", 19 * 60 - 1, False),
        ("opg", 19 * 60, True),
        ("opg", 0, True),
        ("opg", 9 * 60 + 27, True),
        ("opg", 9 * 60 + 28, False),
        ("cls", 19 * 60 - 1, False),
        ("cls", 19 * 60, True),
        ("cls", 15 * 60 + 49, True),
        ("cls", 15 * 60 + 50, False),
    ],
)
def test_an_order_for_an_auction_is_taken_in_its_window(tif: str, minute: int, taken: bool):  # noqa: FBT001 a column of the table
    desk = replace(DESK, at=moment(Session.CLOSED, minute))
    assert (first_broken(SUBMISSION, replace(BUY, time_in_force=tif), desk) is None) is taken
