"""A person's order to leave positions, and what the broker says of its progress."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from contracts.values import MaybeSymbol, MaybeToken, Symbol, Token


class FlattenAsked(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Leave every position of the account, or that in `symbol`, at market.

    `external`: also shares that no entry of ours bought. Where it comes from the kill switch, `halt` names the halt
    that went before it: until that is ended, what entries still buy is left at once, too, and open orders count.
    `at` is the market time when it was said, None where that was not known.
    """

    command_id: Token
    account: Token
    by: str
    why: str = ""
    symbol: MaybeSymbol = ""
    external: bool = False
    halt: MaybeToken = ""
    at: datetime | None = None

    def covers(self, symbol: str) -> bool:
        return self.symbol in ("", symbol)


class Remaining(Struct, frozen=True, kw_only=True):
    """Shares that the broker still has, and why; `external` of them no entry of ours bought."""

    symbol: Symbol
    qty: Decimal
    external: Decimal
    why: str


class FlattenChecked(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The `n`-th look at the broker for a command, told where it is not what the one before it said.

    `flat`: it has none of these positions, and no order of ours that could bring one. `done`: nothing more will be
    done, because it is flat or because what remains is not ours to sell. `orders` are ours that may still trade.
    `until` is when the market opens, where it has to be waited for; `problem` says why the broker could not be asked.
    """

    account: Token
    command_id: Token
    n: int
    flat: bool
    done: bool
    at: datetime
    remaining: tuple[Remaining, ...] = ()
    orders: tuple[Token, ...] = ()
    until: datetime | None = None
    problem: str = ""
