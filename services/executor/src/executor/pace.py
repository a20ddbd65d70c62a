"""How long the executor waits, and why."""

from __future__ import annotations

import random
from collections.abc import Iterator

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """All in wall seconds.

    `absent`: for so long "no such order" is not believed after a submit without an answer, because an order that is on
    its way can still arrive; after that the same id is sent again, which the broker's unique ids make harmless.
    `abandoned`: so long before an order in doubt is given up, which nothing makes harmless: over a call's deadline.
    `patience`: an order whose answer takes longer than this is told of as in flight.
    `duplicate`: for so long a broker that calls an id taken may not show the order yet.
    """

    first: float = 0.2
    most: float = 30.0
    absent: float = 5.0
    abandoned: float = 20.0
    duplicate: float = 1.0
    patience: float = 0.25

    def waits(self) -> Iterator[float]:
        """Double from `first` to `most`, each shortened by chance so that many do not come at once."""
        wait = self.first
        while True:
            yield wait * random.uniform(0.5, 1.0)  # noqa: S311 - no secret hangs on it
            wait = min(wait * 2, self.most)
