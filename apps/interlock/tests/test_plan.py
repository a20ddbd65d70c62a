from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from contracts.channels import SERVICES
from interlock.stack.choice import choose
from interlock.stack.home import Home
from interlock.stack.plan import OTHER_PORTS, Passwords, Ports, Servers, parts, plan
from interlock.stack.program import Program, Stage

USERS = ("provision", *SERVICES)


def planned(environ: Mapping[str, str] | None = None, dotenv: Mapping[str, str] | None = None) -> tuple[Stage, ...]:
    choice = choose(environ or {}, dotenv)
    services = parts(choice)
    return plan(
        choice,
        Home(Path("/home")),
        Ports.of(list(range(1, OTHER_PORTS + len(services) + 1)), services),
        Servers(("nats-server",), ("postgres",)),
        Passwords({user: f"{user}-word" for user in USERS}, "super-word", "writer-word"),
    )


def names(stages: tuple[Stage, ...]) -> list[list[str]]:
    return [[part.name for part in (*stage.programs, *stage.tasks)] for stage in stages]


def program(stages: tuple[Stage, ...], name: str) -> Program:
    return next(p for stage in stages for p in stage.programs if p.name == name)


def test_servers_come_first_then_the_market_then_the_services():
    assert names(planned()) == [
        ["nats-server", "postgres", "provision", "migrate"],
        ["paper-exchange"],
        [*SERVICES, "demo-signals"],
    ]


def test_with_a_brokers_key_and_a_database_of_ones_own_neither_is_run():
    given = {"ALPACA_API_KEY": "PK1", "DATABASE_URL": "postgresql://w@x/d", "DATABASE_ADMIN_URL": "postgresql://a@x/d"}

    stages = planned(dotenv=given)

    assert names(stages) == [["nats-server", "provision", "migrate"], list(SERVICES)]
    assert program(stages, "audit").environment["DATABASE_URL"] == "postgresql://w@x/d"
    assert stages[0].tasks[1].environment["DATABASE_ADMIN_URL"] == "postgresql://a@x/d"


def test_each_service_gets_the_bus_by_its_own_name_and_password():
    stages = planned()

    for name in SERVICES:
        assert program(stages, name).environment["NATS_URL"] == f"nats://{name}:{name}-word@127.0.0.1:1"


def test_a_secret_reaches_its_owner_and_nobody_else():
    secrets = {
        "ALPACA_API_KEY": "k-1",
        "ALPACA_SECRET_KEY": "k-2",
        "ALPACA_LIVE_API_SECRET": "k-3",
        "DATABASE_URL": "k-4",
        "DATABASE_ADMIN_URL": "k-5",
        "TRADING_API_KEY": "k-6",
    }
    stages = planned(dotenv=secrets)

    seen = {
        part.name: sorted(set(secrets.values()) & set(part.environment.values()))
        for stage in stages
        for part in (*stage.programs, *stage.tasks)
    }
    assert {name: values for name, values in seen.items() if values} == {
        "executor": ["k-1", "k-2", "k-3"],
        "audit": ["k-4"],
        "migrate": ["k-4", "k-5"],
    }


def test_no_process_sees_another_users_password_of_the_bus():
    for stage in planned():
        for part in (*stage.programs, *stage.tasks):
            seen = " ".join(part.environment.values())
            assert [user for user in USERS if f"{user}-word" in seen and user != part.name] == []


def test_the_executor_trades_on_the_paper_exchange_at_its_speed():
    environment = program(planned({"EXCHANGE_PORT": "9999", "EXCHANGE_SPEED": "10"}), "executor").environment

    assert {name: environment[name] for name in ("ALPACA_API_KEY", "ALPACA_BASE_URL", "MARKET_SPEED")} == {
        "ALPACA_API_KEY": "paper",
        "ALPACA_BASE_URL": "http://127.0.0.1:9999",
        "MARKET_SPEED": "10",
    }


def test_a_dotenvs_settings_reach_the_services_unchanged():
    environment = program(planned(dotenv={"CONFIDENCE_THRESHOLD": "0.9"}), "api-gateway").environment

    assert environment["CONFIDENCE_THRESHOLD"] == "0.9"
    assert environment["API_KEY_FILE"] == "/home/api-key"
