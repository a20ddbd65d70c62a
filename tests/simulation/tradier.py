"""A small Tradier with a memory: its wire as documented, quirks included; the market is whoever calls `fill`."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypedDict
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from tests.simulation.serving import Answer, Request

ACCOUNT, TOKEN = "VA000001", "token"
START = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
PRICE, MOST = 168.5, 100_000.0
ALIVE = frozenset({"pending", "open", "partially_filled"})
LEGS = {"oto": 2, "oco": 2, "otoco": 3}
RATES = {"X-Ratelimit-Allowed": "60", "X-Ratelimit-Used": "3", "X-Ratelimit-Available": "57"}
WEEK = ("2013-10-07", "2013-10-08")

SECURITY = {"symbol": "SPY", "exchange": "P", "type": "etf", "description": "SPDR S&P 500"}

Form: TypeAlias = dict[str, str]


class Order(Struct, kw_only=True):
    """An order, a leg or a group, as it is shown; a group's own numbers are those of its legs."""

    id: int
    create_date: str
    transaction_date: str
    duration: str
    status: str = "open"
    kind: str = field(default="equity", name="class")
    symbol: str = "SPY"
    side: str = ""
    type: str = ""
    quantity: float = 0.0
    exec_quantity: float = 0.0
    avg_fill_price: float = 0.0
    remaining_quantity: float = 0.0
    price: float | UnsetType = UNSET
    stop_price: float | UnsetType = UNSET
    tag: str | UnsetType = UNSET
    reason_description: str | UnsetType = UNSET
    leg: list[Order] | UnsetType = UNSET


class New(TypedDict):
    id: int
    create_date: str
    transaction_date: str


def parts(order: Order) -> list[Order]:
    return [order] if order.leg is UNSET else order.leg


def listed(outer: str, inner: str, found: list[object]) -> object:
    """Write none as the string "null", one as an object, several as an array."""
    if not found:
        return {outer: "null"}
    return {outer: {inner: found[0] if len(found) == 1 else found}}


def errors(*texts: str) -> object:
    """Write errors, which come with status 200: one as a string, several as a list."""
    return {"errors": {"error": texts[0] if len(texts) == 1 else texts}}


class SmallTradier:
    """`orders` by their numbers; `heard` is every request's method and path; `state` is the part of the day."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.heard: list[str] = []
        self.state = "open"
        self._lock = threading.Lock()
        self._steps = 0

    def __call__(self, request: Request) -> Answer:
        path = urlsplit(request.target).path.removeprefix("/v1/")
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            fault = {"faultstring": "Invalid Access Token", "detail": {"errorcode": "oauth.v2.InvalidAccessToken"}}
            return Answer(401, msgspec.json.encode({"fault": fault}), RATES)
        with self._lock:
            self.heard.append(f"{request.method} {path}")
            said = self._orders(request.method, path, form) if "/orders" in path else self._about(path)
        if isinstance(said, str):
            return Answer(404 if "not found" in said else 400, said.encode(), RATES)
        return Answer(200, msgspec.json.encode(said), RATES)

    def fill(self, tag: str, qty: float, price: float = PRICE) -> None:
        """Let the market take (a part of) an order, or of the first living leg of its group."""
        with self._lock:
            one = next(part for part in parts(self.find(tag)) if part.status in ALIVE)
            one.exec_quantity, one.avg_fill_price = one.exec_quantity + qty, price
            one.remaining_quantity = one.quantity - one.exec_quantity
            one.status = "partially_filled" if one.remaining_quantity else "filled"
            one.transaction_date = self._now()

    def end(self, tag: str, status: str, reason: str) -> None:
        """Let an order that was accepted for processing end as something else."""
        with self._lock:
            order = self.find(tag)
            order.status, order.reason_description, order.transaction_date = status, reason, self._now()

    def find(self, tag: str) -> Order:
        return next(order for order in self.orders.values() if order.tag == tag)

    def _orders(self, method: str, path: str, form: Form) -> object:
        number = path.rpartition("/orders")[2].removeprefix("/")
        if method in {"POST", "PUT"}:
            return self._place(form) if method == "POST" else self._change(number, form)
        if not number:
            return listed("orders", "order", list(self.orders.values()))
        if not number.isdigit() or int(number) not in self.orders:
            return "order not found"
        order = self.orders[int(number)]
        return {"order": order} if method == "GET" else self._cancel(order)

    def _change(self, number: str, form: Form) -> object:
        """Change a stop in its place; of a group, the leg of that number."""
        found = (part for order in self.orders.values() for part in parts(order) if str(part.id) == number)
        order = next(found, None)
        if order is None:
            return "order not found"
        if order.status not in ALIVE:
            return f"order already in finalized state: {order.status}"
        order.stop_price, order.transaction_date = float(form["stop"]), self._now()
        return {"order": {"id": order.id, "status": "ok"}}

    def _place(self, form: Form) -> object:
        count = LEGS.get(form["class"], 0)
        legs = [self._leg(form, f"[{n}]") for n in range(count)] or [self._leg(form, "")]
        if any(not leg.quantity.is_integer() for leg in legs):
            return "Invalid parameter, quantity: must be a whole number."
        if legs[0].quantity * PRICE > MOST:
            return errors("Backoffice rejected override of the order.", "InsufficientFunds: not enough buying power.")
        if count:
            order = Order(**self._new(), duration=form["duration"], kind=form["class"], leg=legs)
        else:
            (order,) = legs
        order.tag = form["tag"]
        self.orders[order.id] = order
        return {"order": {"id": order.id, "status": "ok", "partner_id": "c4998eb7"}}

    def _leg(self, form: Form, n: str) -> Order:
        quantity = float(form[f"quantity{n}"])
        price, stop = form.get(f"price{n}"), form.get(f"stop{n}")
        return Order(
            **self._new(), duration=form["duration"], symbol=form[f"symbol{n}"], side=form[f"side{n}"],
            type=form[f"type{n}"], quantity=quantity, remaining_quantity=quantity,
            price=float(price) if price else UNSET, stop_price=float(stop) if stop else UNSET,
        )  # fmt: skip

    def _cancel(self, order: Order) -> object:
        living = [part for part in parts(order) if part.status in ALIVE]
        if not living:
            return f"order already in finalized state: {order.status}"
        for one in {id(one): one for one in (order, *living)}.values():
            one.status, one.transaction_date = "canceled", self._now()
        return {"order": {"id": order.id, "status": "ok"}}

    def _about(self, path: str) -> object:
        days = [{"date": day, "status": "open", "open": {"start": "09:30", "end": "16:00"}} for day in WEEK]
        closed = {"date": "2013-10-12", "status": "closed", "description": "Market is closed"}
        money = {"total_equity": 100_000.1, "total_cash": 99_494.6, "margin": {"stock_buying_power": 198_989.2}}
        quote = {"symbol": "SPY", "last": PRICE, "bid": 168.4, "ask": 168.6, "ask_date": 1_381_152_601_000}
        return {
            "user/profile": {"profile": {"account": {"account_number": ACCOUNT, "status": "active"}}},
            "markets/clock": {"clock": {"state": self.state, "timestamp": int(START.timestamp())}},
            "markets/calendar": {"calendar": {"month": 10, "year": 2013, "days": {"day": [*days, closed]}}},
            "markets/quotes": {"quotes": {"quote": quote}},
            "markets/lookup": {"securities": {"security": [{**SECURITY, "symbol": "SPYG"}, SECURITY]}},
            "accounts/events/session": {"stream": {"sessionid": "s-1", "url": "wss://unused"}},
            f"accounts/{ACCOUNT}/balances": {"balances": {"account_type": "margin", **money}},
            f"accounts/{ACCOUNT}/positions": listed("positions", "position", self._positions()),
        }.get(path, "path not found")

    def _positions(self) -> list[object]:
        held: dict[str, float] = {}
        for one in (part for order in self.orders.values() for part in parts(order)):
            sign = 1 if one.side == "buy" else -1
            held[one.symbol] = held.get(one.symbol, 0.0) + sign * one.exec_quantity
        return [{"cost_basis": PRICE * qty, "id": 1, "quantity": qty, "symbol": s} for s, qty in held.items() if qty]

    def _new(self) -> New:
        at = self._now()
        return {"id": 228_000 + self._steps, "create_date": at, "transaction_date": at}

    def _now(self) -> str:
        self._steps += 1
        return f"{START + timedelta(milliseconds=self._steps):%FT%T.%f}"[:-3] + "Z"
