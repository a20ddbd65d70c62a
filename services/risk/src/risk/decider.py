"""The gate of one account, ready to run."""

from __future__ import annotations

from chassis.decider import Decider
from risk.core import decide, evolve
from risk.state import State


def decider(account: str) -> Decider[State]:
    return Decider(
        name=f"risk.{account}",
        inputs=(
            "signals.>",
            f"orders.{account}.>",
            f"fills.{account}.>",
            f"account.{account}.>",
            "quotes.>",
            "clock.tick",
            "assets.>",
            "statuses.>",
            "splits.>",
            "control.>",
            f"previews.{account}.>",
        ),
        outputs=(
            f"approved.{account}.>",
            f"denied.{account}.>",
            f"locks.{account}.>",
            f"previewed.{account}.>",
        ),
        initial=lambda: State(account=account),
        decide=decide,
        evolve=evolve,
    )
