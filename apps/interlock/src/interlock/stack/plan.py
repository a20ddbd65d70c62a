"""Which programs make up a stack, in which order, and what each is told. Pure."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from chassis.permissions import PROVISIONER
from contracts.channels import BY_ACCOUNT, SERVICES
from interlock.stack.accounts import Account
from interlock.stack.choice import Choice
from interlock.stack.home import Home
from interlock.stack.program import Program, Stage, Task
from interlock.stack.variables import withheld

LOCAL = "127.0.0.1"
EXCHANGE = "paper-exchange"
DEMO_SIGNALS = "demo-signals"


class Part(Struct, frozen=True):
    """A service as one process, called `name`; with an `account` where each account has its own."""

    name: str
    service: str
    account: Account | None = None


def parts(choice: Choice) -> tuple[Part, ...]:
    """List the services' processes; where several accounts are traded, the name says whose one is."""
    found: list[Part] = []
    for name in SERVICES:
        if name not in BY_ACCOUNT:
            found.append(Part(name, name))
        elif len(choice.accounts) == 1:
            found.append(Part(name, name, choice.accounts[0]))
        else:
            found += [Part(f"{name}.{account.name}", name, account) for account in choice.accounts]
    return tuple(found)


class Ports(Struct, frozen=True):
    """Where the parts that people do not choose the port of listen."""

    nats: int
    monitor: int
    postgres: int
    demo: int
    health: Mapping[str, int]

    @classmethod
    def of(cls, free: list[int], parts: Iterable[Part]) -> Ports:
        nats, monitor, postgres, demo, *health = free
        return cls(nats, monitor, postgres, demo, dict(zip((part.name for part in parts), health, strict=True)))


OTHER_PORTS = 4


class Servers(Struct, frozen=True):
    """How to start the two servers that are not ours; no command for a database of one's own."""

    nats: tuple[str, ...]
    postgres: tuple[str, ...]


class Passwords(Struct, frozen=True):
    """The bus' by user; the database's for its superuser and for the audit's writer."""

    nats: Mapping[str, str]
    superuser: str
    writer: str


def plan(choice: Choice, home: Home, ports: Ports, servers: Servers, passwords: Passwords) -> tuple[Stage, ...]:
    """Lay out everything that runs; a stage begins when the one before it is ready."""
    databases = _databases(choice, ports, passwords)
    provision = {**_plain(choice, PROVISIONER), "NATS_URL": _bus(PROVISIONER, ports, passwords)}
    migrate = {**_plain(choice, "migrate"), **databases}
    servers_stage = Stage(
        programs=_servers(choice, ports, servers),
        tasks=(
            Task(name=PROVISIONER, command=module("chassis.provision"), environment=provision),
            Task(name="migrate", command=module("audit.migrate"), environment=migrate),
        ),
    )
    market = (_exchange(choice, home),) if choice.exchange else ()
    services = tuple(_service(part, choice, home, ports, passwords) for part in parts(choice))
    demo = (_demo_signals(choice, ports),) if choice.signals else ()
    stages = (servers_stage, Stage(programs=market), Stage(programs=(*services, *demo)))
    return tuple(stage for stage in stages if stage.programs or stage.tasks)


def module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)


def _plain(choice: Choice, part: str, account: Account | None = None) -> dict[str, str]:
    # Everything that was set, without other parts' secrets: a broker's keys reach its account's executor alone.
    environment = choice.environment if account is None else account.environment
    own = {name: value for name, value in environment.items() if name not in withheld(part)}
    return {**own, "PYTHONUNBUFFERED": "1"}


def _bus(user: str, ports: Ports, passwords: Passwords) -> str:
    return f"nats://{user}:{passwords.nats[user]}@{LOCAL}:{ports.nats}"


def _servers(choice: Choice, ports: Ports, servers: Servers) -> tuple[Program, ...]:
    plain = _plain(choice, "servers")
    bus = Program(
        name="nats-server", command=servers.nats, environment=plain, ready=f"http://{LOCAL}:{ports.monitor}/healthz"
    )
    database = Program(
        name="postgres", command=servers.postgres, environment=plain, ready=f"postgresql://{LOCAL}:{ports.postgres}",
        stop=signal.SIGINT, leashed=True,
    )  # fmt: skip
    return (bus, database) if choice.database else (bus,)


def _databases(choice: Choice, ports: Ports, passwords: Passwords) -> dict[str, str]:
    if not choice.database:
        return {
            "DATABASE_URL": choice.wanted.database_url,
            "DATABASE_ADMIN_URL": choice.wanted.database_admin_url,
        }
    place = f"{LOCAL}:{ports.postgres}/postgres"
    return {
        "DATABASE_URL": f"postgresql://audit_writer:{passwords.writer}@{place}",
        "DATABASE_ADMIN_URL": f"postgresql://postgres:{passwords.superuser}@{place}",
    }


def _exchange(choice: Choice, home: Home) -> Program:
    port = choice.wanted.exchange_port
    told = {
        "EXCHANGE_HOST": LOCAL,
        "EXCHANGE_PORT": str(port),
        "EXCHANGE_SPEED": f"{choice.wanted.exchange_speed:g}",
        "EXCHANGE_STATE": str(home.exchange),
    }
    return Program(
        name=EXCHANGE, command=module("paper_exchange"), environment={**_plain(choice, EXCHANGE), **told},
        ready=f"http://{LOCAL}:{port}/readyz",
    )  # fmt: skip


def _demo_signals(choice: Choice, ports: Ports) -> Program:
    told = {"DEMO_SIGNALS_PORT": str(ports.demo), "EXCHANGE_PORT": str(choice.wanted.exchange_port)}
    return Program(
        name=DEMO_SIGNALS, command=module("interlock.demo_signals"),
        environment={**_plain(choice, DEMO_SIGNALS), **told}, ready=f"tcp://{LOCAL}:{ports.demo}",
    )  # fmt: skip


def _service(part: Part, choice: Choice, home: Home, ports: Ports, passwords: Passwords) -> Program:
    service, port = part.service, str(ports.health[part.name])
    special = _special(service, choice, home.api_key, ports, passwords)
    told = {
        **_plain(choice, service, part.account),
        "NATS_URL": _bus(service, ports, passwords),
        "HEALTH_HOST": LOCAL,
        "HEALTH_PORT": port,
        **(special if part.account is None else _of_account(part.account, service, choice, home)),
    }
    return Program(
        name=part.name, command=module(service.replace("-", "_")), environment=told,
        ready=f"http://{LOCAL}:{port}/readyz",
    )  # fmt: skip


def _of_account(account: Account, service: str, choice: Choice, home: Home) -> dict[str, str]:
    whose = {"ACCOUNT": account.name}
    if service != "executor":
        return whose
    # All hear the prices and the time that the first one tells.
    feed = {} if account is choice.accounts[0] else {"MARKET_FEED": "0"}
    played = {"DRY_RUN_FOLDER": str(home.dry_run / account.name)} if account.said.dry_run else {}
    return {**whose, **feed, **played, **(_paper(choice, account) if account.exchange else {})}


def _special(name: str, choice: Choice, api_key: Path, ports: Ports, passwords: Passwords) -> dict[str, str]:
    match name:
        case "signal-gateway" if choice.signals:
            return {"WEBSOCKET_URL": f"ws://{LOCAL}:{ports.demo}"}
        case "audit":
            return {"DATABASE_URL": _databases(choice, ports, passwords)["DATABASE_URL"]}
        case "api-gateway":
            wanted = choice.wanted
            return {
                "API_HOST": wanted.api_host, "API_PORT": str(wanted.api_port), "API_KEY_FILE": str(api_key),
            }  # fmt: skip
        case _:
            return {}


def _paper(choice: Choice, account: Account) -> dict[str, str]:
    place = f"{LOCAL}:{choice.wanted.exchange_port}"
    return {
        "ALPACA_API_KEY": account.key,
        "ALPACA_API_SECRET": account.key,
        "ALPACA_BASE_URL": f"http://{place}",
        "ALPACA_DATA_URL": f"http://{place}",
        "ALPACA_DATA_STREAM_URL": f"ws://{place}/v2/iex",
        "MARKET_SPEED": f"{choice.wanted.exchange_speed:g}",
    }
