"""`interlock providers`: how the broker and the prices stand."""

from __future__ import annotations

import click

from contracts.providers import Budget, Calls, Providers, Stream
from interlock.api import ask
from interlock.commands.showing import as_json, of_account, show
from interlock.table import table


@click.command()
@of_account
@as_json
def providers(account: dict[str, str], *, as_json: bool) -> None:
    """Show how the broker and the prices answer."""
    show(ask("GET", "/diag/providers", params=account), Providers, text, as_json=as_json)


def text(told: Providers) -> str:
    prices = told.prices
    rows = [
        ["broker", _calls(told.broker.rest)],
        ["", _budget(told.broker.budget)],
        ["orders", _stream(told.broker.orders)],
        ["clock", f"last word {_seconds(told.clock_age)}"],
        ["prices", f"{prices.provider} {prices.feed}".strip() + (f": {prices.fallback}" if prices.fallback else "")],
        ["", _calls(prices.rest)],
        ["", _budget(prices.budget)],
        ["", _stream(prices.stream)],
        ["", _quotes(told)],
    ]
    return table(["account", told.account], rows)


def _calls(calls: Calls) -> str:
    if calls.reachable is None:
        return "not asked yet"
    word = "answers" if calls.reachable else "does not answer"
    speed = "" if calls.p50_ms is None else f", p50 {calls.p50_ms:.1f} ms, p99 {calls.p99_ms or 0:.1f} ms"
    error = f", last error {_seconds(calls.last_error_age)}: {calls.last_error}" if calls.last_error else ""
    return f"{word}, {calls.calls} calls, {calls.failed} failed{speed}{error}"


def _budget(budget: Budget) -> str:
    if not budget.limit:
        return "no request limit"
    paused = f", paused for {budget.paused:.0f} s" if budget.paused else ""
    return f"{budget.left:.0f} of {budget.limit:.0f} requests left, {budget.waiting} waiting{paused}"


def _stream(stream: Stream) -> str:
    error = f", last error {_seconds(stream.last_error_age)}: {stream.last_error}" if stream.last_error else ""
    if stream.connected_for is None:
        return f"{stream.name or 'stream'} is not connected{error}"
    return f"{stream.name} connected for {stream.connected_for:.0f} s, last frame {_seconds(stream.frame_age)}{error}"


def _quotes(told: Providers) -> str:
    prices = told.prices
    oldest = f", the oldest {prices.oldest} {_seconds(prices.oldest_age)}" if prices.oldest else ""
    missing = f", none yet of {', '.join(prices.unpriced)}" if prices.unpriced else ""
    return f"quotes of {prices.priced} symbols{oldest}{missing}"


def _seconds(age: float | None) -> str:
    return "never" if age is None else f"{age:.0f} s ago"
