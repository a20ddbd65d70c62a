"""The reasons of our own to leave a position, in the order in which they are asked: the first that holds is it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from contracts.exits import ExitReason
from position_manager.policies.rejected_stop import rejected_stop
from position_manager.policies.time_stop import time_stop
from position_manager.policies.watched_target import watched_target
from position_manager.state import Market, Part, Position

Policy: TypeAlias = Callable[[Part, Position, Market], ExitReason | None]

POLICIES: tuple[Policy, ...] = (rejected_stop, watched_target, time_stop)
