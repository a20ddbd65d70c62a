"""What market data shows of the market: the truth, unless a fault is in the way."""

from collections.abc import Mapping

from msgspec.structs import replace

from exchange.fills import Print


class Sight:
    def __init__(self, prints: Mapping[str, Print]) -> None:
        """Take the truth, as it stands until the next print."""
        self._prints = prints
        self._untrue: dict[str, Print] = {}

    def of(self, symbol: str) -> Print | None:
        return self._untrue.get(symbol, self._prints.get(symbol))

    def clear(self) -> None:
        """Show everything as it is."""
        self._untrue.clear()

    def show(self, one: Print, fault: str) -> Print | None:
        """Show a print that is about to be true, as the fault has it; None shows nothing new."""
        told = self._distorted(one, fault)
        stands = told or self.of(one.symbol)
        if stands is one:
            self._untrue.pop(one.symbol, None)
        elif stands is not None:
            self._untrue[one.symbol] = stands
        return told

    def _distorted(self, one: Print, fault: str) -> Print | None:
        match fault:
            case "data_gap":
                return None
            case "zero_ask":
                return replace(one, ask=one.ask * 0)
            case "crossed_quote":
                return replace(one, bid=one.ask, ask=one.bid)
            case "stale_quote":
                return self.of(one.symbol)
            case _:
                return one
