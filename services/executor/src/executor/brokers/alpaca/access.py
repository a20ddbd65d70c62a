"""Where Alpaca is and by which keys."""

from __future__ import annotations

from executor.brokers.guard import Place, fitting
from executor.settings import Settings

PAPER_HOSTS = frozenset({"paper-api.alpaca.markets", "paper-exchange"})
"""Alpaca's own, and our exchange inside compose and Kubernetes."""


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
    """Raise `SettingsError` where keys are missing or real money was not meant."""
    place = Place("ALPACA_BASE_URL", settings.alpaca_base_url, PAPER_HOSTS)
    paper = {"ALPACA_API_KEY": settings.alpaca_api_key, "ALPACA_API_SECRET": settings.alpaca_api_secret}
    live = {
        "ALPACA_LIVE_API_KEY": settings.alpaca_live_api_key, "ALPACA_LIVE_API_SECRET": settings.alpaca_live_api_secret,
    }  # fmt: skip
    key, secret = fitting(settings, place, paper, live)
    return Access(place.url, key, secret)
