"""How people's orders to leave positions go on, step by step, folded from the log."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field

from api_gateway.story import sentence
from contracts.commands import FlattenAsked, FlattenChecked, Remaining
from contracts.log import Record
from contracts.orders import OrderChanged, OrderFilled, Purpose

KEPT = 100
MOST_STEPS = 500
"""A command that goes on for days, because a market is closed, must not grow for ever."""


class Closing(Struct, frozen=True):
    symbol: str
    qty: Decimal


class Step(Struct, frozen=True):
    """What happened for a command, or beside it; `time` is when the log stored it, by the wall."""

    time: datetime
    text: str


class Leaving(Struct):
    """One command: what was held when it came, and how far it is."""

    asked: FlattenAsked
    sequence: int
    time: datetime
    closing: tuple[Closing, ...]
    told: FlattenChecked | None = None
    told_at: datetime | None = None
    steps: list[Step] = field(default_factory=list[Step])


class Progress(Struct, frozen=True, kw_only=True):
    """`closing` is what was held when it came, `remaining` what the broker had when it was last asked, and why.

    `flat` is the broker's own word that nothing is left; `done` without it: the rest is for a person to sell. `seconds`
    is how long it took, or takes so far, by the wall; `until` is when the market opens, where that is waited for.
    """

    command_id: str
    account: str
    kill_switch: bool
    symbol: str
    external: bool
    by: str
    why: str
    time: datetime
    seconds: float
    flat: bool
    done: bool
    closing: tuple[Closing, ...]
    remaining: tuple[Remaining, ...]
    orders: tuple[str, ...]
    until: datetime | None
    problem: str
    steps: tuple[Step, ...]


def take(leaving: dict[str, Leaving], record: Record, held: tuple[Closing, ...]) -> None:
    """Take a record of the account in; `held` is what it has."""
    match record.body:
        case FlattenAsked() as asked:
            closing = tuple(one for one in held if asked.covers(one.symbol))
            leaving[asked.command_id] = Leaving(asked, record.sequence, record.time, closing)
            if len(leaving) > KEPT:
                del leaving[next(iter(leaving))]
        case FlattenChecked() as told if told.command_id in leaving:
            one = leaving[told.command_id]
            one.told, one.told_at = told, record.time
            _step(one, record.time, sentence(told))
        case OrderChanged() | OrderFilled() as fact:
            for one in leaving.values():
                if not is_done(one) and _is_of(one.asked, fact):
                    _step(one, record.time, sentence(fact))
        case _:
            return


def progress(one: Leaving, now: datetime) -> Progress:
    told = one.told
    end = one.told_at if is_done(one) and one.told_at is not None else now
    return Progress(
        command_id=one.asked.command_id, account=one.asked.account, kill_switch=bool(one.asked.halt),
        symbol=one.asked.symbol, external=one.asked.external, by=one.asked.by, why=one.asked.why, time=one.time,
        seconds=max(0.0, round((end - one.time).total_seconds(), 3)), flat=told is not None and told.flat,
        done=is_done(one), closing=one.closing, remaining=told.remaining if told else (),
        orders=told.orders if told else (), until=told.until if told else None, problem=told.problem if told else "",
        steps=tuple(one.steps),
    )  # fmt: skip


def is_done(one: Leaving) -> bool:
    return one.told is not None and one.told.done


def _is_of(asked: FlattenAsked, fact: OrderChanged | OrderFilled) -> bool:
    return asked.covers(fact.symbol) and (bool(asked.halt) or fact.purpose is not Purpose.ENTRY)


def _step(one: Leaving, time: datetime, text: str) -> None:
    if len(one.steps) < MOST_STEPS:
        one.steps.append(Step(time, text))
