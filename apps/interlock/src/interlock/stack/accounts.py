"""The accounts that a stack trades: what the environment says of each, and at which broker."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from msgspec import Struct

from chassis.accounts import Accounts, called, names, variable
from chassis.settings import ALIASES, load
from interlock.stack.refusal import StackError

BROKERS = {"alpaca": "Alpaca", "tradier": "Tradier"}
PAPER = "paper"

KEYS = (
    "ALPACA_API_KEY", "ALPACA_API_SECRET", "ALPACA_LIVE_API_KEY", "ALPACA_LIVE_API_SECRET",
    "TRADIER_TOKEN", "TRADIER_ACCOUNT", "TRADIER_LIVE_TOKEN", "TRADIER_LIVE_ACCOUNT", "LIVE_CONFIRM",
)  # fmt: skip
"""What opens a broker account, or lets real money go: never one account's for another."""

OWN = (*KEYS, "BROKER", "ALPACA_BASE_URL", "TRADIER_BASE_URL", "REQUESTS_PER_MINUTE")
"""What may be said of one account: BROKER_GROWTH for growth."""


class Said(Struct, frozen=True, kw_only=True):
    """What tells at which broker an account is."""

    profile: str = "paper"
    broker: str = "alpaca"
    dry_run: bool = False
    alpaca_api_key: str = ""
    alpaca_live_api_key: str = ""
    tradier_account: str = ""
    tradier_live_account: str = ""


class Account(Struct, frozen=True):
    """One account of a broker. `key` is its name at the paper exchange, `environment` what its executor may read."""

    name: str
    key: str
    environment: Mapping[str, str]
    said: Said

    @property
    def exchange(self) -> bool:
        """Whether its broker is our own paper exchange: no key of a real one is given."""
        return self.said.broker == "alpaca" and not (self.said.alpaca_api_key or self.said.alpaca_live_api_key)

    @property
    def place(self) -> str:
        played = "a dry run at " if self.said.dry_run else ""
        if self.exchange:
            return f"{played}the paper exchange" + ("" if self.key == PAPER else f" as {self.key}")
        return f"{played}{BROKERS[self.said.broker]}, profile {self.said.profile}"

    @property
    def openers(self) -> set[tuple[str, str]]:
        """Name what identifies it at brokers: a token of Tradier's may open several."""
        said = self.said
        return {
            (name, value)
            for name, value in (
                ("ALPACA_API_KEY", said.alpaca_api_key),
                ("ALPACA_LIVE_API_KEY", said.alpaca_live_api_key),
                ("TRADIER_ACCOUNT", said.tradier_account),
                ("TRADIER_LIVE_ACCOUNT", said.tradier_live_account),
            )
            if value
        }


def accounts(environment: Mapping[str, str]) -> tuple[Account, ...]:
    """Read every account; the first reads the plain variables too. Raise `StackError` for what contradicts itself."""
    # Variables know an account by its plain name.
    listed = tuple(called(name) for name in names(load(Accounts, environment)))
    single = not environment.get("ACCOUNTS", "").strip()
    found = tuple(_account(environment, listed, name, PAPER if single else name) for name in listed)
    _refuse_contradictions(found)
    return found


def shared(environment: Mapping[str, str], listed: tuple[Account, ...]) -> dict[str, str]:
    """Give what is said of no account alone."""
    own = spelt(tuple(account.name for account in listed))
    return {name: value for name, value in environment.items() if name not in own}


def spelt(listed: tuple[str, ...]) -> frozenset[str]:
    """Spell every variable that may be set for one of the accounts."""
    return frozenset(f"{alias}{variable(name)}" for name in listed for own in OWN for alias in _names(own))


def _names(own: str) -> tuple[str, ...]:
    return (own, *ALIASES.get(own, ()))


def _account(environment: Mapping[str, str], listed: tuple[str, ...], name: str, key: str) -> Account:
    others = spelt(listed)
    kept = {name: value for name, value in environment.items() if name not in others}
    for own in OWN:
        said = next((text for alias in _names(own) if (text := environment.get(f"{alias}{variable(name)}", ""))), "")
        if said or (own in KEYS and name != listed[0]):
            for alias in _names(own):
                kept.pop(alias, None)
        if said:
            kept[own] = said
    said = load(Said, kept)
    return Account(name, key, kept, said)


def _refuse_contradictions(found: tuple[Account, ...]) -> None:
    for account in found:
        if account.said.broker not in BROKERS:
            whose = f" of account {account.name}" if len(found) > 1 else ""
            raise StackError(f"BROKER{whose} was {account.said.broker!r}, expected {' or '.join(BROKERS)}")
    for one, other in combinations(found, 2):
        if both := one.openers & other.openers:
            names_of_both = " and ".join(sorted(name for name, _ in both))
            raise StackError(
                f"accounts {one.name} and {other.name} have the same {names_of_both}: give each its own, or two "
                f"executors trade one account"
            )
    played = [account for account in found if account.exchange]
    # One log has one market: its time and prices come from one place.
    if played and len(played) < len(found):
        real = next(account for account in found if not account.exchange)
        raise StackError(
            f"account {played[0].name} has no key of a broker, so it would play at the paper exchange, and account "
            f"{real.name} is at {real.place}: one log has one market, so give all of them keys "
            f"(ALPACA_API_KEY{variable(played[0].name)}, …) or none"
        )
