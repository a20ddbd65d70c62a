"""What the environment and `.env` ask for, and what holds where they say nothing."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from chassis.settings import load
from interlock.stack.accounts import Account, accounts, shared
from interlock.stack.refusal import StackError

ACCEPT_WALL_SECONDS = 15
DEMO = {
    "TRADE_MODE": "auto",
    "SYMBOLS": "SPY,IBM,BAC",
    # Below the gate's 5 % of 100,000 dollars for the dearest of them, SPY at about 167.
    "DEFAULT_QUANTITY": "10",
}


class Wanted(Struct, frozen=True, kw_only=True):
    """The variables that decide what is run at all."""

    api_host: str = "127.0.0.1"
    api_port: int = 8000
    exchange_port: int = 8090
    exchange_speed: float = 60
    trade_mode: str = "manual"
    websocket_url: str = ""
    database_url: str = ""
    database_admin_url: str = ""
    log_max_bytes: int = 8 * 1024**3


class Choice(Struct, frozen=True):
    """What is run, with everything that its processes will read beside their addresses and passwords.

    What single accounts have of their own stands in `accounts`, of which the first is meant where none is named.
    """

    wanted: Wanted
    environment: Mapping[str, str]
    accounts: tuple[Account, ...]
    demo: bool

    @property
    def exchange(self) -> bool:
        """Whether the broker is our own paper exchange: for all accounts, or for none."""
        return self.accounts[0].exchange

    @property
    def traded(self) -> tuple[str, ...]:
        """Say which accounts are traded, and where."""
        return tuple(f"account {account.name} at {account.place}" for account in self.accounts)

    @property
    def looked_after(self) -> tuple[str, ...]:
        """Say the same of those whose positions are real somewhere: a dry run's may be left alone any time."""
        return tuple(text for text, account in zip(self.traded, self.accounts, strict=True) if not account.said.dry_run)

    @property
    def database(self) -> bool:
        """Whether the database is our own."""
        return not self.wanted.database_url

    @property
    def signals(self) -> bool:
        """Whether the demo's signal server runs."""
        return self.demo and not self.wanted.websocket_url


def choose(environ: Mapping[str, str], dotenv: Mapping[str, str] | None) -> Choice:
    """Decide; what the environment says wins over the `.env`, and a given key of a broker over the demo."""
    given = {**(dotenv or {}), **{name: value for name, value in environ.items() if value.strip()}}
    plain = Choice(load(Wanted, given), given, accounts(given), demo=False)
    _refuse_contradictions(plain)
    demo = dotenv is None and plain.exchange
    defaults = {**(pace(plain.wanted.exchange_speed) if plain.exchange else {}), **(DEMO if demo else {})}
    environment = {**defaults, **{name: value for name, value in given.items() if value.strip()}}
    listed = accounts(environment)
    return Choice(load(Wanted, environment), shared(environment, listed), listed, demo=demo)


def pace(speed: float) -> dict[str, str]:
    """Give what a signal and an approval may age in market time, so that 15 real seconds stay 15 real seconds."""
    seconds = str(max(60, round(ACCEPT_WALL_SECONDS * speed)))
    return {"SIGNAL_MAX_AGE_SECONDS": seconds, "APPROVAL_TTL_SECONDS": seconds}


def _refuse_contradictions(choice: Choice) -> None:
    wanted = choice.wanted
    if wanted.database_url and not wanted.database_admin_url:
        raise StackError("DATABASE_URL is set, so DATABASE_ADMIN_URL is needed too: it makes the tables and the roles")
    if wanted.api_port == wanted.exchange_port and choice.exchange:
        raise StackError(f"API_PORT and EXCHANGE_PORT are both {wanted.api_port}: they must differ")
    for name, port in (("API_PORT", wanted.api_port), ("EXCHANGE_PORT", wanted.exchange_port)):
        if not 0 < port < 2**16:
            raise StackError(f"{name} was {port}, expected a port from 1 to 65535")
    if not 0 < wanted.exchange_speed < float("inf"):
        raise StackError(f"EXCHANGE_SPEED was {wanted.exchange_speed:g}, expected a number above 0")
