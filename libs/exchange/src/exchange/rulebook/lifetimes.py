"""Chapters on how long an order lives and when it trades, and on parts of shares."""

from msgspec.structs import replace

from exchange.book import SET_OFF, Session, Ticket, TimeInForce
from exchange.refusals import forbidden, unacceptable
from exchange.rulebook.examples import BUY, LIMIT, MONEY, STOP, TRAILING, D, asked, moment
from exchange.rulebook.matrix import ALL, EXTENDED, FRACTIONAL, NOTIONAL, grouped, in_parts, lasts, takes
from exchange.rulebook.rule import Chapter, Desk, Rule, Source
from exchange.rulebook.subjects import symbol

SEVEN = 19 * 60  # minutes after midnight in New York, as are the next two
OPG_ENDS = 9 * 60 + 28
CLS_ENDS = 15 * 60 + 50

OPG, CLS = replace(BUY, time_in_force="opg"), replace(BUY, time_in_force="cls")
HALF = replace(BUY, qty=D("0.5"))
LATE = replace(LIMIT, extended_hours=True)


def _out_of(ticket: Ticket, desk: Desk, tif: TimeInForce, ends: int) -> bool:
    return ticket.time_in_force == tif and ends <= desk.at.minute < SEVEN


LIFETIMES = Chapter(
    "Type and time in force",
    (
        Rule(
            "stops are for the day or until canceled", lambda ticket, _: not takes(ALL, ticket),
            unacceptable("{type} orders must be DAY or GTC orders"),
            (Source.PAGE, Source.OURS), asked(replace(STOP, time_in_force="ioc")),
            asked(replace(STOP, time_in_force="gtc")), words=lambda ticket, _: {"type": ticket.type},
        ),
        Rule(
            "opg is sent from 19:00 to 9:28",
            lambda ticket, desk: _out_of(ticket, desk, TimeInForce.OPG, OPG_ENDS),
            forbidden("opg orders must be submitted after 7:00pm and before 9:28am"),
            (Source.SPEC, Source.REPORTED), asked(OPG, at=moment(Session.PRE, OPG_ENDS)),
            asked(OPG, at=moment(Session.PRE, OPG_ENDS - 1)), note="New York time, on every day of the week",
        ),
        Rule(
            "cls is sent from 19:00 to 15:50",
            lambda ticket, desk: _out_of(ticket, desk, TimeInForce.CLS, CLS_ENDS),
            forbidden("cls orders must be submitted after 7:00pm and before 3:50pm"),
            (Source.SPEC, Source.OURS), asked(CLS, at=moment(Session.REGULAR, CLS_ENDS)),
            asked(CLS, at=moment(Session.REGULAR, CLS_ENDS - 1)),
            note="one reported message says 3:55pm",
        ),
    ),
    "Whether one goes with the other is a table, and the special orders have narrower ones; an order must stand in "
    "each that is about it.",
)  # fmt: skip

EXTENDED_HOURS = Chapter(
    "Extended hours",
    (
        Rule(
            "a stop does not trade out of hours", lambda ticket, _: ticket.type in SET_OFF,
            unacceptable("stop orders are not eligible for extended hours trading"),
            (Source.REPORTED,), asked(replace(STOP, extended_hours=True)), asked(LATE),
        ),
        Rule(
            "an order for extended hours is a limit, for the day or until canceled",
            lambda ticket, _: not lasts(EXTENDED, ticket) or not takes(EXTENDED, ticket),
            unacceptable("extended hours order must be DAY or GTC limit orders"),
            (Source.SPEC, Source.REPORTED), asked(replace(BUY, extended_hours=True)), asked(LATE),
            note="Alpaca's page on orders knows DAY alone; the newer description wins",
        ),
        Rule(
            "a group does not trade out of hours", lambda ticket, _: grouped(ticket),
            unacceptable("{order_class} orders are not eligible for extended hours trading"),
            (Source.OLDER, Source.OURS), asked(replace(LATE, order_class="bracket")), asked(LATE),
            words=lambda ticket, _: {"order_class": ticket.order_class},
        ),
        Rule(
            "parts of shares trade out of hours where the asset allows it",
            lambda ticket, desk: in_parts(ticket) and not desk.assets[ticket.symbol].is_fractionable_after_hours,
            forbidden('asset "{symbol}" is not fractionable in extended hours'),
            (Source.PAGE, Source.OURS), asked(replace(LATE, symbol="RTH", qty=D("1.5"))),
            asked(replace(LATE, qty=D("1.5"))), words=symbol,
            note="the asset's attribute `fractional_eh_enabled`",
        ),
    ),
    "For orders with `extended_hours`. Sent while no session takes them, they wait as `accepted`.",
    lambda ticket, _: ticket.extended_hours,
)  # fmt: skip

FRACTIONS = Chapter(
    "Parts of shares, and amounts of money",
    (
        Rule(
            "the asset is fractionable", lambda ticket, desk: not desk.assets[ticket.symbol].is_fractionable,
            forbidden('asset "{symbol}" is not fractionable'),
            (Source.CAPTURED,), asked(replace(HALF, symbol="WHOLE")), asked(replace(BUY, symbol="WHOLE")),
            words=symbol, note="older texts have 422",
        ),
        Rule(
            "they are for the day", lambda ticket, _: not lasts(FRACTIONAL, ticket),
            unacceptable("fractional orders must be DAY orders"),
            (Source.REPORTED,), asked(replace(HALF, qty=D("1.5"), time_in_force="gtc")),
            asked(replace(BUY, time_in_force="gtc")),
        ),
        Rule(
            "they do not trail", lambda ticket, _: not takes(FRACTIONAL, ticket),
            unacceptable("fractional orders must be market, limit, stop or stop_limit orders"),
            (Source.PAGE, Source.OURS), asked(replace(TRAILING, qty=D("1.5"))), asked(TRAILING),
        ),
        Rule(
            "an amount of money is for a market or a limit order",
            lambda ticket, _: ticket.notional is not None and not takes(NOTIONAL, ticket),
            unacceptable("notional orders must be market or limit orders"),
            (Source.OURS,), asked(replace(MONEY, type="stop", stop_price=D(105))),
            asked(replace(MONEY, type="limit", limit_price=D(105))),
            note="older documents have market alone, newer ones are silent",
        ),
        Rule(
            "they belong to no group", lambda ticket, _: grouped(ticket),
            unacceptable("fractional orders must be simple orders"),
            (Source.OLDER, Source.OURS), asked(replace(HALF, qty=D("1.5"), order_class="oto")),
            asked(replace(HALF, qty=D("1.5"))),
        ),
    ),
    "For a `qty` that is not whole and for `notional`.",
    lambda ticket, _: in_parts(ticket),
)  # fmt: skip
