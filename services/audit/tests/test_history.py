"""Questions and answers, over rows in a real PostgreSQL."""

from __future__ import annotations

import asyncio
import signal as signals
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from audit import store
from audit.history import History
from audit.queries import STORY_RECORDS
from audit.row import row
from chassis.log import RawRecord
from chassis.memory import MemoryLog
from contracts.history import HistoryAnswered, HistoryAsked, decode_answer, encode
from contracts.log import Fact, Message, Record, decode
from contracts.market import Tick
from contracts.orders import OrderFilled
from contracts.signals import Signal
from contracts.verdicts import OrderDenied

MakeSignal = Callable[..., Signal]
MakeFill = Callable[..., OrderFilled]


class Server(Protocol):
    def start(self) -> None: ...
    def stop(self, number: int = ...) -> None: ...


class Database(Protocol):
    @property
    def server(self) -> Server: ...
    @property
    def writer(self) -> str: ...


class Past:
    """What the audit has stored of a log, and the questions to it."""

    def __init__(self, database: Database, log: MemoryLog, identity: str) -> None:
        self.log, self._url, self._history = log, database.writer, History(database.writer, identity)
        self._identity = identity

    async def happens(self, *messages: Message) -> None:
        before = len(self.log.records)
        await self.log.append([Fact(message, cause=n, trace=f"t{n}") for n, message in enumerate(messages)])
        await self.stores(self.log.records[before:])

    async def stores(self, records: Sequence[RawRecord]) -> None:
        async with store.opened(self._url, self._identity) as rows:
            await rows.append([row(raw) for raw in records])

    async def tells(self, asked: HistoryAsked) -> HistoryAnswered:
        return decode_answer(await self._history.answer(encode(asked)))

    async def numbers(self, asked: HistoryAsked) -> list[int]:
        return [record.sequence for record in (await self.tells(asked)).records]

    def record(self, sequence: int) -> Record:
        raw = self.log.records[sequence - 1]
        return Record(raw.sequence, raw.time, raw.subject, decode(raw.data), raw.cause, raw.trace, raw.number)


@pytest.fixture
def past(database: Database) -> Past:
    return Past(database, MemoryLog(), "first")


def denied(signal: Signal, account: str = "paper") -> OrderDenied:
    return OrderDenied(
        denial_id=f"d-{signal.signal_id}-{account}", signal_id=signal.signal_id, account=account, source=signal.source,
        symbol="AAPL", code="mode", reason="", value="", limit="", at=signal.at, checks=(),
    )  # fmt: skip


async def test_records_come_newest_first_whole_and_page_by_page(past: Past, signal: MakeSignal):
    await past.happens(*(signal(f"s{n}") for n in range(5)))

    assert await past.tells(HistoryAsked(limit=2)) == HistoryAnswered(
        records=(past.record(5), past.record(4)), through=5
    )
    assert await past.numbers(HistoryAsked(limit=2, before=4)) == [3, 2]
    assert await past.numbers(HistoryAsked(limit=2, before=1)) == []


async def test_kinds_and_accounts_narrow_what_is_given(past: Past, signal: MakeSignal, fill: MakeFill):
    one = signal()
    tick = Tick(at=one.at, is_open=True, next_open=one.at, next_close=one.at)
    await past.happens(one, denied(one), tick, fill("e1", "c1"), denied(one, "other"), tick, fill("e2", "c2"))

    assert await past.numbers(HistoryAsked(kinds=("OrderFilled",))) == [7, 4]
    assert await past.numbers(HistoryAsked(kinds=("OrderFilled", "OrderDenied", "OrderFilled"))) == [7, 5, 4, 2]
    assert await past.numbers(HistoryAsked(kinds=("OrderFilled", "OrderDenied"), account="paper", limit=2)) == [7, 4]
    assert await past.numbers(HistoryAsked(kinds=("OrderFilled",), before=7)) == [4]
    assert await past.numbers(HistoryAsked(account="other")) == [5]
    assert await past.numbers(HistoryAsked(id="s1")) == [5, 2, 1]
    assert await past.numbers(HistoryAsked(id="s1", kinds=("OrderDenied",), account="paper")) == [2]
    assert await past.numbers(HistoryAsked(kinds=("Unheard",))) == []


async def test_a_story_is_whatever_hangs_together_oldest_first(past: Past, signal: MakeSignal, fill: MakeFill):
    first, second = signal("s1"), signal("s2")
    await past.happens(
        first, second, denied(first), denied(second), denied(first, "other"),
        fill("e1", "d-s1-paper"), fill("e2", "leg", parent="e1"), fill("e3", "apart"),
    )  # fmt: skip

    for name in ("s1", "d-s1-paper", "e2", "leg"):
        told = await past.tells(HistoryAsked(id=name, story=True, limit=1))
        assert [record.sequence for record in told.records] == [1, 3, 5, 6, 7], name
    of_paper = HistoryAsked(id="leg", story=True, account="paper")
    assert await past.tells(of_paper) == HistoryAnswered(records=tuple(map(past.record, (1, 3, 6, 7))), through=8)
    assert await past.numbers(HistoryAsked(id="leg", story=True, kinds=("OrderFilled",))) == [6, 7]
    assert await past.numbers(HistoryAsked(id="nobody", story=True)) == []


async def test_a_story_too_long_for_an_answer_is_cut_and_says_so(past: Past, fill: MakeFill):
    await past.happens(*(fill(f"e{n}", "c1") for n in range(STORY_RECORDS)))
    whole = await past.tells(HistoryAsked(id="c1", story=True))
    await past.happens(fill("more", "c1"))
    cut = await past.tells(HistoryAsked(id="e7", story=True))

    assert (len(whole.records), whole.cut, whole.error) == (STORY_RECORDS, False, "")
    assert (len(cut.records), cut.records[-1].sequence, cut.cut) == (STORY_RECORDS, STORY_RECORDS, True)


async def test_what_cannot_be_read_is_passed_over_but_counted(past: Past, signal: MakeSignal):
    await past.happens(signal())
    await past.stores([past.log.store("signals.ws.odd", b"no message")])

    assert await past.tells(HistoryAsked()) == HistoryAnswered(records=(past.record(1),), through=2)


async def test_only_the_log_of_today_is_told_of(past: Past, database: Database, signal: MakeSignal):
    await past.happens(signal("s1"), signal("s2"))
    later = Past(database, MemoryLog(), "second")
    assert await later.tells(HistoryAsked()) == HistoryAnswered()

    await later.happens(signal("s3"))

    assert await later.tells(HistoryAsked()) == HistoryAnswered(records=(later.record(1),), through=1)
    assert await later.numbers(HistoryAsked(id="s1", story=True)) == []


async def test_what_is_no_question_is_answered_with_the_reason(database: Database):
    history = History(database.writer, "first")
    for asked, reason in (
        (b"hello", "JSON is malformed: invalid character (byte 0)"),
        (b'{"limit":0}', "Expected `int` >= 1 - at `$.limit`"),
        (b'{"drop":"tables"}', "Object contains unknown field `drop`"),
    ):
        assert decode_answer(await history.answer(asked)).error == f"not a question: {reason}"


async def test_a_question_is_answered_again_once_the_database_is_back(
    past: Past, database: Database, signal: MakeSignal
):
    await past.happens(signal())
    database.server.stop(signals.SIGKILL)

    assert await past.tells(HistoryAsked()) == HistoryAnswered(error="the database does not answer")

    await asyncio.to_thread(database.server.start)
    assert await past.numbers(HistoryAsked()) == [1]
