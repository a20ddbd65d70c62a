"""The chapter on bracket, OCO and OTO: which members they need, and how their prices must lie."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from exchange.book import Exit, OrderClass, OrderType, Side, Ticket
from exchange.numbers import plain
from exchange.refusals import malformed, unacceptable
from exchange.rulebook.examples import BRACKET, OCO, OTO, SHORT_BRACKET, TRAILING, D, asked
from exchange.rulebook.matrix import GROUPS, grouped, lasts, takes
from exchange.rulebook.rule import Chapter, Desk, Rule, Source
from exchange.rulebook.subjects import closes, loss_price, profit_price

CENT = Decimal("0.01")
TWO_EXITS = frozenset({OrderClass.BRACKET, OrderClass.OCO})
ENTRIES = frozenset({OrderClass.BRACKET, OrderClass.OTO})


def _has_exits(ticket: Ticket) -> bool:
    return ticket.take_profit is not None or ticket.stop_loss is not None


def _class(ticket: Ticket, _: Desk) -> Mapping[str, str]:
    return {"order_class": ticket.order_class}


def _lacks_profit(ticket: Ticket, _: Desk) -> bool:
    needed = ticket.order_class in TWO_EXITS or ticket.take_profit is not None
    return needed and profit_price(ticket) is None


def _lacks_loss(ticket: Ticket, _: Desk) -> bool:
    needed = ticket.order_class in TWO_EXITS or ticket.stop_loss is not None
    return needed and loss_price(ticket) is None


def rising(ticket: Ticket) -> bool:
    """Whether the group is about a long position, so that its profit lies above its loss."""
    return (ticket.side == Side.BUY) is (ticket.order_class in ENTRIES)


def base_price(ticket: Ticket, desk: Desk) -> Decimal | None:
    """Price that the group starts from; None when the market has not shown it."""
    if ticket.order_class == OrderClass.OCO:
        return profit_price(ticket)
    shown = desk.prints.get(ticket.symbol)
    return ticket.limit_price or ticket.stop_price or (None if shown is None else shown.price)


def _base(ticket: Ticket, desk: Desk) -> Mapping[str, str]:
    return {"base_price": plain(base_price(ticket, desk) or Decimal(0))}


def _crossed(ticket: Ticket, *, when_rising: bool) -> bool:
    profit, loss = profit_price(ticket), loss_price(ticket)
    if profit is None or loss is None or rising(ticket) is not when_rising:
        return False
    return profit <= loss if when_rising else profit >= loss


def _short_of(price: Decimal | None, ticket: Ticket, desk: Desk, *, above: bool) -> bool:
    """Whether the exit is not at least a cent above the base, or below it."""
    base = base_price(ticket, desk)
    if price is None or base is None:
        return False
    return price < base + CENT if above else price > base - CENT


def _poor_profit(ticket: Ticket, desk: Desk, *, when_rising: bool) -> bool:
    ours = rising(ticket) is when_rising and ticket.order_class != OrderClass.OCO
    return ours and _short_of(profit_price(ticket), ticket, desk, above=when_rising)


def _poor_loss(ticket: Ticket, desk: Desk, *, when_rising: bool) -> bool:
    return rising(ticket) is when_rising and _short_of(loss_price(ticket), ticket, desk, above=not when_rising)


def _profit(ticket: Ticket, price: int) -> Ticket:
    return replace(ticket, take_profit=Exit(limit_price=D(price)))


def _loss(ticket: Ticket, price: int) -> Ticket:
    return replace(ticket, stop_loss=Exit(stop_price=D(price)))


GROUP = Chapter(
    "Bracket, OCO and OTO",
    (
        Rule(
            "a simple order has no exits", lambda ticket, _: not grouped(ticket),
            malformed("simple orders take no take_profit or stop_loss"),
            (Source.OURS,), asked(replace(BRACKET, order_class="simple")), asked(BRACKET),
        ),
        Rule(
            "a group is for the day or until canceled",
            lambda ticket, _: not lasts(GROUPS[OrderClass(ticket.order_class)], ticket),
            unacceptable("{order_class} orders must be DAY or GTC orders"),
            (Source.OLDER, Source.OURS), asked(replace(BRACKET, time_in_force="ioc")),
            asked(replace(BRACKET, time_in_force="gtc")), words=_class,
        ),
        Rule(
            "an OCO is a limit order",
            lambda ticket, _: ticket.order_class == OrderClass.OCO and ticket.type != OrderType.LIMIT,
            unacceptable("oco orders must be exit orders of type limit"),
            (Source.OLDER, Source.OURS), asked(replace(OCO, type="market")), asked(OCO),
        ),
        Rule(
            "a group does not trail", lambda ticket, _: not takes(GROUPS[OrderClass(ticket.order_class)], ticket),
            unacceptable("trailing stop orders must be simple orders"),
            (Source.PAGE, Source.OURS),
            asked(replace(TRAILING, order_class="oto", stop_loss=OTO.stop_loss)), asked(TRAILING),
        ),
        Rule(
            "bracket and OCO take a profit", _lacks_profit,
            malformed("{order_class} orders require take_profit.limit_price"),
            (Source.REPORTED,), asked(replace(BRACKET, take_profit=None)), asked(BRACKET), words=_class,
            note="the official client says so itself and sends nothing",
        ),
        Rule(
            "bracket and OCO stop a loss", _lacks_loss, malformed("{order_class} orders require stop_loss.stop_price"),
            (Source.REPORTED,), asked(replace(BRACKET, stop_loss=None)), asked(BRACKET), words=_class,
        ),
        Rule(
            "an OTO has one exit",
            lambda ticket, _: ticket.order_class == OrderClass.OTO
            and (ticket.take_profit is None) == (ticket.stop_loss is None),
            malformed("oto orders require either take_profit or stop_loss"),
            (Source.REPORTED,), asked(replace(BRACKET, order_class="oto")), asked(OTO),
        ),
        Rule(
            "bracket and OTO open a position",
            lambda ticket, desk: ticket.order_class in ENTRIES and closes(ticket, desk),
            unacceptable("{order_class} orders must be entry orders"),
            (Source.REPORTED,), asked(replace(SHORT_BRACKET, symbol="LONG")), asked(SHORT_BRACKET), words=_class,
            note="another report has 403 and 40310000",
        ),
        Rule(
            "an OCO closes one", lambda ticket, desk: ticket.order_class == OrderClass.OCO and not closes(ticket, desk),
            unacceptable("oco orders must be exit orders of type limit"),
            (Source.OLDER, Source.OURS), asked(replace(OCO, symbol="FLAT")), asked(OCO),
        ),
        Rule(
            "long: the profit lies above the loss", lambda ticket, _: _crossed(ticket, when_rising=True),
            unacceptable("take_profit.limit_price must be > stop_loss.stop_price"),
            (Source.REPORTED,), asked(_loss(OCO, 110)), asked(_loss(OCO, 109)),
        ),
        Rule(
            "short: the profit lies below the loss", lambda ticket, _: _crossed(ticket, when_rising=False),
            unacceptable("take_profit.limit_price must be < stop_loss.stop_price"),
            (Source.REPORTED,), asked(_loss(SHORT_BRACKET, 90)), asked(_loss(SHORT_BRACKET, 101)),
        ),
        Rule(
            "long: the profit lies a cent above the entry",
            lambda ticket, desk: _poor_profit(ticket, desk, when_rising=True),
            unacceptable("take_profit.limit_price must be >= base_price + 0.01", base_price="{base_price}"),
            (Source.OLDER, Source.REPORTED), asked(_profit(BRACKET, 100)), asked(_profit(BRACKET, 101)), words=_base,
            note="entry: its limit or stop price, or else the last trade",
        ),
        Rule(
            "long: the loss lies a cent below the entry, or an OCO's profit",
            lambda ticket, desk: _poor_loss(ticket, desk, when_rising=True),
            unacceptable("stop_loss.stop_price must be <= base_price - 0.01", base_price="{base_price}"),
            (Source.OLDER, Source.REPORTED), asked(_loss(BRACKET, 100)), asked(_loss(BRACKET, 99)), words=_base,
        ),
        Rule(
            "short: the profit lies a cent below the entry",
            lambda ticket, desk: _poor_profit(ticket, desk, when_rising=False),
            unacceptable("take_profit.limit_price must be <= base_price - 0.01", base_price="{base_price}"),
            (Source.OLDER, Source.REPORTED), asked(_profit(SHORT_BRACKET, 100)), asked(_profit(SHORT_BRACKET, 99)),
            words=_base,
        ),
        Rule(
            "short: the loss lies a cent above the entry, or an OCO's profit",
            lambda ticket, desk: _poor_loss(ticket, desk, when_rising=False),
            unacceptable("stop_loss.stop_price must be >= base_price + 0.01", base_price="{base_price}"),
            (Source.OLDER, Source.REPORTED), asked(_loss(SHORT_BRACKET, 100)), asked(_loss(SHORT_BRACKET, 101)),
            words=_base,
        ),
    ),
    "For an `order_class` other than `simple`, and for `take_profit` and `stop_loss`.",
    lambda ticket, _: grouped(ticket) or _has_exits(ticket),
)  # fmt: skip
