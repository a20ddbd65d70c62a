"""Recorded prices as splits have made them: a split changes what is played from its day on."""

from decimal import Decimal

from msgspec.structs import replace

from paper_exchange.recorded import CENT, Bar, Day

SUB_PENNY = Decimal("0.0001")
KEPT = 4  # days whose prices are kept as they were reckoned last


class Divisors:
    """By how much the prices of each symbol are divided, from which round on."""

    def __init__(self) -> None:
        self._by_symbol: dict[str, list[tuple[int, Decimal]]] = {}
        self._days: dict[tuple[int, tuple[tuple[str, Decimal], ...]], Day] = {}

    def put(self, symbol: str, round_: int, divisor: Decimal) -> None:
        self._by_symbol.setdefault(symbol, []).append((round_, divisor))

    def begin_in(self, round_: int) -> bool:
        return any(first == round_ for splits in self._by_symbol.values() for first, _ in splits)

    def of(self, symbol: str, round_: int) -> Decimal:
        divisor = Decimal(1)
        for first, by in self._by_symbol.get(symbol, ()):
            divisor *= by if first <= round_ else 1
        return divisor

    def applied(self, day: Day, round_: int) -> Day:
        """Divide the prices of a recorded day as far as it is played in that round."""
        divisors = {symbol: by for symbol in self._by_symbol if (by := self.of(symbol, round_)) != 1}
        if not divisors:
            return day
        key = (id(day), tuple(divisors.items()))
        if key not in self._days:
            while len(self._days) >= KEPT:
                del self._days[next(iter(self._days))]
            self._days[key] = _divided(day, divisors)
        return self._days[key]


def _divided(day: Day, divisors: dict[str, Decimal]) -> Day:
    symbols = {
        symbol: {minute: divided(bar, divisors[symbol]) for minute, bar in bars.items()}
        for symbol, bars in day.symbols.items()
        if symbol in divisors
    }
    minutes = {
        minute: tuple(symbols[bar.symbol][minute] if bar.symbol in symbols else bar for bar in bars)
        for minute, bars in day.minutes.items()
    }
    return Day(day.date, minutes, {**day.symbols, **symbols})


def divided(bar: Bar, by: Decimal) -> Bar:
    """Give the bar after a split; its prices are on the grid on which shares of that price trade."""
    opened, high, low, close = (_on_grid(price / by) for price in (bar.open, bar.high, bar.low, bar.close))
    spread = max(CENT, (bar.spread / by).quantize(CENT))
    return replace(
        bar, open=opened, high=high, low=low, close=close, volume=int(bar.volume * by), spread=spread,
    )  # fmt: skip


def _on_grid(price: Decimal) -> Decimal:
    return max(price.quantize(CENT if price >= 1 else SUB_PENNY), SUB_PENNY)
