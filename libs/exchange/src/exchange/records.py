"""What the owner of an account writes down about it: its configuration, its watchlists."""

from exchange.accounts import Configuration, Watchlist
from exchange.state import Configured, State, Unwatched, Watched, evolve
from exchange.turn import Outcome


def configure(state: State, name: str, configuration: Configuration) -> Outcome:
    return _recorded(state, Configured(name, configuration))


def watch(state: State, name: str, watchlist: Watchlist) -> Outcome:
    """Keep a watchlist, in place of the one with its id."""
    return _recorded(state, Watched(name, watchlist))


def unwatch(state: State, name: str, watchlist_id: str) -> Outcome:
    return _recorded(state, Unwatched(name, watchlist_id))


def _recorded(state: State, change: Configured | Watched | Unwatched) -> Outcome:
    evolve(state, change)
    return Outcome((change,))
