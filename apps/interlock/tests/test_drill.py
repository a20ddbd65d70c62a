"""What a rehearsal says and what it counts as passed; the rehearsal itself is run by the integration tests."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from interlock.cli import main
from interlock.commands.drill import said, waited
from interlock.drill.rehearsal import Outcome, Step, Waited

FLAT = Outcome(
    flat=True,
    told=1.04,
    positions=3,
    steps=(Step(1.04, "flat, verified at the broker"),),
    left=(),
    waited=Waited(6, 1.0, 9.0, 9.0),
)


@pytest.mark.parametrize(
    ("outcome", "passed", "text"),
    [
        (FLAT, True, "flat after 1.04 s, and the exchange itself has nothing left"),
        (replace(FLAT, left=("3 SPY",)), False, "failed: flat after 1.04 s; the exchange has left: 3 SPY"),
        (replace(FLAT, flat=False), False, "failed: not told to be flat within 60 s; the exchange has nothing left"),
        (
            replace(FLAT, flat=False, left=("3 SPY", "an order for IBM")),
            False,
            "failed: not told to be flat within 60 s; the exchange has left: 3 SPY, an order for IBM",
        ),
    ],
)
def test_it_has_passed_only_where_the_exchange_itself_agrees(outcome: Outcome, passed: bool, text: str):  # noqa: FBT001 - a column of the table
    assert outcome.passed is passed
    assert text in said(outcome, 60)


def test_how_long_shares_waited_is_told_in_seconds_of_the_wall():
    assert waited(FLAT.waited, 10) == (
        "of 6 fills, half waited 0.10 s for an order to protect or sell them, 99 % at most 0.90 s, all at most 0.90 s"
    )


def test_what_cannot_go_wrong_by_that_name_is_refused_before_anything_starts():
    refused = CliRunner().invoke(main, ["drill", "--faults", "nonsense=1"])
    assert refused.exit_code == 2
    assert "there is no fault 'nonsense', expected one of lost_request" in refused.output
