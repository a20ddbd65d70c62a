"""Chapters on orders that are there: replacing and canceling them."""

from collections.abc import Mapping
from decimal import Decimal

from exchange import accounts, groups
from exchange.book import (
    PENDING,
    WAITING,
    Amendment,
    Order,
    OrderClass,
    OrderType,
    Side,
    Status,
    TimeInForce,
    ended,
)
from exchange.numbers import places
from exchange.refusals import not_found, unacceptable
from exchange.rulebook.examples import D, cancel, change
from exchange.rulebook.means import INSUFFICIENT_MONEY, INSUFFICIENT_SHARES, of_money, of_shares, power
from exchange.rulebook.rule import Chapter, Desk, Rule, Source
from exchange.rulebook.subjects import Change, amended, old, price_of, rest

LASTING = frozenset({TimeInForce.DAY, TimeInForce.GTC})
NOT_WORKING = PENDING | WAITING
LOWER = Amendment(limit_price=D(80))
MORE = Amendment(qty=D(20))


def _status(order: Order) -> Mapping[str, str]:
    return {"status": order.status}


def _on_its_way(order: Order, desk: Desk) -> bool:
    return accounts.replaced(desk.account, order) is not None


STANDING = Chapter(
    "Replacing: whether the order can be",
    (
        Rule(
            "the order exists", lambda asked, desk: asked.order_id not in desk.account.orders,
            not_found("order not found for {order_id}"),
            (Source.REPORTED,), change("unheard of", LOWER), change("working", LOWER),
            words=lambda asked, _: {"order_id": asked.order_id},
        ),
        Rule(
            "it has not been replaced", lambda asked, desk: old(asked, desk).status is Status.REPLACED,
            unacceptable("order already replaced"),
            (Source.REPORTED,), change("replaced", LOWER), change("working", LOWER),
        ),
        Rule(
            "it has not ended", lambda asked, desk: ended(old(asked, desk)),
            unacceptable("unable to replace order, order is not open"),
            (Source.REPORTED,), change("filled", LOWER), change("begun", LOWER),
        ),
        Rule(
            "it works, and nothing is pending",
            lambda asked, desk: old(asked, desk).status in NOT_WORKING or _on_its_way(old(asked, desk), desk),
            unacceptable("cannot replace order in {status} status"),
            (Source.SPEC, Source.MEASURED), change("on its way", LOWER), change("working", LOWER),
            words=lambda asked, desk: _status(old(asked, desk)),
            note="accepted, pending_new, pending_cancel, pending_replace",
        ),
        Rule(
            "no other member of its group is being replaced",
            lambda asked, desk: any(
                member.status is Status.PENDING_REPLACE for member in groups.others(desk.account, old(asked, desk))
            ),
            unacceptable("order chain not fully replaced"),
            (Source.PAGE, Source.REPORTED), change("sibling", Amendment(limit_price=D(111))),
            change("profit", Amendment(limit_price=D(111))),
        ),
        Rule(
            "it is not for an amount of money", lambda asked, desk: old(asked, desk).notional is not None,
            unacceptable("notional orders cannot be replaced"),
            (Source.SPEC, Source.OURS), change("money", LOWER), change("working", LOWER),
        ),
        Rule(
            "the quantity of a group stays",
            lambda asked, desk: asked.amendment.qty is not None
            and old(asked, desk).order_class is not OrderClass.SIMPLE,
            unacceptable("qty cannot be changed for advanced orders"),
            (Source.PAGE, Source.REPORTED), change("profit", Amendment(qty=D(4), limit_price=D(111))),
            change("profit", Amendment(limit_price=D(111))), note="prices may be changed, of an OTO's members too",
        ),
    ),
)  # fmt: skip


def _terms(asked: Change, desk: Desk) -> tuple[tuple[object, object], ...]:
    order, amendment = old(asked, desk), asked.amendment
    return (
        (amendment.qty, order.qty),
        (amendment.time_in_force, order.time_in_force),
        (amendment.limit_price, order.limit_price),
        (amendment.stop_price, order.stop_price),
        (amendment.trail, order.trail_price or order.trail_percent),
    )


def _crosses(asked: Change, desk: Desk) -> bool:
    """Whether a profit-taker and a stop of one group would have changed places."""
    order, ticket = old(asked, desk), amended(asked, desk)
    exits = [other for other in groups.others(desk.account, order) if other.side is order.side]
    sign = 1 if order.side is Side.SELL else -1
    if order.type is OrderType.LIMIT:
        pairs = [(ticket.limit_price, other.stop_price) for other in exits]
    else:
        pairs = [(other.limit_price, ticket.stop_price) for other in exits]
    return any(profit is not None and loss is not None and sign * (profit - loss) <= 0 for profit, loss in pairs)


def _more_money(asked: Change, desk: Desk) -> bool:
    order, ticket = old(asked, desk), amended(asked, desk)
    price = price_of(ticket, desk)
    if order.closes or price is None or ticket.qty is None:
        return False
    more = (ticket.qty - order.filled_qty) * price - (accounts.cost(order, desk.prints) or Decimal(0))
    return more > max(Decimal(0), power(ticket, desk))


CHANGES = Chapter(
    "Replacing: what may change",
    (
        Rule(
            "something does",
            lambda asked, desk: all(new in (None, before) for new, before in _terms(asked, desk)),
            unacceptable("order parameters are not changed"),
            (Source.REPORTED,), change("working", Amendment(limit_price=D(90))), change("working", LOWER),
            note="a new client_order_id alone is no change",
        ),
        Rule(
            "the quantity is above what has been filled",
            lambda asked, desk: asked.amendment.qty is not None
            and asked.amendment.qty <= old(asked, desk).filled_qty,
            unacceptable("qty must be > filled_qty"),
            (Source.REPORTED,), change("begun", Amendment(qty=D(4))), change("begun", Amendment(qty=D(5))),
        ),
        Rule(
            "a quantity that changes is whole, before and after",
            lambda asked, desk: asked.amendment.qty is not None
            and places(asked.amendment.qty) + places(old(asked, desk).qty or Decimal(0)) > 0,
            unacceptable("qty cannot be changed for fractional orders"),
            (Source.SPEC, Source.OURS), change("fraction", Amendment(qty=D(1))), change("fraction", LOWER),
        ),
        Rule(
            "the time in force becomes day or gtc",
            lambda asked, desk: asked.amendment.time_in_force not in (None, *LASTING, old(asked, desk).time_in_force),
            unacceptable("time_in_force can only be changed to day or gtc"),
            (Source.OURS,), change("working", Amendment(time_in_force="ioc")),
            change("working", Amendment(time_in_force="gtc")),
        ),
        Rule(
            "only a trailing stop has a trail",
            lambda asked, desk: asked.amendment.trail is not None
            and old(asked, desk).type is not OrderType.TRAILING_STOP,
            unacceptable("trail can only be changed for trailing stop orders"),
            (Source.OLDER, Source.OURS), change("working", Amendment(trail=D(2))),
            change("trailing", Amendment(trail=D(2))), note="price or percent, as the order has it",
        ),
        Rule(
            "the exits of a group stay on their sides", _crosses,
            unacceptable("take_profit.limit_price must be {sign} stop_loss.stop_price"),
            (Source.REPORTED, Source.OURS), change("loss", Amendment(stop_price=D(110))),
            change("loss", Amendment(stop_price=D(109))),
            words=lambda asked, desk: {"sign": ">" if old(asked, desk).side is Side.SELL else "<"},
        ),
        Rule(
            "more shares to close are there",
            lambda asked, desk: old(asked, desk).closes
            and rest(asked, desk) > abs(accounts.available(desk.account, old(asked, desk).symbol)),
            INSUFFICIENT_SHARES,
            (Source.CAPTURED, Source.OURS), change("sold", Amendment(qty=D(21))), change("sold", MORE),
            words=lambda asked, desk: of_shares(amended(asked, desk), desk),
        ),
        Rule(
            "there is buying power for what it costs more", _more_money, INSUFFICIENT_MONEY,
            (Source.SPEC,), change("working", Amendment(qty=D(1000))), change("working", MORE),
            words=lambda asked, desk: of_money(amended(asked, desk), desk),
            note="until the replacement is done, the dearer of the two is reserved",
        ),
    ),
    "The new terms are a ticket's: the chapters on amounts, prices, time in force, hours, parts of shares, names, "
    "settings and wash trades hold for them, before these.",
)  # fmt: skip


def _order(order_id: str, desk: Desk) -> Order:
    return desk.account.orders[order_id]


CANCELS = Chapter(
    "Canceling",
    (
        Rule(
            "the order exists", lambda order_id, desk: order_id not in desk.account.orders,
            not_found("order not found for {order_id}"),
            (Source.REPORTED,), cancel("unheard of"), cancel("working"),
            words=lambda order_id, _: {"order_id": order_id},
        ),
        Rule(
            "it has not ended otherwise",
            lambda order_id, desk: ended(_order(order_id, desk))
            and _order(order_id, desk).status is not Status.CANCELED,
            unacceptable('order is already in "{status}" state'),
            (Source.REPORTED, Source.MEASURED), cancel("filled"), cancel("canceled"),
            words=lambda order_id, desk: _status(_order(order_id, desk)),
            note="one that is canceled already is answered as if it were canceled now",
        ),
        Rule(
            "it is not being canceled", lambda order_id, desk: _order(order_id, desk).status is Status.PENDING_CANCEL,
            unacceptable("order pending cancel"),
            (Source.REPORTED,), cancel("being canceled"), cancel("working"),
        ),
        Rule(
            "it is not being replaced",
            lambda order_id, desk: _order(order_id, desk).status is Status.PENDING_REPLACE
            or _on_its_way(_order(order_id, desk), desk),
            unacceptable("order pending replace"),
            (Source.SPEC, Source.OURS), cancel("being replaced"), cancel("working"),
        ),
    ),
)  # fmt: skip
