"""The way in: each message becomes a signal in the log, or a refusal that can be looked up."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime

from msgspec import Struct
from prometheus_client import Counter

from chassis.log import Fate, Log, Outcome
from chassis.publish import Publisher
from chassis.telemetry import logger, span
from contracts.log import Fact, Record
from contracts.market import Tick
from contracts.signals import Signal, SignalRefused, Source
from signal_gateway.normalise import Door, normalise
from signal_gateway.recent import Recent
from signal_gateway.refusals import duplicate

RECEIVED = Counter("interlock_signals_received_total", "Messages that came in, of any kind", ("source",))
ACCEPTED = Counter("interlock_signals_accepted_total", "Signals that are in the log", ("source",))
REFUSED = Counter("interlock_signals_refused_total", "Messages that were refused", ("source", "code"))

TICKS = "clock.tick"
REMEMBERED = 100_000
REFUSALS_PER_MINUTE = 60
"""Refusals beyond it are counted and logged only, so that garbage cannot fill the log."""
BACKLOG = 5_000
"""Signals waiting to be stored, above which the next message waits too."""


class Rules(Struct, frozen=True):
    """`max_age` is in market seconds, 0 for no limit."""

    source: Source
    max_age: float


class Intake:
    """Takes messages in their order. None waits for the log's answer about the one before it."""

    def __init__(self, publisher: Publisher, rules: Rules) -> None:
        self.now: datetime | None = None
        self._publisher, self._rules = publisher, rules
        self._received, self._accepted = RECEIVED.labels(rules.source), ACCEPTED.labels(rules.source)
        self._signals, self._refusals = Recent(REMEMBERED), Recent(REMEMBERED)
        self._written: deque[float] = deque(maxlen=REFUSALS_PER_MINUTE)

    async def room(self) -> None:
        """Wait while too much waits for the log: the sender is held back, nothing is dropped."""
        if len(self._publisher) > BACKLOG:
            await self._publisher.flush()

    def take(self, data: bytes) -> None:
        self._received.inc()
        match normalise(data, Door(self._rules.source, self.now, self._rules.max_age, self._signals)):
            case Signal() as signal:
                self._signals.add(signal.signal_id)
                stored = self._publisher.offer(_fact(signal))
                stored.add_done_callback(lambda outcome: self._told(signal, data, outcome))
            case SignalRefused() as refused:
                self.refuse(refused)
            case None:
                pass

    def refuse(self, refused: SignalRefused) -> None:
        REFUSED.labels(refused.source, refused.code).inc()
        logger("intake").warning("message refused", code=refused.code, reason=refused.reason, size=refused.size)
        if refused.refusal_id not in self._refusals and self._may_write():
            self._refusals.add(refused.refusal_id)
            # Offered, not put: what was refused before a restart may stand already, with the age that it had then.
            self._publisher.offer(_fact(refused))

    def _may_write(self) -> bool:
        now = asyncio.get_running_loop().time()
        if len(self._written) == REFUSALS_PER_MINUTE and now - self._written[0] < 60:  # noqa: PLR2004 - a minute
            return False
        self._written.append(now)
        return True

    def _told(self, signal: Signal, data: bytes, outcome: asyncio.Future[Outcome]) -> None:
        if outcome.cancelled():
            return
        if outcome.result().fate is Fate.STORED:
            self._accepted.inc()
        else:
            self.refuse(duplicate(signal, data))


def _fact(body: Signal | SignalRefused) -> Fact:
    return Fact(body, trace=span(f"signal-gateway {type(body).__name__}"))


async def learn_time(log: Log, intake: Intake) -> int:
    """Find market time as it is; give the sequence from which on to follow it."""
    last = await log.last(TICKS)
    if last is None:
        return await log.head()
    _learn(last, intake)
    return last.sequence


async def follow_time(log: Log, intake: Intake, after: int) -> None:
    """Keep the intake's market time, for ever."""
    async for chunk in log.read((TICKS,), after):
        _learn(chunk[-1], intake)


def _learn(record: Record, intake: Intake) -> None:
    if isinstance(record.body, Tick):
        intake.now = record.body.at
