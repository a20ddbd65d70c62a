"""Ask the broker for splits, of some days back and some ahead, and tell each once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta

from chassis.log import Fate
from chassis.telemetry import logger, span
from contracts.days import new_york
from contracts.log import Fact
from contracts.market import SplitAnnounced
from executor import splits
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.ledger import Ledger
from executor.pace import Pace

AHEAD, BACK, LONGEST_BACK = timedelta(days=14), timedelta(days=5), timedelta(days=60)
"""What an executor missed while it stood still counts too, but not for ever: brokers answer for 90 days at most."""
EVERY = timedelta(hours=2)
"""Of market time: what is announced in the morning for the next day is known in time."""
LOOK_SECONDS, LONGEST_SECONDS = 5.0, 600.0


class Announcements:
    """All symbols, not only those that are held: what is bought tomorrow may be split the day after."""

    def __init__(self, ledger: Ledger, calls: Calls, now: Callable[[], datetime]) -> None:
        self._ledger, self._calls, self._now = ledger, calls, now
        self._asked_at: datetime | None = None
        self._told = set[str]()

    async def run(self) -> None:
        """Ask every so often, for ever."""
        while self._calls.broker.capabilities.splits:
            for wait in Pace(first=LOOK_SECONDS, most=LONGEST_SECONDS).waits():
                if (self._asked_at is not None and self._now() - self._asked_at < EVERY) or await self.ask():
                    break
                await asyncio.sleep(wait)
            await asyncio.sleep(LOOK_SECONDS)

    async def ask(self) -> bool:
        """Ask once; say whether there was an answer, if there can be any."""
        broker, at = self._calls.broker, self._now()
        if not broker.capabilities.splits:
            return True
        first, last = self._days(new_york(at).date())
        try:
            found = await self._calls(Priority.READ, broker.splits, first, last)
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            logger("splits").warning("no answer about splits", error=str(e))
            return False
        self._asked_at = at
        # In an order of its own: of two words about one split, two accounts tell the same.
        for split in sorted(found, key=lambda one: (one.ex_date, one.action_id)):
            await self._tell(split)
        return True

    def _days(self, today: date) -> tuple[date, date]:
        known = self._ledger.book.reconciled_at
        missed = today if known is None or self._asked_at is not None else new_york(known).date()
        return max(min(missed, today) - BACK, today - LONGEST_BACK), today + AHEAD

    async def _tell(self, split: SplitAnnounced) -> None:
        announced = self._ledger.book.splits.announced
        if split.action_id in self._told | announced.keys():
            return
        # Followed twice, one split would divide the prices of stops twice: what is said again under another name is it.
        first = next((one for one in announced.values() if splits.is_same(one, split)), None)
        if first is not None:
            self._told.add(split.action_id)
            logger("splits").warning("announced twice", action_id=split.action_id, followed=first.action_id)
            return
        self._told.add(split.action_id)
        outcome = await self._ledger.announce(Fact(split, 0, span("executor SplitAnnounced")))
        # Another account's executor may have told of it first, and the broker changed its word since: the first stands.
        if outcome.fate is not Fate.STORED:
            logger("splits").info("told already", action_id=split.action_id, fate=outcome.fate.name)
