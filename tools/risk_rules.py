"""The rules for people: `python -m tools.risk_rules` prints docs/risk-rules.md."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from types import ModuleType

from msgspec import structs

from contracts.limits import Limits
from contracts.verdicts import OrderDenied
from risk.candidate import Rule
from risk.rules import ENTRY_RULES, EXIT_RULES
from risk.state import State, Waiting
from risk.verdict import judge

INTRO = """\
# The rules of the gate

Every signal is held against every rule, and the first that is broken names its denial: `code` is the rule's name,
`value` what was found, `limit` what it was held against. A signal to buy is asked all of them in this order; a signal
to sell only those that the last chapter names, because leaving must always be possible. What a limit means and how it
is set stands in [limits.md](limits.md); this page is made from the rules (`make risk-rules`).

The examples are real answers: at noon AAPL costs 100 dollars, the account has 100,000, and a signal asks to buy one
share; only what the rule is about is different.
"""


def document() -> str:
    exits = ", ".join(f"`{rule.__name__}`" for rule in EXIT_RULES)
    parts = [INTRO, _index(), *(_chapter(rule) for rule in every_rule()), f"## Signals to sell\n\nAsked are {exits}.\n"]
    return "\n".join(parts)


def every_rule() -> tuple[Rule, ...]:
    """List the rules in the order they are asked, those of exits alone last."""
    return tuple(dict.fromkeys((*ENTRY_RULES, *EXIT_RULES)))


def module_of(rule: Rule) -> ModuleType:
    return sys.modules[rule.__module__]


def denial(rule: Rule) -> OrderDenied:
    """Judge the rule's own example; raise `AssertionError` where another rule answers first, or none."""
    example = module_of(rule).broken()
    waiting = Waiting(signal=example.signal, came=example.state.now or example.signal.at)
    # What is missing is waited for, but not for ever.
    verdict = judge(example.state, waiting) or judge(*_later(example.state, waiting))
    if not isinstance(verdict, OrderDenied) or verdict.code != rule.__name__:
        raise AssertionError(f"the example of {rule.__name__} met {verdict}")
    return verdict


def _later(state: State, waiting: Waiting) -> tuple[State, Waiting]:
    later = (state.now or waiting.came) + timedelta(minutes=2)
    return structs.replace(state, now=later), structs.replace(waiting, ticks=100)


def _index() -> str:
    rows = (f"| [`{rule.__name__}`](#{rule.__name__}) | {_meaning(rule)} |" for rule in every_rule())
    return "\n".join(("| code | in short |", "| --- | --- |", *rows, ""))


def _meaning(rule: Rule) -> str:
    return (inspect.getdoc(module_of(rule)) or "").partition("\n")[0]


def _chapter(rule: Rule) -> str:
    module, said = module_of(rule), denial(rule)
    counted = " ".join((inspect.getdoc(rule) or "").split())
    lines = (
        f"## {rule.__name__}\n",
        f"{_meaning(rule)} {counted}".strip() + "\n",
        *_limits(module.LIMITS),
        f"*Example:* `{rule.__name__}`: {said.reason} (value {said.value}, limit {said.limit or 'none'})\n",
        f"*What helps:* {module.CURE}\n",
    )
    return "\n".join(lines)


def _limits(names: tuple[str, ...]) -> Iterator[str]:
    if names:
        yield "| limit | default |\n| --- | --- |"
        yield from (f"| `{name}` | {_shown(getattr(Limits(), name))} |" for name in names)
        yield ""


def _shown(value: object) -> str:
    if isinstance(value, StrEnum):
        return value.value
    return "none" if value == () else str(value)


if __name__ == "__main__":
    sys.stdout.write(document())
