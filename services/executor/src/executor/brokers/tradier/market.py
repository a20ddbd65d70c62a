"""Tradier's clock, calendar and quotes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from contracts.market import Quote
from executor.brokers.broker import Asset, ClockReading, OutcomeUnknownError
from executor.brokers.tradier import hours, parse
from executor.brokers.tradier.http import Http, reading


class Market:
    """A month of the calendar is asked for once."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._days: dict[tuple[int, int], list[hours.WireDay]] = {}

    def state(self) -> str:
        """Name the part of the day: premarket, open, postmarket or closed."""
        return self._clock().state

    def clock(self) -> ClockReading:
        clock = self._clock()
        days = [day for month in hours.months(clock.at) for day in self._month(month)]
        read = hours.reading(clock, days)
        if read is None:
            raise OutcomeUnknownError(f"the calendar knows no session after {clock.at:%F %T}")
        return read

    def quotes(self, symbols: Sequence[str]) -> list[Quote]:
        return [parse.quote(wire) for wire in self._quotes(symbols)]

    def last_prices(self, symbols: Sequence[str]) -> dict[str, Decimal]:
        return {wire.symbol: wire.last for wire in self._quotes(symbols) if wire.last is not None}

    def asset(self, symbol: str) -> Asset | None:
        """Look it up. Tradier finds what it trades, and says nothing of fractions or of shares to borrow."""
        body = self._http.ask("GET", "markets/lookup", query={"q": symbol})
        with reading():
            found = parse.many(body, "securities", "security", parse.WireSecurity)
        return next((parse.asset(one) for one in found if one.symbol == symbol), None)

    def _quotes(self, symbols: Sequence[str]) -> list[parse.WireQuote]:
        body = self._http.ask("GET", "markets/quotes", query={"symbols": ",".join(symbols)})
        with reading():
            return parse.many(body, "quotes", "quote", parse.WireQuote)

    def _clock(self) -> hours.WireClock:
        body = self._http.ask("GET", "markets/clock")
        with reading():
            return parse.inside(body, "clock", hours.WireClock)

    def _month(self, month: tuple[int, int]) -> list[hours.WireDay]:
        if month not in self._days:
            year, number = map(str, month)
            body = self._http.ask("GET", "markets/calendar", query={"year": year, "month": number})
            with reading():
                self._days[month] = parse.many(
                    parse.inside(body, "calendar", msgspec.Raw), "days", "day", hours.WireDay
                )
        return self._days[month]
