"""What the environment says about the executor."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from contracts.values import Token
from executor.live import Habits

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]


class BrokerName(StrEnum):
    ALPACA = "alpaca"
    TRADIER = "tradier"


class PricesName(StrEnum):
    """The broker's own prices, or Polygon's as far as the plan goes."""

    BROKER = "broker"
    POLYGON = "polygon"


class Settings(Struct, frozen=True, kw_only=True):
    """`market_speed` is how many market seconds pass in one of the wall's, other than 1 only at a paper exchange.

    `requests_per_minute` is the broker's limit for the account, 0 for none; `max_symbols` the data plan's.
    Without `market_feed` another account's executor tells prices and market time, and this one only trades.
    In a `dry_run` orders are played here instead of sent, and remembered in `dry_run_folder`.
    `tradier_poll_seconds` is how often Tradier's orders are looked at, whatever its stream tells.
    """

    account: Token = "paper"
    profile: str = "paper"
    broker: BrokerName = BrokerName.ALPACA
    alpaca_api_key: str = ""
    alpaca_api_secret: str = ""
    alpaca_live_api_key: str = ""
    alpaca_live_api_secret: str = ""
    live_confirm: str = ""
    alpaca_base_url: str = "https://paper-api.alpaca.markets"
    alpaca_data_url: str = "https://data.alpaca.markets"
    alpaca_data_stream_url: str = "wss://stream.data.alpaca.markets/v2/iex"
    tradier_token: str = ""
    tradier_account: str = ""
    tradier_live_token: str = ""
    tradier_live_account: str = ""
    tradier_base_url: str = "https://sandbox.tradier.com/v1"
    tradier_poll_seconds: Seconds = 5.0
    prices: PricesName = PricesName.BROKER
    polygon_api_key: str = ""
    polygon_url: str = "https://api.polygon.io"
    polygon_stream_url: str = "wss://socket.polygon.io/stocks"
    market_feed: bool = True
    dry_run: bool = False
    dry_run_folder: str = ""
    symbols: str = ""
    max_symbols: Count = 30
    market_speed: Seconds = 1.0
    reconcile_seconds: Seconds = 60.0
    max_retries: Count = 3
    requests_per_minute: Count = 200
    price_requests_per_minute: Count = 200

    def __repr__(self) -> str:
        return f"Settings(account={self.account!r}, profile={self.profile!r})"

    def followed(self) -> tuple[str, ...]:
        """List the symbols whose prices are wanted always."""
        return tuple(symbol.strip().upper() for symbol in self.symbols.split(",") if symbol.strip())

    def habits(self) -> Habits:
        return Habits(
            account=self.account, feeds=self.market_feed, symbols=self.followed(), max_symbols=self.max_symbols,
            market_speed=self.market_speed, reconcile_seconds=self.reconcile_seconds, max_retries=self.max_retries,
        )  # fmt: skip
