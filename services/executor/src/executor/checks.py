"""Tell what the broker says of commands to leave positions, each time that it is looked at and something is new."""

from __future__ import annotations

from collections.abc import Callable

from chassis.telemetry import logger, span
from contracts.commands import FlattenChecked
from contracts.log import Fact
from contracts.market import Tick
from executor import flat
from executor.flattens import Flatten
from executor.ledger import Ledger
from executor.reconcile import Theirs

Check = Callable[[Flatten], FlattenChecked | None]


class Checks:
    """`tick` gives market time and session. `quiet` counts the looks since one brought news."""

    def __init__(self, ledger: Ledger, tick: Callable[[], Tick]) -> None:
        self._ledger, self._tick, self._quiet = ledger, tick, 0

    def pause(self, first: float, most: float) -> float:
        """Say how long to wait for the next look: longer and longer while nothing moves, as over a weekend."""
        return min(first * 2.0**self._quiet, most) if self._ledger.book.flattens else most

    def begin(self) -> None:
        self._quiet = 0

    def looked(self, theirs: Theirs) -> None:
        tick = self._tick()
        self._tell(lambda one: flat.checked(self._ledger.book, one, theirs, tick))

    def failed(self, error: Exception) -> None:
        tick, problem = self._tick(), f"the broker does not answer: {error}"
        self._tell(lambda one: flat.failed(self._ledger.book, one, problem, tick))

    def _tell(self, check: Check) -> None:
        found = [news for one in self._ledger.book.flattens.values() if (news := check(one))]
        self._quiet = 0 if found else self._quiet + 1
        for news in found:
            asked = self._ledger.book.flattens[news.command_id].asked
            logger("commands").warning(
                "flat" if news.flat else "not flat yet", command_id=news.command_id, by=asked.by, done=news.done,
                remaining=[f"{one.symbol} {one.qty:f}: {one.why}" for one in news.remaining], problem=news.problem,
            )  # fmt: skip
            self._ledger.put(Fact(news, 0, span("executor FlattenChecked")))
