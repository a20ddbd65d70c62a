"""A rule that lets everything pass, and a verdict as it would be without it."""

from __future__ import annotations

from msgspec import structs

from contracts.log import Message
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk.candidate import Answer, Candidate
from risk.state import State


def always(_: State, __: Candidate) -> Answer:
    return Answer(passed=True, value="", limit="", reason="")


def without(verdict: OrderApproved | ExitApproved | OrderDenied, place: int) -> Message:
    assert verdict.checks[place].rule == "always"
    return structs.replace(verdict, checks=(*verdict.checks[:place], *verdict.checks[place + 1 :]))
