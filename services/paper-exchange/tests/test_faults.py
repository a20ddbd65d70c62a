"""When faults strike: by rate and seed, by count, and when they are called for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paper_exchange.faults.faults import Called, Faults, Target
from paper_exchange.faults.plan import Plan, Rate, parse
from paper_exchange.faults.table import TABLE, Fault, Place, at

NAMES = at(Place.REQUEST)
DOCUMENT = Path(__file__).parents[3] / "docs" / "exchange-faults.md"


def struck(plan: str, moments: int = 200) -> Iterator[tuple[int, str, str]]:
    """List which moments are struck, by what and how."""
    faults = Faults(parse(plan))
    for moment in range(moments):
        one = faults.strike(NAMES, Target())
        if one is not None:
            yield moment, one.fault, one.variant


def test_a_plan_says_seed_rates_counts_variants_and_seconds():
    text = "seed=7,lost_response=0.05,error_after=1/20@504html,hang=.01@2.5,rate_limit=1"
    plan = parse(text)
    assert plan == Plan(
        seed=7,
        rates={
            "lost_response": Rate(chance=0.05),
            "error_after": Rate(every=20, how="504html"),
            "hang": Rate(chance=0.01, how=2.5),
            "rate_limit": Rate(chance=1),
        },
    )
    assert parse(str(plan)) == plan
    assert parse("") == parse(" , ") == Plan()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lost_respnse=0.1", "there is no fault 'lost_respnse', expected one of lost_request, hang, "),
        ("hang", "the rate of hang was '', expected a chance from 0 to 1, or 1/n for every n-th"),
        ("hang=1.5", "the rate of hang was '1.5', expected"),
        ("hang=-1", "the rate of hang was '-1', expected"),
        ("hang=1/0", "the rate of hang was '1/0', expected"),
        ("hang=0.1@inf", "hang was 'inf', expected seconds"),
        ("hang=0.1@soon", "hang was 'soon', expected seconds"),
        ("error_before=0.1@418", "error_before was '418', expected one of 500, 502"),
        ("lost_request=0.1@2", "lost_request was '2', expected nothing: there is one way only"),
        ("seed=x", "the seed of the faults was 'x', expected a whole number"),
        ("hang=0.1,hang=0.2", "the fault hang was given twice, expected once"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_what_was_expected(text: str, complaint: str):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse(text)


def test_the_same_seed_strikes_the_same_moments_and_another_others():
    assert list(struck("seed=7,error_before=0.1")) == list(struck("seed=7,error_before=0.1"))
    assert list(struck("seed=7,error_before=0.1")) != list(struck("seed=8,error_before=0.1"))
    assert {variant for _, _, variant in struck("seed=7,error_before=0.5")} >= {"500", "502", "503", "504", "504html"}


def test_one_faults_rate_does_not_shift_anothers_strikes():
    alone = {moment for moment, _, _ in struck("seed=7,hang=0.1")}
    beside = {moment for moment, fault, _ in struck("seed=7,hang=0.1,error_before=0.5") if fault == "hang"}
    assert alone == beside
    assert 5 < len(alone) < 40


def test_a_count_strikes_every_nth_moment():
    assert [moment for moment, _, _ in struck("hang=1/50")] == [49, 99, 149, 199]


def test_nothing_strikes_without_a_plan():
    faults = Faults(Plan())
    assert (faults.on, list(struck("")), list(struck("seed=7"))) == (False, [], [])


def test_a_fault_that_is_called_for_strikes_so_often_what_it_is_meant_for_and_no_more():
    faults = Faults(Plan())
    faults.call(Called("hang", times=2, on=Target(symbol="SPY", path="/v2/orders")))
    moments = (
        Target(symbol="IBM", path="/v2/orders"),
        Target(symbol="SPY", path="/v2/positions/SPY"),
        Target(symbol="SPY", path="/v2/orders"),
        Target(symbol="SPY", path="/v2/orders/one"),
        Target(symbol="SPY", path="/v2/orders"),
    )
    assert [faults.strike(NAMES, on) is not None for on in moments] == [False, False, True, True, False]
    assert (faults.on, faults.counts, [one.on for one in faults.strikes]) == (False, {"hang": 2}, list(moments[2:4]))


def test_what_is_healed_strikes_no_more():
    faults = Faults(parse("hang=1,lost_request=1"))
    faults.call(Called("rate_limit"))
    faults.heal("lost_request")
    assert [one.fault for one in (faults.strike(NAMES, Target()),) if one] == ["hang"]
    faults.heal()
    assert faults.strike(NAMES, Target()) is None


def test_the_strikes_that_are_remembered_are_a_thousand():
    faults = Faults(parse("hang=1"))
    for _ in range(1500):
        faults.strike(NAMES, Target())
    assert (len(faults.strikes), faults.counts["hang"]) == (1000, 1500)


def test_a_fault_that_does_not_exist_ends_the_process_with_those_that_do(tmp_path: Path):
    environ = {**os.environ, "EXCHANGE_FAULTS": "lost=1", "EXCHANGE_STATE": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "paper_exchange"], env=environ, stderr=subprocess.PIPE, text=True, check=False
    )
    assert ended.returncode == os.EX_CONFIG
    assert ended.stderr.startswith("paper-exchange: there is no fault 'lost', expected one of lost_request, hang, ")


def test_the_document_lists_the_faults_as_they_are():
    assert "\n".join(map(_row, TABLE)) in DOCUMENT.read_text()


def _row(one: Fault) -> str:
    ways = ", ".join(one.variants) or ("" if one.seconds is None else f"{one.seconds:g} s")
    return f"| `{one.name}` | {'; '.join(one.places)} | {one.meaning} | {ways} |"
