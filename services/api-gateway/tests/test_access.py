"""The key: where it comes from, and what is too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from api_gateway.access import KeySettings, read_key
from api_gateway.server import listen
from chassis.settings import SettingsError

KEY = "sixteen-letters!"


def test_the_key_is_read_from_its_file(tmp_path: Path):
    file = tmp_path / "api-key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    assert read_key(KeySettings(api_key_file=str(file))) == KEY


def test_the_key_of_the_environment_wins_over_the_file(tmp_path: Path):
    assert read_key(KeySettings(trading_api_key=KEY, api_key_file=str(tmp_path / "none"))) == KEY


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (KeySettings(), "missing in the environment: API_KEY_FILE"),
        (KeySettings(trading_api_key=KEY[:-1]), "TRADING_API_KEY has 15 characters, expected at least 16"),
        (KeySettings(api_key_file="no/such/file"), "API_KEY_FILE no/such/file cannot be read"),
    ],
)
def test_no_key_or_a_short_one_is_refused_in_a_sentence(settings: KeySettings, says: str):
    with pytest.raises(SettingsError, match=says):
        read_key(settings)


def test_a_taken_port_is_one_sentence():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"API_PORT {port} on 127.0.0.1 is taken by another program"):
            listen("127.0.0.1", port)
