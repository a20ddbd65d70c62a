"""Where Alpaca is and by which keys; and the guard that keeps real money out of reach by mistake."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from chassis.settings import SettingsError
from executor.settings import Settings

PAPER_HOST = "paper-api.alpaca.markets"
EXCHANGE_HOST = "paper-exchange"
"""The name of our own exchange inside compose and Kubernetes."""

LIVE = "live"
CONFIRMATION = "yes-trade-real-money"


class Access:
    """The secret is not a part of how it prints."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.url, self.key, self.secret = url.rstrip("/"), key, secret

    def __repr__(self) -> str:
        return f"Access({self.url!r})"

    @property
    def stream_url(self) -> str:
        return f"ws{self.url.removeprefix('http')}/stream"


def access(settings: Settings) -> Access:
    """Give the keys that fit the place; raise `SettingsError` where real money was not asked for in so many words."""
    url = settings.alpaca_base_url
    if urlsplit(url).scheme not in {"http", "https"}:
        raise SettingsError(f"ALPACA_BASE_URL was {url!r}, expected http or https")
    if _is_paper(url):
        if settings.alpaca_api_key and settings.alpaca_api_secret:
            return Access(url, settings.alpaca_api_key, settings.alpaca_api_secret)
        raise SettingsError("missing in the environment: ALPACA_API_KEY, ALPACA_API_SECRET")
    meant = settings.profile == LIVE and settings.live_confirm == CONFIRMATION
    if not (meant and settings.alpaca_live_api_key and settings.alpaca_live_api_secret):
        raise SettingsError(
            f"ALPACA_BASE_URL {url} trades real money: that takes PROFILE=live, LIVE_CONFIRM={CONFIRMATION} "
            "and keys in ALPACA_LIVE_API_KEY and ALPACA_LIVE_API_SECRET"
        )
    if urlsplit(url).scheme != "https":
        raise SettingsError(f"ALPACA_BASE_URL was {url!r}, expected https where real money is traded")
    return Access(url, settings.alpaca_live_api_key, settings.alpaca_live_api_secret)


def _is_paper(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host in {PAPER_HOST, EXCHANGE_HOST, "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
