"""Bring up a stack and stay with it until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from chassis.permissions import PROVISIONER
from contracts.channels import SERVICES
from interlock.stack import dotenv, leftovers, nats, ports, postgres, variables
from interlock.stack.accounts import shared
from interlock.stack.choice import Choice, choose
from interlock.stack.home import Home, check_accounts, check_space, home, prepare
from interlock.stack.lock import locked
from interlock.stack.plan import OTHER_PORTS, Passwords, Ports, Servers, parts, plan
from interlock.stack.process import identify, rotate
from interlock.stack.program import Stage
from interlock.stack.refusal import StackError
from interlock.stack.secrets import secret, write_private
from interlock.stack.supervisor import Say, Supervisor


class State(Struct, frozen=True, kw_only=True):
    """What `run/stack.json` tells other commands: who supervises, and where what answers."""

    pid: int
    started: float
    ready: bool
    api_url: str
    exchange_url: str = ""
    nats_url: str = ""
    database_url: str = ""


def up(environ: Mapping[str, str], folder: Path) -> None:
    """Raise `StackError` for what a person has to mend. `folder` is where a `.env` may lie."""
    place = home(environ)
    prepare(place)
    with locked(place):
        say = _progress()
        file = folder / ".env"
        read = dotenv.read(file) if file.exists() else None
        choice = choose(environ, read)
        for warning in variables.warnings(shared(read or {}, choice.accounts)):
            say(f"warning: {warning}")
        check_accounts(place, choice.traded)
        for name in leftovers.clear(place):
            say(f"{name} ended, an earlier run had left it behind")
        rotate(place)
        stages, state = _prepare(choice, place)
        _write(place, state)
        try:
            asyncio.run(_supervise(place, stages, say, state, choice))
        except StackError:
            # A disk that has filled up fails anything, and leaves no log that would say so.
            check_space(place)
            raise
        finally:
            place.state.unlink(missing_ok=True)
        say("stopped")


def _progress() -> Say:
    began = time.monotonic()

    def say(line: str) -> None:
        _tell(f"{time.monotonic() - began:6.1f} s  {line}\n")

    return say


def _tell(text: str) -> None:
    # Nobody may listen any more (a closed terminal, `| head`): the children must be stopped in order all the same.
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


def _prepare(choice: Choice, place: Home) -> tuple[tuple[Stage, ...], State]:
    wanted = choice.wanted
    ports.check(wanted.api_host, wanted.api_port, "API_PORT")
    if choice.exchange:
        ports.check("127.0.0.1", wanted.exchange_port, "EXCHANGE_PORT")
    bus = nats.binary()
    services = parts(choice)
    free = Ports.of(ports.free(OTHER_PORTS + len(services), avoid=(wanted.api_port, wanted.exchange_port)), services)
    users = (*SERVICES, PROVISIONER)
    passwords = Passwords(
        {user: secret(place.secrets / f"nats-{user}") for user in users},
        secret(place.secrets / "postgres"),
        secret(place.secrets / "audit"),
    )
    _keep_key(choice, place)
    config = nats.configure(place, passwords.nats, free.nats, free.monitor, wanted.log_max_bytes)
    if choice.database:
        postgres.initialise(place.postgres, passwords.superuser)
    servers = Servers(
        (bus, "-c", str(config)), postgres.command(place.postgres, free.postgres) if choice.database else ()
    )
    me = identify("stack", os.getpid())
    state = State(
        pid=os.getpid(),
        started=me.started if me else 0.0,
        ready=False,
        api_url=f"http://{wanted.api_host}:{wanted.api_port}",
        exchange_url=f"http://127.0.0.1:{wanted.exchange_port}" if choice.exchange else "",
    )
    return plan(choice, place, free, servers, passwords), state


def _keep_key(choice: Choice, place: Home) -> None:
    given = choice.environment.get("TRADING_API_KEY", "")
    if given:
        write_private(place.api_key, given + "\n")
    else:
        secret(place.api_key)


def _write(place: Home, state: State) -> None:
    write_private(place.state, msgspec.json.encode(state).decode())


async def _supervise(place: Home, stages: tuple[Stage, ...], say: Say, state: State, choice: Choice) -> None:
    def when_ready() -> None:
        _write(place, msgspec.structs.replace(state, ready=True))
        write_private(place.account, "".join(f"{line}\n" for line in choice.looked_after))
        say("everything is ready")
        _tell(_where(place, state, choice))

    work = asyncio.create_task(Supervisor(place, say).run(stages, when_ready))

    def end() -> None:
        say("stopping")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        work.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    with suppress(asyncio.CancelledError):
        await work


def _where(place: Home, state: State, choice: Choice) -> str:
    speed = f"{choice.wanted.exchange_speed:g}"
    plays = (
        f"the paper exchange, market time runs {speed} times as fast"
        if choice.exchange
        else f"your account at {choice.accounts[0].place}"
    )
    several = "".join(f"  account    {one.name} at {one.place}\n" for one in choice.accounts if choice.accounts[1:])
    demo = ", demo signals (no .env)" if choice.signals else ""
    dry = any(one.said.dry_run for one in choice.accounts)
    dry_run = "  dry run    orders are played here, none is sent\n" if dry else ""
    exchange = f"  exchange   {state.exchange_url}\n" if state.exchange_url else ""
    return (
        f"\n  API        {state.api_url}\n"
        f"  API page   {state.api_url}/docs\n"
        f"{exchange}"
        f"  API key    in {place.api_key}\n"
        f"  logs       {place.logs}\n"
        f"{several}"
        f"  mode       {choice.wanted.trade_mode} as configured; `interlock status` says what holds\n"
        f"{dry_run}"
        f"  plays      {plays}{demo}\n"
        f"  stop       Ctrl-C, or `make down` from elsewhere\n\n"
    )
