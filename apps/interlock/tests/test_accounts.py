"""Several accounts: each has its own processes and keys, one log has one market."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from chassis.settings import SettingsError
from contracts.channels import BY_ACCOUNT, SERVICES
from interlock.stack.choice import Choice, choose
from interlock.stack.home import Home
from interlock.stack.plan import OTHER_PORTS, Passwords, Ports, Servers, parts, plan
from interlock.stack.program import Program
from interlock.stack.refusal import StackError

TWO = {"ACCOUNTS": "main, growth-2"}
KEYS = {"ALPACA_API_KEY": "k-main", "ALPACA_API_SECRET": "s-main"}
OWN = {"ALPACA_API_KEY_GROWTH_2": "k-growth", "ALPACA_SECRET_KEY_GROWTH_2": "s-growth"}


def programs(choice: Choice) -> dict[str, Program]:
    services = parts(choice)
    ports = Ports.of(list(range(1, OTHER_PORTS + len(services) + 1)), services)
    users = {user: f"{user}-word" for user in ("provision", *SERVICES)}
    passwords = Passwords(users, "super-word", "writer-word")
    stages = plan(choice, Home(Path("/home")), ports, Servers(("nats-server",), ("postgres",)), passwords)
    return {program.name: program for stage in stages for program in stage.programs}


def told(program: Program, *names: str) -> dict[str, str | None]:
    return {name: program.environment.get(name) for name in names}


def test_each_account_has_its_own_gate_executor_and_position_manager_and_shares_the_rest():
    found = programs(choose({}, TWO))
    assert [name for name in found if name.partition(".")[0] in SERVICES] == [
        "signal-gateway", "risk.main", "risk.growth-2", "executor.main", "executor.growth-2", "position-manager.main",
        "position-manager.growth-2", "audit", "api-gateway",
    ]  # fmt: skip
    for service in BY_ACCOUNT:
        for account in ("main", "growth-2"):
            program = found[f"{service}.{account}"]
            assert program.environment["ACCOUNT"] == account
            assert program.environment["NATS_URL"].startswith(f"nats://{service}:{service}-word@")
            assert program.command[-1] == service.replace("-", "_")
    assert len({program.ready for program in found.values()}) == len(found)
    assert found["api-gateway"].environment["ACCOUNTS"] == "main, growth-2"


def test_without_keys_each_plays_at_the_paper_exchange_under_its_own_name_and_the_first_tells_prices():
    choice = choose({}, TWO)
    found = programs(choice)
    names = ("ALPACA_API_KEY", "ALPACA_API_SECRET", "MARKET_FEED")
    assert told(found["executor.main"], *names) == dict(zip(names, ("main", "main", None), strict=True))
    assert told(found["executor.growth-2"], *names) == dict(zip(names, ("growth-2", "growth-2", "0"), strict=True))
    assert choice.traded == (
        "account main at the paper exchange as main", "account growth-2 at the paper exchange as growth-2",
    )  # fmt: skip


def test_a_single_account_is_as_it_always_was():
    choice = choose({}, {"ACCOUNT": "mine"})
    found = programs(choice)
    assert set(SERVICES) <= found.keys()
    names = ("ACCOUNT", "ALPACA_API_KEY", "MARKET_FEED")
    assert told(found["executor"], *names) == dict(zip(names, ("mine", "paper", None), strict=True))
    assert choice.traded == ("account mine at the paper exchange",)


def test_a_key_reaches_its_accounts_executor_and_no_other_process():
    found = programs(choose({}, {**TWO, **KEYS, **OWN}))
    seen = {
        name: sorted({*KEYS.values(), *OWN.values()} & set(program.environment.values()))
        for name, program in found.items()
    }
    assert {name: values for name, values in seen.items() if values} == {
        "executor.main": ["k-main", "s-main"], "executor.growth-2": ["k-growth", "s-growth"],
    }  # fmt: skip
    growth = found["executor.growth-2"].environment
    assert (growth["ALPACA_API_KEY"], growth["ALPACA_API_SECRET"]) == ("k-growth", "s-growth")


def test_what_opens_an_account_is_never_the_firsts_and_the_rest_is_unless_it_is_said():
    plain = {**KEYS, "LIVE_CONFIRM": "yes-trade-real-money", "REQUESTS_PER_MINUTE": "100", "BROKER": "alpaca"}
    own = {"BROKER_GROWTH_2": "tradier", "TRADIER_ACCESS_TOKEN_GROWTH_2": "t", "TRADIER_ACCOUNT_GROWTH_2": "VA1"}
    choice = choose({}, {**TWO, **plain, **own})
    found = programs(choice)
    names = ("BROKER", "TRADIER_TOKEN", "TRADIER_ACCOUNT", "LIVE_CONFIRM", "ALPACA_API_KEY", "REQUESTS_PER_MINUTE")
    assert told(found["executor.growth-2"], *names) == dict(
        zip(names, ("tradier", "t", "VA1", None, None, "100"), strict=True)
    )
    assert found["executor.main"].environment["LIVE_CONFIRM"] == "yes-trade-real-money"
    assert choice.traded == ("account main at Alpaca, profile paper", "account growth-2 at Tradier, profile paper")
    assert choice.exchange is False


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({**KEYS, "ALPACA_API_KEY_GROWTH_2": "k-main"}, "accounts main and growth-2 have the same ALPACA_API_KEY: "),
        ({"ALPACA_API_KEY_MAIN": "k", "ALPACA_API_KEY_GROWTH_2": "k"}, "have the same ALPACA_API_KEY"),
        (
            {"BROKER": "tradier", "TRADIER_ACCOUNT": "VA1", "TRADIER_ACCOUNT_GROWTH_2": "VA1"},
            "have the same TRADIER_ACCOUNT: give each its own",
        ),
        (KEYS, "account growth-2 has no key of a broker, so it would play at the paper exchange, and account main is "),
        (OWN, r"one log has one market, so give all of them keys \(ALPACA_API_KEY_MAIN, …\) or none"),
        ({"BROKER_GROWTH_2": "ibkr"}, "BROKER of account growth-2 was 'ibkr', expected alpaca or tradier"),
    ],
)
def test_accounts_that_would_disturb_each_other_are_refused(given: Mapping[str, str], sentence: str):
    with pytest.raises(StackError, match=sentence):
        choose({}, {**TWO, **given})


def test_names_that_look_alike_are_refused():
    with pytest.raises(SettingsError, match="expected names that differ"):
        choose({}, {"ACCOUNTS": "a-b,a_b"})
