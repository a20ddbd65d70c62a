"""`interlock why ID`: the chain from a signal to what became of it."""

from __future__ import annotations

from datetime import datetime

import click
from msgspec import Struct

from contracts.verdicts import Check
from interlock.api import ask
from interlock.commands.showing import as_json, of_account, show


class Step(Struct):
    sequence: int
    depth: int
    time: datetime
    text: str
    checks: list[Check]


class Story(Struct):
    id: str
    trace_id: str
    steps: list[Step]


@click.command()
@click.argument("id")
@of_account
@as_json
def why(id: str, account: dict[str, str], *, as_json: bool) -> None:  # noqa: A002 - the name that people read in the help
    """Show why an order is, or is not.

    ID is that of an order, a signal or a verdict.
    """
    show(ask("GET", f"/orders/{id}/why", params=account), Story, text, as_json=as_json)


def text(story: Story) -> str:
    lines = [f"{story.id}, trace {story.trace_id}"] if story.trace_id else [story.id]
    for step in story.steps:
        indent = "  " * step.depth
        lines.append(f"{step.sequence:>8}  {step.time:%H:%M:%S.%f}  {indent}{step.text}")
        lines += [f"{'':27}{indent}  {_check(check)}" for check in step.checks]
    return "\n".join(lines)


def _check(check: Check) -> str:
    return f"{'ok' if check.passed else 'NO'}  {check.rule}: {check.value} (limit {check.limit})"
