"""What it takes to reach real money: the same words for every broker."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from chassis.settings import SettingsError
from executor.settings import Settings

LIVE = "live"
CONFIRMATION = "yes-trade-real-money"


def is_paper(variable: str, url: str, hosts: frozenset[str]) -> bool:
    """Say whether no real money is traded there: a place of this machine, or one that is known as paper."""
    place = urlsplit(url)
    if place.scheme not in {"http", "https"}:
        raise SettingsError(f"{variable} was {url!r}, expected http or https")
    host = place.hostname or ""
    return host in hosts or _is_loopback(host)


def require_keys(**keys: str) -> None:
    if not all(keys.values()):
        raise SettingsError(f"missing in the environment: {', '.join(keys)}")


def require_real_money(settings: Settings, variable: str, url: str, **keys: str) -> None:
    """Raise `SettingsError` where real money was not asked for in so many words, with keys of its own."""
    meant = settings.profile == LIVE and settings.live_confirm == CONFIRMATION
    if not (meant and all(keys.values())):
        raise SettingsError(
            f"{variable} {url} trades real money: that takes PROFILE=live, LIVE_CONFIRM={CONFIRMATION} "
            f"and keys in {' and '.join(keys)}"
        )
    if urlsplit(url).scheme != "https":
        raise SettingsError(f"{variable} was {url!r}, expected https where real money is traded")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
