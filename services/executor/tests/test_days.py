"""Daily bars into the log: of days that are over, once a day, and only where somebody measures stops by them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs

import msgspec
import pytest

from chassis.settings import load
from contracts.control import LimitsSet
from contracts.days import NEW_YORK
from contracts.limits import Limits
from contracts.log import Fact
from contracts.market import Bar
from executor.book import Book, fold
from executor.brokers.alpaca.access import Access
from executor.budget import Priority
from executor.core import is_ranged
from executor.feeds.alpaca_days import AlpacaDays
from executor.feeds.days import AGAIN_SECONDS, Days
from executor.feeds.feed import NotEntitledError, QuestionRefusedError, Questions, SourceUnavailableError
from executor.settings import Settings
from executor.venue import choose
from tests.simulation.serving import Answer, Request, serving
from tests.simulation.world import World

if TYPE_CHECKING:
    from .conftest import StartExchange

T = TypeVar("T")

MORNING = datetime(2026, 3, 4, 10, tzinfo=NEW_YORK)
TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)


def bar(symbol: str, day: date) -> Bar:
    at = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).astimezone(UTC)
    return Bar(symbol=symbol, timeframe="1Day", open=1, high=3, low=1, close=2, volume=9, at=at)


class Archive:
    """Has a bar for the last day that it is asked for and for the one after, and remembers what it was asked."""

    at_once = 100

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], date, date]] = []
        self.is_silent = False

    def speak(self) -> None:
        self.is_silent = False

    def days(self, symbols: Sequence[str], first: date, last: date) -> list[Bar]:
        self.asked.append((tuple(symbols), first, last))
        if self.is_silent:
            raise SourceUnavailableError("timed out")
        if "NONE" in symbols:
            raise QuestionRefusedError("http 400: invalid symbol: NONE")
        return [bar(symbol, day) for symbol in symbols for day in (last, last + timedelta(days=1))]


class Desk:
    """What `Days` works with: market time, what is wanted, and what was put into the log."""

    def __init__(self, *symbols: str) -> None:
        self.archive, self.at, self.wanted = Archive(), MORNING, frozenset(symbols)
        self.put: list[Bar] = []

    async def play(self, script: Callable[[Days], None] = lambda _: None, seconds: float = 0.5) -> None:
        days = Days(self.archive, self._take, Questions(at_once, 0, 4), lambda: self.wanted, lambda: self.at)
        running = asyncio.create_task(days.run())
        await asyncio.sleep(0)
        script(days)
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    def _take(self, fact: Fact) -> None:
        assert isinstance(fact.body, Bar)
        self.put.append(fact.body)


async def at_once(call: Callable[[], T], /) -> T:
    return call()


def test_the_days_that_are_over_are_told_once_of_all_symbols_together(world: World):
    desk = Desk("SPY", "QQQ")
    world.play(lambda: desk.play(seconds=5))
    assert desk.archive.asked == [(("QQQ", "SPY"), date(2026, 2, 3), TUESDAY)]
    assert desk.put == [bar("QQQ", TUESDAY), bar("SPY", TUESDAY)]


def test_a_symbol_that_is_named_is_asked_for_at_once_and_by_itself(world: World):
    desk = Desk("SPY")

    def name(days: Days) -> None:
        desk.wanted = frozenset({"SPY", "QQQ"})
        days.look()

    world.play(lambda: desk.play(name, seconds=0.1))
    assert [symbols for symbols, _, _ in desk.archive.asked] == [("SPY",), ("QQQ",)]


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (datetime(2026, 3, 4, 23, 59, tzinfo=NEW_YORK), [TUESDAY]),
        (datetime(2026, 3, 5, 8, 59, tzinfo=NEW_YORK), [TUESDAY]),
        (datetime(2026, 3, 5, 9, tzinfo=NEW_YORK), [TUESDAY, WEDNESDAY]),
    ],
)
def test_all_days_are_told_anew_before_the_next_session(then: datetime, told: list[date], world: World):
    desk = Desk("SPY")

    def sleep(_: Days) -> None:
        asyncio.get_running_loop().call_later(0.5, setattr, desk, "at", then)

    world.play(lambda: desk.play(sleep, seconds=3))
    assert [last for _, _, last in desk.archive.asked] == told


def test_before_the_session_the_day_before_is_told_and_once_more_when_a_split_would_be_known(world: World):
    desk = Desk("SPY")
    desk.at = datetime(2026, 3, 4, 8, 59, tzinfo=NEW_YORK)

    def sleep(_: Days) -> None:
        asyncio.get_running_loop().call_later(0.5, setattr, desk, "at", MORNING)

    world.play(lambda: desk.play(sleep, seconds=3))
    assert desk.put == [bar("SPY", TUESDAY)] * 2


def test_a_symbol_that_the_source_takes_for_none_hides_no_other_and_is_asked_for_again_tomorrow(world: World):
    desk = Desk("QQQ", "NONE", "SPY")
    world.play(lambda: desk.play(seconds=100))
    assert [symbols for symbols, _, _ in desk.archive.asked] == [
        ("NONE", "QQQ", "SPY"), ("NONE",), ("QQQ",), ("SPY",),
    ]  # fmt: skip
    assert desk.put == [bar("QQQ", TUESDAY), bar("SPY", TUESDAY)]


@pytest.mark.parametrize("status", [400, 422])
def test_alpaca_says_that_a_question_is_badly_put(status: int):
    body = b'{"message":"invalid symbol: NONE"}'
    with serving(lambda _: Answer(status, body)) as url, pytest.raises(QuestionRefusedError):
        AlpacaDays(Access(url, "key", "secret"), url, "iex").days(["NONE"], TUESDAY, TUESDAY)


def test_where_nothing_is_wanted_nothing_is_asked(world: World):
    desk = Desk()
    world.play(lambda: desk.play(seconds=5))
    assert desk.archive.asked == []


def test_a_question_that_fails_is_asked_again_after_a_while(world: World):
    desk = Desk("SPY")
    desk.archive.is_silent = True

    def mend(_: Days) -> None:
        asyncio.get_running_loop().call_later(1, desk.archive.speak)

    world.play(lambda: desk.play(mend, seconds=AGAIN_SECONDS + 5))
    assert len(desk.archive.asked) == 2
    assert desk.put == [bar("SPY", TUESDAY)]


def test_so_many_symbols_go_into_one_question(world: World):
    desk = Desk(*(f"S{number:03}" for number in range(201)))
    world.play(lambda: desk.play(seconds=5))
    assert [len(asked) for asked, _, _ in desk.archive.asked] == [100, 100, 1]
    assert len(desk.put) == 201


def test_what_is_followed_again_is_told_again(world: World):
    desk = Desk("SPY", "QQQ")

    def leave(_: Days) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.5, setattr, desk, "wanted", frozenset({"SPY"}))
        loop.call_later(2.5, setattr, desk, "wanted", frozenset({"SPY", "QQQ"}))

    world.play(lambda: desk.play(leave, seconds=5))
    assert [symbols for symbols, _, _ in desk.archive.asked] == [("QQQ", "SPY"), ("QQQ",)]


def test_prices_go_before_days(world: World):
    order: list[str] = []

    async def scenario() -> None:
        questions = Questions(slowly, 0, 3)
        await asyncio.gather(
            questions(lambda: order.append("price")),
            questions(lambda: order.append("days"), Priority.READ),
            questions(lambda: order.append("price")),
        )

    async def slowly(call: Callable[[], T], /) -> T:
        await asyncio.sleep(1)
        return call()

    world.play(scenario)
    assert order == ["price", "price", "days"]


def limits(multiple: str, *, scope: str = "all", symbol: str = "", cleared: bool = False) -> LimitsSet:
    name = ("stop_daily_atr",)
    return LimitsSet(
        control_id="c", scope=scope, symbol=symbol, limits=Limits(stop_daily_atr=Decimal(multiple)),
        fields=() if cleared else name, cleared=name if cleared else (), by="ann",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], False),
        ([limits("0")], False),
        ([limits("1.5")], True),
        ([limits("2", scope="other")], True),
        ([limits("2", symbol="SPY"), limits("0")], True),
        ([limits("2", symbol="SPY"), limits("0", symbol="SPY", cleared=True)], False),
    ],
)
def test_days_are_wanted_where_any_limit_of_any_account_is_measured_by_them(*, said: list[LimitsSet], expected: bool):
    book = Book(account="paper")
    for one in said:
        fold(book, Fact(one))
    assert is_ranged(book) is expected


DAYS = {"bars": {"SPY": [{"t": "2026-03-03T05:00:00Z", "o": 1, "h": 3, "l": 1, "c": 2, "v": 9, "n": 5, "vw": 2.1}]}}


class Alpaca:
    """Answers a question about bars as a plan with these feeds does."""

    def __init__(self, *feeds: str, said: object = DAYS) -> None:
        self.feeds, self.said = feeds, said
        self.asked: list[dict[str, list[str]]] = []

    def __call__(self, request: Request) -> Answer:
        place, _, query = request.target.partition("?")
        assert (place, request.headers["APCA-API-KEY-ID"]) == ("/v2/stocks/bars", "key")
        self.asked.append(parse_qs(query))
        allowed = self.asked[-1]["feed"][0] in self.feeds
        return Answer(200, msgspec.json.encode(self.said)) if allowed else Answer(403, b'{"message":"not in the plan"}')


def asked_of(alpaca: Alpaca, feed: str, *symbols: str) -> list[Bar]:
    with serving(alpaca) as url:
        return AlpacaDays(Access("", "key", "secret"), url, feed).days(symbols, date(2026, 2, 3), TUESDAY)


def test_alpaca_is_asked_for_all_exchanges_days_as_they_are_after_splits():
    alpaca = Alpaca("sip", "iex")
    assert asked_of(alpaca, "iex", "SPY", "BRK.B", "BTC/USD") == [bar("SPY", TUESDAY)]
    assert alpaca.asked == [
        {
            "symbols": ["SPY,BRK.B"], "timeframe": ["1Day"], "start": ["2026-02-03T05:00:00Z"],
            "end": ["2026-03-03T05:00:00Z"], "adjustment": ["split"], "limit": ["10000"], "feed": ["sip"],
        }
    ]  # fmt: skip


def test_where_the_plan_lacks_them_its_own_feeds_days_are_taken():
    alpaca = Alpaca("iex")
    assert asked_of(alpaca, "iex", "SPY") == [bar("SPY", TUESDAY)]
    assert [asked["feed"] for asked in alpaca.asked] == [["sip"], ["iex"]]
    with pytest.raises(NotEntitledError):
        asked_of(Alpaca(), "sip", "SPY")


@pytest.mark.parametrize("said", [{"bars": {}}, {"bars": None}, {"bars": {"SPY": None}}])
def test_of_an_unknown_symbol_there_are_no_days(said: object):
    assert asked_of(Alpaca("sip", said=said), "iex", "SPY") == []


def test_of_pairs_alone_nothing_is_asked():
    alpaca = Alpaca("sip")
    assert asked_of(alpaca, "iex", "BTC/USD") == []
    assert alpaca.asked == []


def test_an_answer_that_cannot_be_read_is_none():
    with pytest.raises(SourceUnavailableError, match="cannot be read"):
        asked_of(Alpaca("sip", said={"bars": 7}), "iex", "SPY")


KEYS = {"ALPACA_API_KEY": "key", "ALPACA_API_SECRET": "secret"}


def test_the_broker_of_the_settings_is_asked_in_a_dry_run_too(tmp_path: Path):
    alpaca = Alpaca("iex")
    with serving(alpaca) as url:
        stream = {"ALPACA_DATA_STREAM_URL": "ws://127.0.0.1:9/v2/iex"}
        dry = {"DRY_RUN": "true", "DRY_RUN_FOLDER": str(tmp_path)}
        history = choose(load(Settings, {**KEYS, **stream, **dry, "ALPACA_DATA_URL": url})).history
        assert history is not None
        assert history.days(["SPY"], date(2026, 2, 3), TUESDAY) == [bar("SPY", TUESDAY)]


def test_at_tradier_there_are_no_days():
    keys = {"BROKER": "tradier", "TRADIER_TOKEN": "token", "TRADIER_ACCOUNT": "VA1"}
    assert choose(load(Settings, keys)).history is None


RESULT = {"t": 1_772_514_000_000, "o": 1, "h": 3, "l": 1, "c": 2, "v": 9, "n": 5, "vw": 2.1}


def test_at_tradier_polygons_days_are_taken_where_its_prices_are_one_symbol_at_a_time():
    asked: list[str] = []

    def polygon(request: Request) -> Answer:
        asked.append(f"{request.target} {request.headers['Authorization']}")
        return Answer(200, msgspec.json.encode({"status": "OK", "results": [RESULT]} if "/SPY/" in asked[-1] else {}))

    with serving(polygon) as url:
        keys = {"BROKER": "tradier", "TRADIER_TOKEN": "token", "TRADIER_ACCOUNT": "VA1"}
        prices = {"PRICES": "polygon", "POLYGON_API_KEY": "key", "POLYGON_URL": url}
        history = choose(load(Settings, {**keys, **prices})).history
        assert history is not None
        assert history.at_once == 1
        assert history.days(["SPY", "NONE", "BTC/USD"], date(2026, 2, 3), TUESDAY) == [bar("SPY", TUESDAY)]
    rest = "range/1/day/2026-02-03/2026-03-03?adjusted=true&sort=asc&limit=5000 Bearer key"
    assert asked == [f"/v2/aggs/ticker/{symbol}/{rest}" for symbol in ("SPY", "NONE")]


FALL = date(2013, 10, 7)


def until(ask: Callable[[], list[Bar]], is_whole: Callable[[list[Bar]], bool]) -> list[Bar]:
    """Ask until the market has played so far; while it does not play yet it refuses to answer."""
    for _ in range(400):
        with suppress(SourceUnavailableError):
            if is_whole(found := ask()):
                return found
        time.sleep(0.05)
    raise AssertionError


def test_the_paper_exchange_tells_the_days_that_are_over_as_they_were(tmp_path: Path, start_exchange: StartExchange):
    file = tmp_path / "days.csv"
    lines = [f"2013-10-{day:02},SPY,{day},{day + 2},{day - 1},{day + 1},400" for day in (7, 8, 9, 10, 11)]
    file.write_text("\n".join(["date,symbol,open,high,low,close,volume", *lines]))
    url = start_exchange(EXCHANGE_BARS=str(file), EXCHANGE_SPEED="1e9", EXCHANGE_LOOP="false")
    history = AlpacaDays(Access(url, "demo", "demo"), url, "iex")

    def played() -> list[Bar]:
        return history.days(["NONE", "SPY"], FALL, date(2013, 10, 10))

    found = until(played, lambda days: [day.volume for day in days] == [400] * 4)
    assert [(one.at, one.open, one.high, one.low, one.close, one.volume) for one in found] == [
        (datetime(2013, 10, day, 4, tzinfo=UTC), day, day + 2, day - 1, day + 1, 400) for day in (7, 8, 9, 10)
    ]
