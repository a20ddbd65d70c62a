from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from api_gateway.plans.session_policies import EXPECTED, sessions
from contracts.sessions import Session, Setup, Weekday

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "config" / "session_policies.example.yaml"

MON, TUE, WED, THU, FRI = Weekday

EMA = "sessions[0].setups.ema"
CONFIDENCE = "expected a number from 0 to 1"
ENTRIES = "expected a whole number from 1 to 1000000"
SIZE = "expected a number above 0 and up to 1000"
SYMBOLS = "expected a list of symbols such as SPY or BRK.B"
KEYS = "expected min_confidence, max_entries, size, symbols"
SETUPS = "expected settings by the name of a strategy, or * for any other"
DAYS = "expected a list of mon, tue, wed, thu or fri"
NAME = "expected a name such as opening-drive, without a slash, of 100 characters at most"
TIME = "expected a time of day such as 09:35, from 00:00 to 23:59"
SESSION = """\
sessions:
  - name: open
    start: 09:35
    end: 10:30
"""

INDENTED = "is indented unlike the lines that it belongs to, expected the same column"


def problems(text: str) -> list[str]:
    found, wrong = sessions("plan.yaml", text)
    assert not (found and wrong), "a plan with a problem is none"
    return [problem.text for problem in wrong]


def test_the_example_means_what_it_says():
    found = (
        Session(
            name="opening-drive", start="09:35", end="10:30",
            setups=(
                Setup(name="ema", min_confidence=0.8, max_entries=2, symbols=("SPY", "QQQ")),
                Setup(name="vwap", size=Decimal("0.5")),
            ),
        ),
        Session(name="wait-for-the-fed", start="13:45", end="14:30", days=(WED,), setups=()),
        Session(
            name="afternoon", start="10:30", end="15:45", days=(MON, TUE, WED, THU),
            setups=(Setup(name="vwap", min_confidence=0.75), Setup(name="*", size=Decimal("0.25"), max_entries=3)),
        ),
    )  # fmt: skip
    assert sessions("example", EXAMPLE.read_text()) == (found, ())


def test_the_document_shows_the_example():
    document = (ROOT / "docs" / "session-policies.md").read_text()
    [shown] = re.findall(r"^```yaml\n(.*?)^```", document, re.DOTALL | re.MULTILINE)
    assert shown == EXAMPLE.read_text()
    _, [problem] = sessions("session_policies.yaml", shown.replace("0.8,", "1.4,"))
    assert f"\n{problem.text}\n" in document


def test_what_is_not_said_is_any_day_and_any_setup():
    assert sessions("plan.yaml", SESSION) == ((Session(name="open", start="09:35", end="10:30"),), ())
    assert sessions("plan.yaml", "sessions: []") == ((), ())


def test_a_setup_without_settings_asks_nothing_more():
    [found] = sessions("plan.yaml", SESSION + "    setups:\n      ema:\n      vwap: {}\n")[0]
    assert found.setups == (Setup(name="ema"), Setup(name="vwap"))


@pytest.mark.parametrize("written", ["15:55", "'15:55'", '"15:55"'])
def test_a_time_is_a_time_quoted_or_not(written: str):
    # YAML 1.1 reads 15:55 as the number 57,300, in base 60.
    [found] = sessions("plan.yaml", SESSION.replace("10:30", written))[0]
    assert found.end == "15:55"


def test_words_are_words():
    # YAML 1.1 reads these as a truth, a date and a number.
    [found] = sessions("plan.yaml", SESSION + "    setups: {no: {}, 2026-01-02: {}, 1e3: {}}")[0]
    assert [setup.name for setup in found.setups] == ["no", "2026-01-02", "1e3"]


def test_one_word_is_a_list_of_one():
    [found] = sessions("plan.yaml", SESSION + "    days: mon\n")[0]
    assert found.days == (MON,)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("    setups: {ema: {min_confidence: 1.4}}", f"5:36: {EMA}.min_confidence was '1.4', {CONFIDENCE}"),
        ("    setups: {ema: {min_confidence: .nan}}", f"5:36: {EMA}.min_confidence was '.nan', {CONFIDENCE}"),
        ("    setups: {ema: {min_confidence: }}", f"5:35: {EMA}.min_confidence was empty, {CONFIDENCE}"),
        ("    setups: {ema: {min_confidence: [1]}}", f"5:36: {EMA}.min_confidence was a list, {CONFIDENCE}"),
        ("    setups: {ema: {max_entries: 0}}", f"5:33: {EMA}.max_entries was '0', {ENTRIES}"),
        ("    setups: {ema: {max_entries: 1.5}}", f"5:33: {EMA}.max_entries was '1.5', {ENTRIES}"),
        ("    setups: {ema: {size: 0}}", f"5:26: {EMA}.size was '0', {SIZE}"),
        ("    setups: {ema: {size: NaN}}", f"5:26: {EMA}.size was 'NaN', {SIZE}"),
        ("    setups: {ema: {size: half}}", f"5:26: {EMA}.size was 'half', {SIZE}"),
        ("    setups: {ema: {symbols: [SPY, spy]}}", f"5:35: {EMA}.symbols[1] was 'spy', {SYMBOLS}"),
        ("    setups: {ema: {symbols: [SPY, [QQQ]]}}", f"5:35: {EMA}.symbols[1] was a list, {SYMBOLS}"),
        ("    setups: {ema: {symbols: 'SPY, QQQ'}}", f"5:29: {EMA}.symbols was 'SPY, QQQ', {SYMBOLS}"),
        ("    setups: {ema: {sise: 1}}", f"5:20: {EMA}.sise is unknown, is size meant?"),
        ("    setups: {ema: {zzz: 1}}", f"5:20: {EMA}.zzz is unknown, {KEYS}"),
        ("    setups: {ema: {name: x}}", f"5:20: {EMA}.name is unknown, {KEYS}"),
        ("    setups: {ema: 3}", f"5:19: {EMA} was '3', expected settings such as min_confidence: 0.8"),
        ("    setups: {ema: {}, ema: {}}", f"5:23: {EMA} stands in line 5 already, expected it once"),
        ("    setups: {'': {}}", f"5:14: sessions[0].setups. has no name, {SETUPS}"),
        ("    setups: {[a]: {}}", "5:14: sessions[0].setups was a list, expected a name"),
        ("    setups: [ema]", f"5:13: sessions[0].setups was a list, {SETUPS}"),
        ("    setups:", f"5:12: sessions[0].setups was empty, {SETUPS}"),
        ("    days: [mon, sun]", f"5:17: sessions[0].days[1] was 'sun', {DAYS}"),
        ("    starts: 09:31", "5:5: sessions[0].starts is unknown, is start meant?"),
        ("    start: 09:31", "5:5: sessions[0].start stands in line 3 already, expected it once"),
        ("  - open", "5:5: sessions[1] was 'open', expected a session with name, start and end"),
        (
            "  - {name: open, start: 11:00, end: 12:00}",
            "5:5: sessions[1].name was 'open' like that of sessions[0], expected another",
        ),
        ("  - {name: '', start: 11:00, end: 12:00}", f"5:12: sessions[1].name was '', {NAME}"),
        ("  - {name: a/b, start: 11:00, end: 12:00}", f"5:12: sessions[1].name was 'a/b', {NAME}"),
        ("  - {name: b, end: 12:00}", f"5:5: sessions[1].start is missing, {TIME}"),
        ("  - {name: b, start: 9:35, end: 12:00}", f"5:22: sessions[1].start was '9:35', {TIME}"),
        ("  - {name: b, start: 09:60, end: 12:00}", f"5:22: sessions[1].start was '09:60', {TIME}"),
        ("  - {name: b, start: 09:35, end: 24:00}", f"5:34: sessions[1].end was '24:00', {TIME}"),
        ("  - {name: b, start: 935, end: 12:00}", f"5:22: sessions[1].start was '935', {TIME}"),
        (
            "  - {name: b, start: 12:00, end: 12:00}",
            "5:34: sessions[1].end was '12:00', expected a time after start '12:00'",
        ),
        ("more: 1", "5:1: more is unknown, expected sessions"),
        ("   days: [mon]", f"5:4: {INDENTED}"),
        ("  days: [mon]", f"5:3: {INDENTED}"),
        ("- name: b", f"5:1: {INDENTED}"),
        (
            "      days: [mon]",
            "5:11: found a second ':', expected one; is the line indented like those that it belongs to?",
        ),
        ("\tdays: [mon]", "5:1: found a tab, expected spaces, while scanning for the next token"),
        ("    days: [mon", "6:1: expected ',' or ']', but got the end of the file, while parsing a flow sequence"),
        ("    days: *x", "5:11: found the alias *x, expected what it stands for"),
        ("    days: &x [*x]", "5:15: found the alias *x, expected what it stands for"),
        ("    days: \x07", "5:11: found the character 7, expected text"),
        ("---\nsessions: []", "5:1: found another document, expected a single document in the stream"),
    ],
)  # fmt: skip
def test_a_problem_is_told_with_its_place(more: str, says: str):
    assert problems(f"{SESSION}{more}\n") == [f"plan.yaml:{says}"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1:1: sessions is missing, expected a list of sessions"),
        ("# nothing yet\n", "1:1: sessions is missing, expected a list of sessions"),
        ("{}", "1:1: sessions is missing, expected a list of sessions"),
        ("- a", "1:1: the file was a list, expected sessions: and a list of sessions"),
        ("sessions:", "1:10: sessions was empty, expected a list of sessions"),
        ("sessions: " + "[" * 30, "1:30: nested 21 deep, expected 20 at most"),
    ],
)
def test_a_file_that_is_no_plan_is_told(text: str, says: str):
    assert problems(text) == [f"plan.yaml:{says}"]


def test_every_problem_is_told_at_once():
    assert problems(SESSION.replace("09:35", "x").replace("10:30", "y") + "    size: 1\n") == [
        "plan.yaml:5:5: sessions[0].size is unknown, expected name, start, end, days, setups",
        f"plan.yaml:3:12: sessions[0].start was 'x', {TIME}",
        f"plan.yaml:4:10: sessions[0].end was 'y', {TIME}",
    ]


def test_a_new_field_must_say_what_is_expected():
    assert {*Session.__struct_fields__, *Setup.__struct_fields__} < EXPECTED.keys()
