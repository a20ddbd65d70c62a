"""How often an account may call: so many requests in each minute of the wall clock."""

from collections.abc import Callable

from msgspec import Struct

MINUTE = 60
DATA = 10_000  # calls for market data in a minute, with any subscription that is paid for


class Allowance(Struct, frozen=True):
    """What is left of a minute, with this call counted."""

    limit: int
    remaining: int  # below 0: this call is one too many
    reset: int  # seconds since 1970, when the next minute begins

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": str(self.reset),
        }


class Rates:
    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        """Allow so many calls for trading a minute; 0 means any number, of market data too."""
        self._per_minute = per_minute
        self._now = now
        self._minute = 0
        self._calls: dict[tuple[str, bool], int] = {}  # of this minute, by account, and whether for data

    def call(self, account: str, *, is_data: bool) -> Allowance | None:
        """Count a call; None where nothing is counted."""
        if not self._per_minute:
            return None
        minute = int(self._now()) // MINUTE
        if minute != self._minute:
            self._minute = minute
            self._calls.clear()
        calls = self._calls[account, is_data] = self._calls.get((account, is_data), 0) + 1
        limit = DATA if is_data else self._per_minute
        return Allowance(limit, limit - calls, (minute + 1) * MINUTE)
