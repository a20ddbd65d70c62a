from __future__ import annotations

import pytest

from chassis.settings import SettingsError
from interlock.stack.choice import choose
from interlock.stack.refusal import StackError


def test_without_a_dotenv_the_demo_plays_in_mode_auto_on_the_paper_exchange():
    choice = choose({}, None)

    assert (choice.demo, choice.exchange, choice.database, choice.signals) == (True, True, True, True)
    assert choice.environment == {
        "TRADE_MODE": "auto",
        "SYMBOLS": "SPY,IBM,BAC",
        "DEFAULT_QUANTITY": "10",
        "SIGNAL_MAX_AGE_SECONDS": "900",
        "APPROVAL_TTL_SECONDS": "900",
    }


def test_with_an_empty_dotenv_the_mode_is_manual_and_no_demo_signal_is_sent():
    choice = choose({}, {})

    assert (choice.demo, choice.exchange, choice.signals) == (False, True, False)
    assert choice.wanted.trade_mode == "manual"
    assert "DEFAULT_QUANTITY" not in choice.environment


def test_a_brokers_key_in_the_environment_is_never_traded_by_the_demo():
    choice = choose({"ALPACA_API_KEY": "PK1"}, None)

    assert (choice.demo, choice.exchange) == (False, False)
    assert choice.environment == {"ALPACA_API_KEY": "PK1"}


def test_another_broker_takes_the_place_of_the_paper_exchange():
    choice = choose({}, {"BROKER": "tradier"})
    assert (choice.demo, choice.exchange) == (False, False)
    assert choice.traded == ("account paper at Tradier, profile paper",)


@pytest.mark.parametrize("name", ["ALPACA_API_KEY", "ALPACA_LIVE_API_KEY"])
def test_a_brokers_key_in_the_dotenv_takes_the_place_of_the_paper_exchange(name: str):
    choice = choose({}, {name: "PK1"})

    assert (choice.demo, choice.exchange) == (False, False)
    assert "SIGNAL_MAX_AGE_SECONDS" not in choice.environment


def test_the_environment_wins_over_the_dotenv_unless_it_is_empty():
    dotenv = {"TRADE_MODE": "manual", "STOP_PCT": "0.01"}

    choice = choose({"TRADE_MODE": "auto", "STOP_PCT": " "}, dotenv)

    assert choice.wanted.trade_mode == "auto"
    assert choice.environment["STOP_PCT"] == "0.01"


def test_what_a_person_sets_wins_over_the_demo():
    choice = choose({"TRADE_MODE": "manual", "WEBSOCKET_URL": "ws://localhost:1"}, None)

    assert choice.wanted.trade_mode == "manual"
    assert (choice.demo, choice.signals) == (True, False)


@pytest.mark.parametrize(("speed", "seconds"), [("1", "60"), ("4", "60"), ("60", "900"), ("600", "9000")])
def test_what_may_age_grows_with_the_speed_of_the_market(speed: str, seconds: str):
    environment = choose({"EXCHANGE_SPEED": speed}, {}).environment

    assert environment["SIGNAL_MAX_AGE_SECONDS"] == environment["APPROVAL_TTL_SECONDS"] == seconds


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://x"}, "DATABASE_ADMIN_URL is needed too"),
        ({"API_PORT": "9000", "EXCHANGE_PORT": "9000"}, "API_PORT and EXCHANGE_PORT are both 9000"),
        ({"API_PORT": "0"}, "API_PORT was 0, expected a port from 1 to 65535"),
        ({"EXCHANGE_PORT": "70000"}, "EXCHANGE_PORT was 70000"),
        ({"EXCHANGE_SPEED": "0"}, "EXCHANGE_SPEED was 0"),
        ({"EXCHANGE_SPEED": "nan"}, "EXCHANGE_SPEED was nan"),
        ({"BROKER": "ibkr"}, "BROKER was 'ibkr', expected alpaca or tradier"),
    ],
)
def test_a_contradiction_is_refused_with_one_sentence(given: dict[str, str], sentence: str):
    with pytest.raises(StackError, match=sentence):
        choose({}, given)


def test_a_port_that_is_no_number_is_refused_by_its_name():
    with pytest.raises(SettingsError, match="API_PORT was 'eighty'"):
        choose({"API_PORT": "eighty"}, {})


def test_a_dry_run_says_so_and_its_positions_may_be_left_alone_any_time():
    given = {"ALPACA_API_KEY": "PK1", "ALPACA_API_SECRET": "S1"}
    real, dry = choose({}, given), choose({}, {**given, "DRY_RUN": "1"})
    assert (real.traded, real.looked_after) == (("account paper at Alpaca, profile paper",),) * 2
    assert (dry.traded, dry.looked_after) == (("account paper at a dry run at Alpaca, profile paper",), ())
