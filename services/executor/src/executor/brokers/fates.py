"""What goes wrong at a broker for tests: what a script says next, else what the dice say."""

from __future__ import annotations

import random
from collections import Counter

from executor.brokers.broker import (
    Asset,
    BrokerUnavailableError,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)

FAULTY = 0.3
"""With dice, so large a part of the calls goes wrong."""


class Fates:
    """`script` names the fates of the next calls of a kind, `struck` counts what befell whom."""

    def __init__(self) -> None:
        self.script: dict[str, list[str]] = {}
        self.struck: Counter[str] = Counter()
        self._dice: random.Random | None = None

    def begin(self, dice: random.Random) -> None:
        """Let things go wrong from now on."""
        self._dice = dice

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self._dice = None

    def draw(self, call: str, faults: tuple[str, ...]) -> str:
        if self.script.get(call):
            fate = self.script[call].pop(0)
        elif self._dice is not None and self._dice.random() < FAULTY:
            fate = self._dice.choice(faults)
        else:
            return ""
        self.struck[f"{call} {fate}"] += 1
        return fate

    def seconds(self, least: float, most: float) -> float:
        """Say how long something takes that goes wrong."""
        return least if self._dice is None else self._dice.uniform(least, most)


def fail(fate: str) -> None:
    """Raise what a fate means to the caller, if it is a failure before anything was done."""
    match fate:
        case "down":
            raise BrokerUnavailableError("connection refused")
        case "busy":
            raise BrokerUnavailableError("too many requests", after=1.0)
        case "lost" | "late":
            raise OutcomeUnknownError("timed out")
        case "refused":
            raise OrderRefusedError("40310000", "insufficient buying power", status=403)
        case _:
            return


def unheard(fate: str) -> None:
    """Lose the answer to what was done."""
    if fate == "unheard":
        raise OutcomeUnknownError("the connection was lost after the broker did what was asked")


def refuse_parts(asset: Asset | None, ticket: Ticket, fate: str) -> None:
    """Refuse parts of a share, and dollars, of an asset that has none, so far as fate lets the refusal be heard."""
    if asset is None or asset.fractionable or (ticket.notional is None and not ticket.qty % 1):
        return
    fail("lost" if fate == "unheard" else fate)
    raise OrderRefusedError("40310000", f'asset "{ticket.symbol}" is not fractionable', status=403, whole_only=True)
