"""Real money takes three words, and nothing less."""

from __future__ import annotations

import pytest

from chassis.settings import SettingsError, load
from executor.brokers.alpaca.access import access
from executor.settings import Settings

PAPER = {"ALPACA_API_KEY": "pk", "ALPACA_API_SECRET": "ps"}
LIVE = {
    "ALPACA_BASE_URL": "https://api.alpaca.markets",
    "PROFILE": "live",
    "LIVE_CONFIRM": "yes-trade-real-money",
    "ALPACA_LIVE_API_KEY": "lk",
    "ALPACA_LIVE_API_SECRET": "ls",
}


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
    found = access(load(Settings, {**PAPER, **LIVE, "ALPACA_BASE_URL": url}))
    assert (found.key, found.secret, found.stream_url) == ("pk", "ps", stream)


def test_real_money_takes_the_live_keys():
    found = access(load(Settings, {**PAPER, **LIVE}))
    assert (found.url, found.key, found.secret) == ("https://api.alpaca.markets", "lk", "ls")


@pytest.mark.parametrize("missing", ["PROFILE", "LIVE_CONFIRM", "ALPACA_LIVE_API_KEY", "ALPACA_LIVE_API_SECRET"])
def test_real_money_is_refused_where_one_word_is_missing(missing: str):
    environment = {name: value for name, value in {**PAPER, **LIVE}.items() if name != missing}
    with pytest.raises(SettingsError, match="trades real money: that takes PROFILE=live"):
        access(load(Settings, environment))


@pytest.mark.parametrize(
    "url", ["https://api.alpaca.markets", "https://paper-api.alpaca.markets.example.com", "https://127.0.0.1.nip.io"]
)
def test_whatever_is_not_known_as_paper_counts_as_real_money(url: str):
    with pytest.raises(SettingsError, match="trades real money"):
        access(load(Settings, {**PAPER, "ALPACA_BASE_URL": url}))


def test_real_money_does_not_go_over_an_open_line():
    with pytest.raises(SettingsError, match="expected https"):
        access(load(Settings, {**LIVE, "ALPACA_BASE_URL": "http://api.alpaca.markets"}))


def test_without_keys_it_does_not_start():
    with pytest.raises(SettingsError, match="ALPACA_API_KEY"):
        access(load(Settings, {}))


def test_settings_do_not_print_their_secrets():
    assert repr(load(Settings, {**PAPER, **LIVE})) == "Settings(account='paper', profile='live')"
