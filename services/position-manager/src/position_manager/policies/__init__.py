"""The reasons of our own to leave a position, in the order in which they are asked: the first that holds is it."""

from __future__ import annotations

from position_manager.policies.break_even import break_even
from position_manager.policies.case import Policy
from position_manager.policies.earnings import earnings
from position_manager.policies.end_of_day import end_of_day
from position_manager.policies.give_back import give_back
from position_manager.policies.rejected_stop import rejected_stop
from position_manager.policies.time_stop import time_stop
from position_manager.policies.trailing import trailing
from position_manager.policies.watched_target import watched_target

POLICIES: tuple[Policy, ...] = (
    rejected_stop,
    watched_target,
    give_back,
    trailing,
    break_even,
    end_of_day,
    earnings,
    time_stop,
)
