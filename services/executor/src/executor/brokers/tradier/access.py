"""Where Tradier is, and by which token for which account."""

from __future__ import annotations

from executor.brokers.guard import is_paper, require_keys, require_real_money
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
    """Give the token that fits the place; raise `SettingsError` where it is missing or real money was not meant."""
    url = settings.tradier_base_url
    if is_paper("TRADIER_BASE_URL", url, SANDBOX_HOSTS):
        require_keys(TRADIER_TOKEN=settings.tradier_token, TRADIER_ACCOUNT=settings.tradier_account)
        return Access(url, settings.tradier_account, settings.tradier_token)
    require_real_money(
        settings, "TRADIER_BASE_URL", url,
        TRADIER_LIVE_TOKEN=settings.tradier_live_token, TRADIER_LIVE_ACCOUNT=settings.tradier_live_account,
    )  # fmt: skip
    return Access(url, settings.tradier_live_account, settings.tradier_live_token, EVENTS_URL)
