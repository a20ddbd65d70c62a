"""Polygon's daily bars by REST, one symbol a question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from contracts.market import Bar
from executor.feeds import polygon_wire as wire
from executor.feeds.feed import SourceUnavailableError
from executor.feeds.http import Http
from executor.feeds.polygon import PolygonPlace

QUERY = {"adjusted": "true", "sort": "asc", "limit": "5000"}
"""Adjusted is for splits alone."""


class PolygonDays:
    at_once = 1

    def __init__(self, place: PolygonPlace) -> None:
        self._http = Http(place.url, {"Authorization": f"Bearer {place.key}"})

    def days(self, symbols: Sequence[str], first: date, last: date) -> list[Bar]:
        return [bar for symbol in symbols if "/" not in symbol for bar in self._of(symbol, first, last)]

    def _of(self, symbol: str, first: date, last: date) -> list[Bar]:
        body = self._http.get(f"v2/aggs/ticker/{symbol}/range/1/day/{first}/{last}", QUERY) or b"{}"
        try:
            return wire.days(symbol, body)
        except msgspec.DecodeError as e:
            raise SourceUnavailableError(f"the answer cannot be read: {e}") from e
