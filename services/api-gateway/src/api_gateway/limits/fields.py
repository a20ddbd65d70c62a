"""Every limit: what it means, the variable that sets it, and the way from what somebody wrote to its value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import NamedTuple, cast

import msgspec
from msgspec import Struct, inspect, structs

from contracts.limits import HIGHEST, LOWEST, PORTION_PATTERN, Limits
from contracts.values import SYMBOL_PATTERN, large, plain

GROUPS: dict[str, dict[str, str]] = {
    "What is entered": {
        "min_confidence": "signals below it are denied",
        "sources": "sources that are listened to, such as ws, beside a person's own trades; none: all",
        "whitelist": "symbols that may be bought; none: any",
        "blacklist": "symbols that are not bought",
    },
    "Size": {
        "sizing": "what an entry's size is made of, where its signal names no quantity",
        "default_quantity": "shares of an entry, for the sizing quantity",
        "percent_of_equity": "fraction of equity that an entry spends, for the sizing percent_of_equity",
        "entry_dollars": "dollars that an entry spends, for the sizing dollars",
        "risk_per_trade": "fraction of equity that is lost when the stop is hit, for the sizing risk_per_trade",
        "signals_per_day": "signals that share the buying power, for the sizing equal_allocation",
        "multiplier": "scales every size but one that a signal names",
        "fractional": "whether an entry may be a fraction of a share",
    },
    "Time": {
        "window_start": "entries only from this time of day, New York",
        "window_end": "entries only before this time of day, New York; on a half-day so much earlier",
        "duplicate_seconds": "the same signal within it is denied, in market time",
        "signal_max_age_seconds": "older signals are refused, in market time",
        "approval_ttl_seconds": "an older approval lapses, in market time",
        "earnings_days_before": "weekdays before a company reports on which it is not bought; 0 here and after: any",
        "earnings_days_after": "weekdays after a company has reported on which it is not bought",
    },
    "Prices": {
        "quote_max_age_seconds": "an older quote is no price, in market time; 0: any age",
        "price_collar": "how far a price may lie from where the market is, as a fraction; 0: any distance",
        "max_spread": "widest distance of bid and ask, as a fraction of the price; 0: any",
    },
    "Exposure": {
        "max_position_fraction": "largest position, as a fraction of equity",
        "max_order_notional": "largest entry in dollars; 0: any",
        "max_symbol_notional": "largest position in dollars; 0: any",
        "max_gross_notional": "all positions together, in dollars; 0: any",
        "max_gross_fraction": "all positions together, as a fraction of equity; 0: any",
        "max_sector_fraction": "all positions of one sector together, as a fraction of equity; 0: any",
        "max_entries_per_symbol": "entries that may be open in one symbol",
        "max_concurrent": "positions that may be open at once",
        "max_open_orders": "entries that may be working at once",
        "max_orders_per_second": "entries approved within a second; 0: any number",
        "max_orders_per_day": "entries approved within a day of New York; 0: any number",
        "min_cash": "dollars of cash that stay in the account; 0: cash may be borrowed",
        "min_margin_equity": "below so many dollars of equity a margin account trades its own cash only; 0: never",
        "max_day_trades": "day trades within five trading days, below day_trade_equity; 0: any number",
        "day_trade_equity": "dollars of equity from which on day trades are not counted",
    },
    "Locks": {
        "max_daily_loss": "fraction of the last close's equity that a day may lose; 0: any",
        "max_drawdown": "fraction of its highest equity that the account may lose; 0: any",
        "max_consecutive_losses": "losing trades in a row; 0: any number",
        "max_stop_losses": "stops that are hit within stop_loss_minutes; 0: any number",
        "stop_loss_minutes": "the time in which stops that are hit are counted",
        "lock_minutes": "how long a lock lasts, where it says nothing else; 0: until a resume",
        "cool_down_minutes": "how long a symbol is left alone after it was sold; 0: not at all",
    },
    "Exits": {
        "stop_fraction": "stop below the entry, as a fraction; stands from the fill on",
        "stop_dollars": "stop below the entry, in dollars a share, before stop_fraction; 0: that counts",
        "stop_atr": "stop so many average ranges of a minute below the entry, where that is nearer; 0: not by these",
        "stop_daily_atr": "stop so many average ranges of a day below the entry, where that is nearer; 0: not by these",
        "native_bracket": "whether an entry brings its stop and target along, where the broker takes them as one group",
        "target_fraction": "target above the entry, as a fraction; stands from the fill on",
        "scale_out": "parts that are sold before the target: gain:share, both as fractions",
        "break_even": "gain after which a position is left when it is back at what it cost; 0: never",
        "give_back_activation": "gain from which on give_back counts",
        "give_back": "fraction of its best gain that a position may lose; 0: any",
        "trail_fraction": "how far below its highest price a position is left, as a fraction; 0: never",
        "trail_activation": "gain from which on trail_fraction counts",
        "max_days": "days after which a position is left, nights and weekends included",
        "flat_minutes_before_close": "minutes before the close at which a position is left; 0: it stays overnight",
        "earnings_exit_days": "weekdays before a company reports from which on it is not held; 0: it is",
        "ratchet": "how far below a watched level the stop at the broker is kept, as a fraction; 0: it stays",
        "extended_exit_discount": "how far below the bid a sale outside the hours may go; 0: it waits for the open",
        "exit_collar": "how far from the last trade one quote alone makes us sell, as a fraction; 0: any distance",
    },
}  # fmt: skip

MEANINGS = {name: meaning for group in GROUPS.values() for name, meaning in group.items()}
VALUES: dict[str, object] = structs.asdict(Limits())
"""What holds where nobody says anything."""

_VARIABLES = {
    "min_confidence": "CONFIDENCE_THRESHOLD",
    "whitelist": "SYMBOL_WHITELIST",
    "blacklist": "SYMBOL_BLACKLIST",
    "window_start": "TRADING_WINDOW_START",
    "window_end": "TRADING_WINDOW_END",
    "max_position_fraction": "MAX_POSITION_PCT",
    "max_concurrent": "RISK_MAX_CONCURRENT",
    "max_open_orders": "RISK_MAX_OPEN_ORDERS",
    "min_cash": "MIN_CASH_USD",
    "stop_fraction": "STOP_PCT",
    "target_fraction": "TP_PCT",
    "break_even": "BREAK_EVEN_PCT",
    "trail_fraction": "TRAIL_PCT",
    "trail_activation": "TRAIL_ACT_PCT",
}

_KINDS = {field.name: inspect.type_info(field.type) for field in structs.fields(Limits)}
_SHOWN = 100


class Wrong(Struct, frozen=True):
    """A value that cannot be: `was` is its beginning, `what` says what is wrong with it."""

    field: str
    was: str
    what: str

    @property
    def text(self) -> str:
        return f"{self.field} was {self.was}, {self.what}" if self.was else f"{self.field} {self.what}"


class Read(NamedTuple):
    """What a table says, as far as it can be understood."""

    values: dict[str, object]
    wrong: tuple[Wrong, ...]


def variable(name: str) -> str:
    """Name the variable of the environment that sets a limit."""
    return _VARIABLES.get(name, name.upper())


def read(given: Mapping[str, object]) -> Read:
    """Make values of what somebody wrote: numbers, text, lists, or lists as text parted by commas."""
    values, wrong = dict[str, object](), list[Wrong]()
    for name, what in given.items():
        found = value(name, what)
        if isinstance(found, Wrong):
            wrong.append(found)
        else:
            values[name] = found
    return Read(values, tuple(wrong))


def value(name: str, given: object) -> object:
    """Give a limit's value, or what is `Wrong` with it."""
    if wrong := unknown(name):
        return wrong
    try:
        limits = msgspec.convert({name: _listed(name, given)}, Limits, strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError):
        # JSON can name half of a character, which no text can hold.
        return Wrong(name, _short(given), f"expected {expected(name)}")
    return getattr(limits, name)


def unknown(name: str) -> Wrong | None:
    """Say so of a name that no limit has, and which one may be meant."""
    return None if name in _KINDS else Wrong(name, "", f"is no limit{_nearest(name)}")


def _listed(name: str, given: object) -> object:
    kind = _KINDS[name]
    if not isinstance(kind, inspect.VarTupleType):
        return given.strip() if isinstance(given, str) else given
    if isinstance(given, list):
        words = [part if isinstance(part, str) else repr(part) for part in cast("list[object]", given)]
    elif isinstance(given, str):
        words = given.split(",")
    else:
        return given
    # Symbols are written large, sources small.
    is_large = isinstance(kind.item_type, inspect.StrType)
    named = (large(word.strip()) if is_large else word.strip().lower() for word in words)
    return tuple(dict.fromkeys(word for word in named if word))


def _nearest(name: str) -> str:
    by_variable = {variable(known).lower(): known for known in _KINDS}
    near = get_close_matches(name.lower(), [*_KINDS, *by_variable], n=1)
    return f", is {by_variable.get(near[0], near[0])} meant?" if near else ""


def _short(given: object) -> str:
    return (str(given) if isinstance(given, Decimal) else repr(given))[:_SHOWN]


def expected(name: str) -> str:
    """Say what a limit may be."""
    kind = _KINDS[name]
    match kind:
        case inspect.IntType():
            return f"a whole number from {kind.ge} to {kind.le}"
        case inspect.FloatType():
            return f"a number from {kind.ge:.0f} to {kind.le:.0f}"
        case inspect.DecimalType():
            return f"a number from {LOWEST.get(name, 0)} to {HIGHEST[name]}"
        case inspect.VarTupleType(item_type=items):
            return f"a list of {_word(items)}"
        case _:
            return _word(kind)


def _word(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.EnumType():
            return " or ".join(str(one.value) for one in kind.cls)
        case inspect.StrType(pattern=pattern) if pattern == SYMBOL_PATTERN:
            return "symbols such as SPY or BRK.B"
        case inspect.StrType(pattern=pattern) if pattern == PORTION_PATTERN:
            return "gains and shares such as 0.05:0.5, the shares 1 at most"
        case _:
            return "a time of day such as 09:31, from 00:00 to 23:59"


def written(found: object) -> str:
    """Write a value as the environment has it."""
    match found:
        case bool():
            return "1" if found else "0"
        case Decimal():
            return plain(found)
        case float():
            return f"{found:g}"
        case tuple():
            return ",".join(map(str, found))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - symbols or sources
        case _:
            return str(found)
