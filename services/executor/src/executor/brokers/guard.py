"""What it takes to reach real money: the same words for every broker."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from chassis.settings import SettingsError
from executor.settings import Settings

LIVE = "live"
CONFIRMATION = "yes-trade-real-money"

Keys: TypeAlias = Mapping[str, str]
"""By the names of their variables."""


class Place(Struct, frozen=True):
    """Where a broker is, and which hosts of his trade no real money; this machine's trade none either."""

    variable: str
    url: str
    paper_hosts: frozenset[str]

    @property
    def is_paper(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        return host in self.paper_hosts or _is_loopback(host)


def fitting(settings: Settings, place: Place, paper: Keys, live: Keys) -> tuple[str, ...]:
    """Give the keys that fit the place; raise `SettingsError` where one is missing or real money was not meant."""
    scheme = urlsplit(place.url).scheme
    if scheme not in {"http", "https"}:
        raise SettingsError(f"{place.variable} was {place.url!r}, expected http or https")
    if place.is_paper:
        if not all(paper.values()):
            raise SettingsError(f"missing in the environment: {', '.join(paper)}")
        return tuple(paper.values())
    if not (settings.profile == LIVE and settings.live_confirm == CONFIRMATION and all(live.values())):
        raise SettingsError(
            f"{place.variable} {place.url} trades real money: that takes PROFILE=live, LIVE_CONFIRM={CONFIRMATION} "
            f"and keys in {' and '.join(live)}"
        )
    if scheme != "https":
        raise SettingsError(f"{place.variable} was {place.url!r}, expected https where real money is traded")
    return tuple(live.values())


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
