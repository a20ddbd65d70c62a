"""What docker-compose.yml promises, read by the client's own parser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

import executor.settings
import paper_exchange.settings
from api_gateway.limits.environment import LimitSettings
from api_gateway.settings import TradingSettings
from contracts.channels import BY_ACCOUNT, SERVICES
from tools.compose_secrets import KEYS, files

ROOT = Path(__file__).parents[2]
LIVE = "-live"
SECOND_ACCOUNT = ("-f", "docker-compose.yml", "-f", "deploy/docker/second-account.yml")


class Mount(Struct):
    source: str
    target: str = ""


class Port(Struct):
    host_ip: str = ""


class Service(Struct):
    networks: dict[str, dict[str, list[str]] | None]
    secrets: list[Mount] = []
    volumes: list[Mount] = []
    ports: list[Port] = []
    environment: dict[str, str | None] = {}
    read_only: bool = False
    cap_drop: list[str] = []
    security_opt: list[str] = []


class Network(Struct):
    internal: bool = False


class Compose(Struct):
    services: dict[str, Service]
    networks: dict[str, Network]
    secrets: dict[str, dict[str, str]]


def parsed(*arguments: str, **environment: str) -> Compose:
    client = shutil.which("docker")
    command = (client or "docker", "compose", *arguments, "--env-file", "/dev/null", "config", "--format", "json")
    if client is None or subprocess.run((client, "compose", "version"), capture_output=True, check=False).returncode:
        pytest.skip("no docker client with compose")
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Compose)


def test_both_profiles_hold_every_service_and_paper_is_the_default():
    jobs = {"nats", "postgres", "provision", "migrate"}
    paper = {*jobs, *SERVICES, "paper-exchange"}

    assert set(parsed().services) == paper
    assert set(parsed("--profile", "live").services) == paper | {f"{name}{LIVE}" for name in (*jobs, *SERVICES)}


def test_every_container_is_hardened_and_only_the_api_has_a_port_on_this_machine():
    services = parsed("--profile", "live").services
    for name, service in services.items():
        assert (service.read_only, service.cap_drop) == (True, ["ALL"]), name
        assert service.security_opt == ["no-new-privileges:true"], name
    ports = {name: [port.host_ip for port in service.ports] for name, service in services.items() if service.ports}
    assert ports == {"api-gateway": ["127.0.0.1"], "api-gateway-live": ["127.0.0.1"]}


def test_live_and_paper_share_nothing():
    services = parsed("--profile", "live").services

    def of(*, live: bool) -> set[str]:
        chosen = [service for name, service in services.items() if name.endswith(LIVE) == live]
        return {
            *(network for service in chosen for network in service.networks),
            *(secret.source for service in chosen for secret in service.secrets),
            *(volume.source for service in chosen for volume in service.volumes),
        }

    assert of(live=True)
    assert not of(live=True) & of(live=False)


def test_only_who_needs_one_has_a_way_out():
    compose = parsed("--profile", "live")
    for suffix in ("", LIVE):
        out = {
            name
            for name, service in compose.services.items()
            if name.endswith(LIVE) == bool(suffix) and not all(compose.networks[n].internal for n in service.networks)
        }
        assert out == {f"{name}{suffix}" for name in ("executor", "signal-gateway", "api-gateway")}


def test_every_secret_is_one_that_is_made():
    made = {f"{profile}-{name}" for profile in KEYS for name in files(profile)}

    assert set(parsed(*SECOND_ACCOUNT, "--profile", "live").secrets) == made


def test_a_second_account_has_its_own_gate_executor_and_position_manager_and_shares_the_rest():
    first, both = parsed().services, parsed(*SECOND_ACCOUNT, SECOND_ACCOUNT="other").services
    assert set(both) - set(first) == {f"{name}-second" for name in BY_ACCOUNT}
    for name in BY_ACCOUNT:
        one, other = both[name], both[f"{name}-second"]
        assert (one.environment["ACCOUNT"], other.environment["ACCOUNT"]) == ("paper", "other")
        assert (other.networks, other.read_only, other.cap_drop) == (one.networks, True, ["ALL"])
    assert both["api-gateway"].environment["ACCOUNTS"] == "paper,other"
    assert [mount.source for mount in both["executor-second"].secrets] == ["paper-executor-second"]
    assert both["executor-second"].environment["MARKET_FEED"] == "0"
    assert {name: both[name] for name in first if name != "api-gateway"} == {
        name: service for name, service in first.items() if name != "api-gateway"
    }


def test_nothing_that_was_set_for_paper_reaches_live():
    paper = {"TRADE_MODE": "auto", "ALPACA_BASE_URL": "http://elsewhere", "STOP_PCT": "0.5"}
    services = parsed("--profile", "live", **paper).services

    assert services["api-gateway"].environment["TRADE_MODE"] == "auto"
    assert services["executor-live"].environment["ALPACA_BASE_URL"] == "https://api.alpaca.markets"
    assert not {"TRADE_MODE", "STOP_PCT"} & set(services["api-gateway-live"].environment)


def test_whatever_decides_about_trading_can_be_set_for_paper():
    wanted = {field.name.upper() for kind in (TradingSettings, LimitSettings) for field in msgspec.structs.fields(kind)}

    assert wanted - set(parsed().services["api-gateway"].environment) == set()


def test_the_executor_can_be_set_in_every_way_and_its_keys_lie_in_its_file():
    keys = {line.partition("=")[0] for text in KEYS.values() for line in text.splitlines()}
    wanted = {field.name.upper() for field in msgspec.structs.fields(executor.settings.Settings)}

    assert wanted - keys - set(parsed().services["executor"].environment) == set()


def test_the_paper_exchange_can_be_set_in_every_way():
    wanted = {field.name.upper() for field in msgspec.structs.fields(paper_exchange.settings.Settings)}

    assert wanted - set(parsed().services["paper-exchange"].environment) == set()
