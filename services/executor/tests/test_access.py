"""Real money takes three words, and nothing less."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from msgspec import Struct

from chassis.settings import SettingsError, load
from executor.brokers.alpaca.access import access as alpaca
from executor.brokers.tradier.access import EVENTS_URL
from executor.brokers.tradier.access import access as tradier
from executor.settings import Settings

PAPER = {
    "ALPACA_API_KEY": "pk", "ALPACA_API_SECRET": "ps", "TRADIER_TOKEN": "pt", "TRADIER_ACCOUNT": "pa",
}  # fmt: skip
MEANT = {"PROFILE": "live", "LIVE_CONFIRM": "yes-trade-real-money"}


class Place(Struct, frozen=True):
    """A broker's door and what opens it to real money."""

    access: Callable[[Settings], object]
    variable: str
    host: str
    keys: tuple[str, str]

    def live(self) -> dict[str, str]:
        return {**MEANT, self.variable: f"https://{self.host}", **{key: f"live {key}" for key in self.keys}}


ALPACA = Place(
    alpaca, "ALPACA_BASE_URL", "api.alpaca.markets", ("ALPACA_LIVE_API_KEY", "ALPACA_LIVE_API_SECRET")
)  # fmt: skip
TRADIER = Place(tradier, "TRADIER_BASE_URL", "api.tradier.com/v1", ("TRADIER_LIVE_TOKEN", "TRADIER_LIVE_ACCOUNT"))
BROKERS = pytest.mark.parametrize("place", [ALPACA, TRADIER], ids=["alpaca", "tradier"])


def settings(*environments: Mapping[str, str]) -> Settings:
    return load(Settings, {name: value for one in environments for name, value in one.items()})


@pytest.mark.parametrize(
    ("url", "stream"),
    [
        ("https://paper-api.alpaca.markets", "wss://paper-api.alpaca.markets/stream"),
        ("http://127.0.0.1:8090/", "ws://127.0.0.1:8090/stream"),
        ("http://[::1]:8090", "ws://[::1]:8090/stream"),
        ("http://localhost:8090", "ws://localhost:8090/stream"),
        ("http://paper-exchange:8090", "ws://paper-exchange:8090/stream"),
    ],
)
def test_a_place_without_real_money_takes_the_paper_keys(url: str, stream: str):
    found = alpaca(settings(PAPER, ALPACA.live(), {"ALPACA_BASE_URL": url}))
    assert (found.key, found.secret, found.stream_url) == ("pk", "ps", stream)


@pytest.mark.parametrize("url", ["https://sandbox.tradier.com/v1", "http://127.0.0.1:8090/v1/"])
def test_the_sandbox_takes_its_own_token_and_has_no_stream(url: str):
    found = tradier(settings(PAPER, TRADIER.live(), {"TRADIER_BASE_URL": url}))
    assert (found.account, found.token, found.events_url) == ("pa", "pt", "")
    assert found.url == url.rstrip("/")


def test_real_money_takes_the_live_keys():
    at_alpaca, at_tradier = alpaca(settings(PAPER, ALPACA.live())), tradier(settings(PAPER, TRADIER.live()))
    assert (at_alpaca.url, at_alpaca.key, at_alpaca.secret) == (
        "https://api.alpaca.markets", "live ALPACA_LIVE_API_KEY", "live ALPACA_LIVE_API_SECRET",
    )  # fmt: skip
    assert (at_tradier.url, at_tradier.account, at_tradier.token, at_tradier.events_url) == (
        "https://api.tradier.com/v1", "live TRADIER_LIVE_ACCOUNT", "live TRADIER_LIVE_TOKEN", EVENTS_URL,
    )  # fmt: skip


@BROKERS
@pytest.mark.parametrize("missing", ["PROFILE", "LIVE_CONFIRM", "first key", "second key"])
def test_real_money_is_refused_where_one_word_is_missing(place: Place, missing: str):
    name = {"first key": place.keys[0], "second key": place.keys[1]}.get(missing, missing)
    with pytest.raises(SettingsError, match="trades real money: that takes PROFILE=live"):
        place.access(settings(PAPER, place.live(), {name: ""}))


@BROKERS
@pytest.mark.parametrize(
    "url",
    ["https://{}", "https://paper-api.alpaca.markets.example.com", "https://sandbox.tradier.com.example.com",
     "https://127.0.0.1.nip.io"],
)  # fmt: skip
def test_whatever_is_not_known_as_paper_counts_as_real_money(place: Place, url: str):
    with pytest.raises(SettingsError, match="trades real money"):
        place.access(settings(PAPER, {place.variable: url.format(place.host)}))


@BROKERS
def test_the_paper_place_of_another_broker_is_not_ones_own(place: Place):
    other = {"ALPACA_BASE_URL": "https://sandbox.tradier.com", "TRADIER_BASE_URL": "https://paper-api.alpaca.markets"}
    with pytest.raises(SettingsError, match="trades real money"):
        place.access(settings(PAPER, other))


@BROKERS
def test_real_money_does_not_go_over_an_open_line(place: Place):
    with pytest.raises(SettingsError, match="expected https"):
        place.access(settings(place.live(), {place.variable: f"http://{place.host}"}))


@BROKERS
def test_without_keys_it_does_not_start(place: Place):
    with pytest.raises(SettingsError, match="missing in the environment"):
        place.access(settings())


def test_settings_and_places_do_not_print_their_secrets():
    assert repr(settings(PAPER, ALPACA.live(), TRADIER.live())) == "Settings(account='paper', profile='live')"
    assert repr(tradier(settings(PAPER))) == "Access('https://sandbox.tradier.com/v1')"
