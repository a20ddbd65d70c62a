"""The position manager of one account, as the chassis runs it."""

from __future__ import annotations

from chassis.decider import Decider
from position_manager.core import decide, evolve
from position_manager.state import State


def position_manager(account: str) -> Decider[State]:
    return Decider(
        name=f"position-manager.{account}",
        inputs=(
            f"approved.{account}.>",
            f"orders.{account}.>",
            f"fills.{account}.>",
            f"account.{account}.>",
            f"commands.{account}.*",
            f"commanded.{account}.>",
            "quotes.>",
            "bars.>",
            "splits.>",
            "clock.tick",
            "control.>",
        ),
        outputs=(f"exits.{account}.*", f"marks.{account}.*", f"coverage.{account}.*"),
        initial=lambda: State(account=account),
        decide=decide,
        evolve=evolve,
    )
