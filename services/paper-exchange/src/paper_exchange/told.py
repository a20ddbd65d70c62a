"""What the market-data stream tells, message by message, of the symbols that somebody wants to hear of."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias, cast

import msgpack
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from exchange.fills import Print
from exchange.state import Halted, Resumed
from paper_exchange import bars, past, times
from paper_exchange.bars import Candle, joined
from paper_exchange.floor import Floor
from paper_exchange.listings import tape_of
from paper_exchange.market import Beat
from paper_exchange.price_bands import PriceBands
from paper_exchange.tape import SECOND
from paper_exchange.timeframes import DAILY

CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
EVERY_SYMBOL = "*"
# How the plans that report trades tell of a halt and of its end: CTA for the tapes A and B, UTP for C.
CTA = {
    Halted: {"sc": "2", "sm": "Trading Halt", "rc": "P", "rm": "News Pending"},
    Resumed: {"sc": "3", "sm": "Resume", "rc": "", "rm": ""},
}
UTP = {
    Halted: {"sc": "H", "sm": "Trading Halt", "rc": "T1", "rm": "Halt News Pending"},
    Resumed: {"sc": "T", "sm": "Trading Resumption", "rc": "", "rm": ""},
}

Wanted: TypeAlias = Mapping[str, AbstractSet[str]]  # symbols by channel


class Message(Struct, frozen=True):
    channel: str
    symbol: str
    at: int
    fields: Mapping[str, object]

    def encoded(self, *, packed: bool) -> bytes:
        """Write it as a member of a MessagePack or JSON array."""
        if packed:
            # msgspec writes datetimes, which hold microseconds; Alpaca's timestamps hold nanoseconds.
            stamped = {**self.fields, "t": msgpack.Timestamp(*divmod(self.at, SECOND))}
            return cast("bytes", msgpack.packb(stamped))  # pyright: ignore[reportUnknownMemberType] - untyped library
        return msgspec.json.encode({**self.fields, "t": times.stamp(self.at)})


def wants(wanted: Wanted, channel: str, symbol: str) -> bool:
    return symbol in wanted[channel] or EVERY_SYMBOL in wanted[channel]


def status(change: Halted | Resumed, now: int) -> Message:
    tape = tape_of(change.symbol)
    fields = (UTP if tape == "C" else CTA)[type(change)]
    return Message("statuses", change.symbol, now, {"T": "s", "S": change.symbol, **fields, "z": tape})


class Teller:
    """Puts the beats of a market into messages; knows today's bars and the price bands of who is listened to."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._days: dict[str, Candle] = {}
        self._bands: dict[str, PriceBands] = {}

    def tell(self, beat: Beat, wanted: Wanted) -> Iterator[Message]:
        """Tell of the minute that has ended, and then of the next one's prints."""
        if beat.minutes:
            yield from self._minute(beat, wanted)
        for shown in beat.prints:
            if wants(wanted, "quotes", shown.symbol):
                yield _message("quotes", shown, {"T": "q", **bars.quote(shown)})
            if wants(wanted, "trades", shown.symbol):
                yield _message("trades", shown, {"T": "t", **bars.trade(shown)})

    def _minute(self, beat: Beat, wanted: Wanted) -> Iterator[Message]:
        def chosen(channel: str) -> Iterator[Candle]:
            minutes = (one for one in beat.minutes if wants(wanted, channel, one.bar.symbol))
            return (past.bar(self._floor, one) for one in minutes)

        yield from (_message("bars", one, {"T": "b", **bars.bar(one)}) for one in chosen("bars"))
        session = self._floor.sessions[beat.round]
        if session.opens < beat.at <= session.closes:
            self._days = {one.symbol: self._today(one, session.midnight) for one in chosen("dailyBars")}
            yield from (_message("dailyBars", one, {"T": "d", **bars.bar(one)}) for one in self._days.values())
            yield from (self._limits(one, beat.at) for one in chosen("lulds"))

    def _today(self, minute: Candle, midnight: int) -> Candle:
        """Add a minute to the day; the day is reckoned anew when the minute before it was not listened to."""
        known = self._days.get(minute.symbol)
        if known is not None and known.at == midnight:
            return joined(midnight, (known, minute))
        return next(past.candles(self._floor, DAILY, minute.symbol, midnight, midnight), replace(minute, at=midnight))

    def _limits(self, minute: Candle, at: int) -> Message:
        symbol = minute.symbol
        down, up = self._bands.setdefault(symbol, PriceBands()).after(minute)
        return Message("lulds", symbol, at, {"T": "l", "S": symbol, "u": up, "d": down, "i": "B", "z": tape_of(symbol)})


def _message(channel: str, one: Candle | Print, fields: Mapping[str, object]) -> Message:
    return Message(channel, one.symbol, one.at, {"T": fields["T"], "S": one.symbol, **fields})
