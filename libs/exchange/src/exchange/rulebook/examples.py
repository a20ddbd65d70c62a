"""Whom the examples of the rulebook trade for: one account, symbols named for what is special about them."""

from decimal import Decimal

from msgspec.structs import replace

from exchange.accounts import Account, Configuration, Position, write
from exchange.assets import Asset
from exchange.book import (
    Amendment,
    Exit,
    Moment,
    Order,
    OrderClass,
    OrderType,
    Session,
    Side,
    Status,
    Ticket,
    TimeInForce,
)
from exchange.fills import Print
from exchange.rulebook.rule import Case, Desk
from exchange.rulebook.subjects import Change

D = Decimal
MINUTE = 60 * 10**9
CLOSE, END = 16 * 60, 20 * 60

ASSETS = {
    asset.symbol: asset
    for asset in (
        *map(Asset, ("LONG", "SHORT", "FLAT", "BUSY", "BID", "OFFER", "STOP", "SOLD", "DARK")),
        Asset("GONE", is_tradable=False),
        Asset("WHOLE", is_fractionable=False),
        Asset("RTH", is_fractionable_after_hours=False),
        Asset("NOLOAN", is_shortable=False),
        Asset("HARD", is_easy_to_borrow=False),
        Asset("CASH", is_marginable=False),
    )
}
PRINTS = {
    symbol: Print(symbol, 0, D(100), D("99.99"), D("100.01"), D(99), D(101)) for symbol in ASSETS if symbol != "DARK"
}

BUY = Ticket(symbol="FLAT", side="buy", type="market", time_in_force="day", qty=D(10))
LIMIT = replace(BUY, type="limit", limit_price=D(100))
STOP = replace(BUY, type="stop", stop_price=D(105))
STOP_LIMIT = replace(STOP, type="stop_limit", limit_price=D(106))
TRAILING = replace(BUY, type="trailing_stop", trail_percent=D(1))
MONEY = replace(BUY, qty=None, notional=D(50))
SELL = replace(BUY, symbol="LONG", side="sell")
SHORT = replace(BUY, side="sell")
COVER = replace(BUY, symbol="SHORT")
BRACKET = replace(BUY, order_class="bracket", take_profit=Exit(limit_price=D(110)), stop_loss=Exit(stop_price=D(90)))
SHORT_BRACKET = replace(BRACKET, side="sell", take_profit=Exit(limit_price=D(90)), stop_loss=Exit(stop_price=D(110)))
OTO = replace(BRACKET, order_class="oto", take_profit=None)
OCO = replace(BRACKET, symbol="LONG", side="sell", type="limit", order_class="oco")
COVER_OCO = replace(SHORT_BRACKET, symbol="SHORT", side="buy", type="limit", order_class="oco")


def moment(session: Session, minute: int) -> Moment:
    return Moment(minute * MINUTE, session, CLOSE * MINUTE, END * MINUTE, "2013-10-08", minute)


MORNING = moment(Session.REGULAR, 10 * 60)
EVENING = moment(Session.AFTER, 18 * 60)


def order(name: str, status: Status = Status.NEW, **terms: object) -> Order:
    """Make a limit buy of 10 BUSY with other terms; its name is its client_order_id too."""
    usual = Order(
        id=name,
        client_order_id=name,
        symbol="BUSY",
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.DAY,
        order_class=OrderClass.SIMPLE,
        status=status,
        created_at=0,
        updated_at=0,
        submitted_at=0,
        expires_at=CLOSE * MINUTE,
        qty=D(10),
        limit_price=D(90),
    )
    return replace(usual, **terms)


ORDERS = (
    order("filled", Status.FILLED),
    order("canceled", Status.CANCELED),
    order("replaced", Status.REPLACED),
    order("on its way", Status.PENDING_NEW),
    order("being canceled", Status.PENDING_CANCEL),
    order("being replaced", Status.PENDING_REPLACE),
    order("working"),
    order("begun", Status.PARTIALLY_FILLED, filled_qty=D(4)),
    order("money", qty=None, notional=D(50)),
    order("fraction", qty=D("1.5")),
    order("trailing", type=OrderType.TRAILING_STOP, limit_price=None, trail_percent=D(1)),
    order("bid", symbol="BID", limit_price=D(99)),
    order("offer", symbol="OFFER", side=Side.SELL, limit_price=D(101)),
    order("stop", symbol="STOP", type=OrderType.STOP, limit_price=None, stop_price=D(105)),
    order("sold", symbol="SOLD", side=Side.SELL, limit_price=D(120), closes=True),
    order("profit", Status.NEW, symbol="LONG", side=Side.SELL, order_class=OrderClass.OCO, qty=D(5),
          limit_price=D(110), closes=True, legs=("loss",)),
    order("loss", Status.HELD, symbol="LONG", side=Side.SELL, type=OrderType.STOP, order_class=OrderClass.OCO,
          qty=D(5), limit_price=None, stop_price=D(90), closes=True, parent_id="profit"),
    order("sibling", Status.NEW, symbol="LONG", side=Side.SELL, order_class=OrderClass.OCO, qty=D(5),
          limit_price=D(110), closes=True, legs=("locked",)),
    order("locked", Status.PENDING_REPLACE, symbol="LONG", side=Side.SELL, type=OrderType.STOP,
          order_class=OrderClass.OCO, qty=D(5), limit_price=None, stop_price=D(90), closes=True, parent_id="sibling"),
)  # fmt: skip


def account(cash: int = 10_000, configuration: Configuration | None = None) -> Account:
    """Hold 30 LONG, of which 10 are on order, 20 SOLD, of which 10 are, and -10 SHORT, all at 100 dollars."""
    one = Account("demo", "id", 0, D(cash), D(cash), configuration=configuration or Configuration())
    for symbol, qty in (("LONG", D(30)), ("SOLD", D(20)), ("SHORT", D(-10))):
        one.positions[symbol] = Position(symbol, qty, D(100), qty * 100)
    for each in ORDERS:
        write(one, each)
    return one


DESK = Desk(account(), PRINTS, ASSETS, MORNING)


def asked(ticket: Ticket, desk: Desk = DESK, at: Moment | None = None) -> Case[Ticket]:
    return Case(ticket, desk if at is None else replace(desk, at=at))


def configured(configuration: Configuration) -> Desk:
    return replace(DESK, account=account(configuration=configuration))


def change(order_id: str, amendment: Amendment) -> Case[Change]:
    return Case(Change(order_id, amendment), DESK)


def cancel(order_id: str) -> Case[str]:
    return Case(order_id, DESK)
