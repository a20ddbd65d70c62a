"""A broker that knows the truth about one account, and tells of it in whatever order it is asked to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from contracts.accounts import AccountSnapshot, Holding
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.values import OrderType, Side, TimeInForce

D = Decimal
ZERO = D(0)
NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
EQUITY, CASH = D(10_000), D(2_000)
# What is first asked for, and what else a share may come to cost. C is bought for dollars.
PRICES = {"A": (D(100), D(90), D(125)), "B": (D(250), D(150)), "C": (D("33.33"), D("28.57"), D("47.1"))}


class Order(Struct):
    """An order at the model broker: what the broker did and what it has told of it.

    `price` is what a share was reserved at. One for dollars has a `notional`, and its `qty` means nothing.
    """

    client_order_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal
    purpose: Purpose = Purpose.ENTRY
    notional: Decimal | None = None
    status: OrderStatus = OrderStatus.NEW
    n: int = 0
    filled: Decimal = ZERO
    spent: Decimal = ZERO
    told: Decimal = ZERO
    told_spent: Decimal = ZERO
    told_end: bool = False

    @property
    def working(self) -> bool:
        return self.status not in TERMINAL

    @property
    def shares(self) -> Decimal:
        """Count what it has bought and may yet buy; of an order for dollars, what has been told of."""
        if self.notional is None or self.told_end:
            return self.qty if self.working else self.filled
        return self.told

    @property
    def dollars(self) -> Decimal:
        """Count the dollars that it may have spent without our hearing of it, and may yet spend."""
        if self.notional is None or self.told_end:
            return ZERO
        return (self.notional if self.working else self.spent) - self.told_spent

    @property
    def promised(self) -> Decimal:
        """Count the money that it may still take."""
        if not self.working:
            return ZERO
        return (self.qty - self.filled) * self.price if self.notional is None else self.notional - self.spent


class Broker:
    """What it does with orders, and the words for it; nobody hears them before they are told."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.prices = {symbol: prices[0] for symbol, prices in PRICES.items()}
        self.cash = CASH
        self.at = NOON
        self._n = 0
        # Shares that moved after the account was looked at: the look that was told of last, and the newest.
        self.since, self._newest = dict.fromkeys(PRICES, ZERO), dict.fromkeys(PRICES, ZERO)

    def look(self) -> AccountSnapshot:
        """Give the account as it is now; what moves from here on, the look does not show."""
        self._newest = dict.fromkeys(PRICES, ZERO)
        self._n += 1
        held = {symbol: self.held(symbol) for symbol in PRICES}
        positions = tuple(
            Holding(symbol=s, qty=q, avg_entry_price=self.prices[s], market_value=q * self.prices[s],
                    unrealized_pl=ZERO, current_price=self.prices[s])
            for s, q in held.items() if q
        )  # fmt: skip
        return AccountSnapshot(
            account="paper", n=self._n, status="ACTIVE", equity=EQUITY, cash=self.cash, buying_power=self.cash,
            positions=positions, at=self._time(),
        )  # fmt: skip

    def look_is_told(self) -> None:
        self.since = dict(self._newest)

    def buy(self, symbol: str, qty: Decimal, price: Decimal) -> Order:
        """Take an order to buy from a person."""
        order = Order(f"e{len(self.orders)}", symbol, Side.BUY, qty, price, Purpose.EXTERNAL)
        self.orders.append(order)
        return order

    def sell_all(self, symbol: str) -> None:
        """Take an order to sell from the position manager, unless there is one."""
        is_selling = any(o.side is Side.SELL and o.symbol == symbol and o.working for o in self.orders)
        if self.held(symbol) > 0 and not is_selling:
            name = f"x{len(self.orders)}"
            self.orders.append(Order(name, symbol, Side.SELL, self.held(symbol), ZERO, Purpose.CLOSE))

    def trade(self, order: Order, part: Decimal) -> None:
        if not order.working:
            return
        price = self.prices[order.symbol]
        if order.notional is None:
            done = min(part, order.qty - order.filled)
        else:
            done = min(part, ((order.notional - order.spent) / price).quantize(D("1e-9"), rounding="ROUND_DOWN"))
        order.filled += done
        order.spent += done * price
        self.since[order.symbol] += done
        self._newest[order.symbol] += done
        self.cash -= done * price * (1 if order.side is Side.BUY else -1)
        is_full = order.filled == order.qty if order.notional is None else order.notional - order.spent < D("0.01")
        if is_full:
            order.status = OrderStatus.FILLED

    def fill(self, order: Order) -> OrderFilled | None:
        """Give the word for what of an order has filled and was not told."""
        qty, spent = order.filled - order.told, order.spent - order.told_spent
        order.told, order.told_spent = order.filled, order.spent
        if not qty:
            return None
        return OrderFilled(
            account="paper", execution_id=execution_id(order.client_order_id, order.told),
            client_order_id=order.client_order_id, symbol=order.symbol, side=order.side, qty=qty,
            purpose=order.purpose, price=(spent / qty).quantize(D("1e-6")), cum_qty=order.told, at=self._time(),
        )  # fmt: skip

    def change(self, order: Order, status: OrderStatus | None = None, limit: Decimal | None = None) -> OrderChanged:
        """Give the word for how an order stands."""
        order.n += 1
        order.told_end = not order.working
        return OrderChanged(
            account="paper", client_order_id=order.client_order_id, n=order.n, status=status or order.status,
            symbol=order.symbol, purpose=order.purpose, side=order.side, qty=order.qty, type=OrderType.MARKET,
            time_in_force=TimeInForce.DAY, filled_qty=order.filled, at=self._time(), notional=order.notional,
            limit_price=limit, filled_avg_price=(order.spent / order.filled) if order.filled else None,
        )  # fmt: skip

    def held(self, symbol: str) -> Decimal:
        sides = {Side.BUY: 1, Side.SELL: -1}
        return sum((o.filled * sides[o.side] for o in self.orders if o.symbol == symbol), ZERO)

    def working(self, symbol: str) -> list[Order]:
        """List the orders to buy that may still trade."""
        return [o for o in self._buys(symbol) if o.working]

    def worth(self, symbol: str) -> Decimal:
        """Say what the symbol would be worth, at the newest price that was told, if every order to buy it filled."""
        sold = sum((o.filled for o in self.orders if o.symbol == symbol and o.side is Side.SELL), ZERO)
        buys = self._buys(symbol)
        shares = sum((o.shares for o in buys), ZERO) - sold
        return shares * self.prices[symbol] + sum((o.dollars for o in buys), ZERO)

    def may_have_slipped(self) -> Decimal:
        """Say how many dollars the account shown last may be off by, because prices moved while shares did."""
        return sum((qty * (max(PRICES[s]) - min(PRICES[s])) for s, qty in self.since.items()), ZERO)

    def _buys(self, symbol: str) -> list[Order]:
        return [o for o in self.orders if o.symbol == symbol and o.side is Side.BUY]

    def _time(self) -> datetime:
        """Give a time of its own to each thing that it does."""
        self._n += 1
        return self.at + timedelta(microseconds=self._n)
