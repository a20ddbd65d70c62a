"""The chosen broker with its stream and its prices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from chassis.settings import SettingsError
from exchange.journal import Journal, JournalError
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.access import access as alpaca_access
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.alpaca.stream import TradeUpdates
from executor.brokers.broker import Broker
from executor.brokers.dry.broker import DryRun
from executor.brokers.dry.play import Play
from executor.brokers.dry.stream import Overheard, Played
from executor.brokers.tradier.access import access as tradier_access
from executor.brokers.tradier.client import Tradier
from executor.brokers.tradier.events import AccountEvents
from executor.brokers.tradier.prices import TradierQuotes
from executor.calls import Calls
from executor.feeds.alpaca import AlpacaData
from executor.feeds.alpaca_days import AlpacaDays
from executor.feeds.days import History
from executor.feeds.fallback import FallingBack
from executor.feeds.feed import Source
from executor.feeds.polled import Polled
from executor.feeds.polygon import POLYGON, PolygonPlace, PolygonStream, Snapshots
from executor.feeds.polygon_days import PolygonDays
from executor.live import Hear, Stream
from executor.settings import BrokerName, PricesName, Settings

TRADIER_PER_MINUTE = 60
"""Tradier's limit for orders anywhere, and for everything in its sandbox."""

SIP, IEX = "/sip", "/iex"


class Venue(Struct, frozen=True, kw_only=True):
    """`stream` makes the broker's stream as `executor.live.Listen` does, with a way to ask the broker besides.

    `history` has daily bars as they are after every split; None where nobody surely does.
    """

    broker: Broker
    stream: Callable[[Calls, Hear, Callable[[], None]], Stream]
    source: Source
    requests_per_minute: int
    history: History | None = None


def choose(settings: Settings) -> Venue:
    """Make the broker that the settings name; raise `SettingsError` where they do not allow to reach it."""
    match settings.broker:
        case BrokerName.ALPACA:
            venue = _alpaca(settings)
        case BrokerName.TRADIER:
            venue = _tradier(settings)
    venue = replace(venue, source=prices(settings, venue.source), history=venue.history or _polygon_days(settings))
    return played(settings, venue) if settings.dry_run else venue


def played(settings: Settings, venue: Venue) -> Venue:
    """Play the orders here: the broker is asked for time, assets and the first equity, the source for prices."""
    if not settings.dry_run_folder:
        raise SettingsError("missing in the environment: DRY_RUN_FOLDER")
    try:
        play = Play(Journal(Path(settings.dry_run_folder)), settings.market_speed)
    except (OSError, JournalError) as e:
        raise SettingsError(f"DRY_RUN_FOLDER {settings.dry_run_folder} cannot be used: {str(e).lower()}") from e

    def stream(_calls: Calls, hear: Hear, _missed: Callable[[], None]) -> Stream:
        return Played(play, hear)

    return replace(venue, broker=DryRun(venue.broker, play), stream=stream, source=Overheard(venue.source, play))


def prices(settings: Settings, own: Source) -> Source:
    """Give the source that the settings name, with the broker's own prices to fall back on."""
    if settings.prices is PricesName.BROKER:
        return own
    place = _polygon(settings)
    snapshots = Snapshots(place)
    return FallingBack(PolygonStream(place, snapshots), Polled(POLYGON, snapshots), own)


def _polygon(settings: Settings) -> PolygonPlace:
    if not settings.polygon_api_key:
        raise SettingsError("missing in the environment: POLYGON_API_KEY")
    return PolygonPlace(key=settings.polygon_api_key, url=settings.polygon_url, stream_url=settings.polygon_stream_url)


def _polygon_days(settings: Settings) -> PolygonDays | None:
    return PolygonDays(_polygon(settings)) if settings.prices is PricesName.POLYGON else None


def _alpaca(settings: Settings) -> Venue:
    where = alpaca_access(settings)
    return Venue(
        broker=Alpaca(where), stream=lambda _, hear, missed: TradeUpdates(where, hear, missed),
        source=_alpaca_prices(where, settings),
        history=AlpacaDays(where, settings.alpaca_data_url, settings.alpaca_data_stream_url.rpartition("/")[2]),
        requests_per_minute=settings.requests_per_minute,
    )  # fmt: skip


def _alpaca_prices(where: Access, settings: Settings) -> Source:
    """Give the wanted feed, and IEX, which every plan includes, behind a feed that costs."""
    url, stream = settings.alpaca_data_url, settings.alpaca_data_stream_url
    wanted = AlpacaData(where, url, stream)
    if not stream.endswith(SIP):
        return wanted
    return FallingBack(wanted, AlpacaData(where, url, stream.removesuffix(SIP) + IEX))


def _tradier(settings: Settings) -> Venue:
    where = tradier_access(settings)
    tradier = Tradier(where)
    return Venue(
        # Tradier counts questions about the market apart: what they leave must not look like what orders have left.
        broker=tradier, source=Polled("tradier", TradierQuotes(Tradier(where).market)),
        stream=lambda calls, hear, _: AccountEvents(calls, tradier, hear, settings.tradier_poll_seconds),
        requests_per_minute=min(settings.requests_per_minute or TRADIER_PER_MINUTE, TRADIER_PER_MINUTE),
    )  # fmt: skip
