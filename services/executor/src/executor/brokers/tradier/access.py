"""Where Tradier is, and by which token for which account."""

from __future__ import annotations

from executor.brokers.guard import Place, fitting
from executor.settings import Settings

SANDBOX_HOSTS = frozenset({"sandbox.tradier.com"})
EVENTS_URL = "wss://ws.tradier.com/v1/accounts/events"
"""Production only: the sandbox has no account stream that can be relied on."""


class Access:
    """The token is not a part of how it prints. Without an `events_url` there is no stream of account events."""

    def __init__(self, url: str, account: str, token: str, events_url: str = "") -> None:
        self.url, self.account, self.token, self.events_url = url.rstrip("/"), account, token, events_url

    def __repr__(self) -> str:
        return f"Access({self.url!r})"


def access(settings: Settings) -> Access:
    """Raise `SettingsError` where keys are missing or real money was not meant."""
    place = Place("TRADIER_BASE_URL", settings.tradier_base_url, SANDBOX_HOSTS)
    paper = {"TRADIER_ACCOUNT": settings.tradier_account, "TRADIER_TOKEN": settings.tradier_token}
    live = {"TRADIER_LIVE_ACCOUNT": settings.tradier_live_account, "TRADIER_LIVE_TOKEN": settings.tradier_live_token}
    account, token = fitting(settings, place, paper, live)
    return Access(place.url, account, token, "" if place.is_paper else EVENTS_URL)
