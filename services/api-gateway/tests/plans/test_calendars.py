"""Days of reports and sectors, from tables and calendars: what can be read is read, the rest is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from api_gateway.plans import calendar, tables
from contracts.sessions import Earnings

CONFIG = Path(__file__).parents[4] / "config"
OCTOBER = date(2026, 10, 29)


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def report(symbol: str, day: date = OCTOBER) -> Earnings:
    return Earnings(symbol=symbol, day=day)


def test_the_examples_are_right():
    found, problems = tables.earnings("example", (CONFIG / "earnings.example.csv").read_text())
    assert (found, problems) == (
        (report("AAPL"), report("MSFT", date(2026, 10, 28)), report("JPM", date(2027, 1, 14))),
        (),
    )
    sectors = {"AAPL": "technology", "MSFT": "technology", "JPM": "finance", "XOM": "energy"}
    assert tables.sectors("example", (CONFIG / "sectors.example.csv").read_text()) == (sectors, ())


@pytest.mark.parametrize(
    "text",
    [
        "symbol,date\nAAPL,2026-10-29\n",
        'Name,Ticker,reportDate,estimate\r\n"Apple, the first",aapl,2026-10-29,1.2\r\n',
        "# of October\n\n date , symbol \n 2026-10-29 , AAPL , and more\n",
    ],
)
def test_columns_are_found_by_name(text: str):
    assert tables.earnings("f.csv", text) == ((report("AAPL"),), ())


def test_a_row_that_cannot_be_read_is_told_and_hides_no_other():
    rows = 'symbol,date\nAAPL,2026-10-29\n,2026-10-29\nIBM\nIBM,10/29/2026\n"IBM,2026-10-29\nMSFT,2026-10-29'
    found, problems = tables.earnings("f.csv", rows)
    assert found == (report("AAPL"), report("MSFT"))
    assert [problem.text for problem in problems] == [
        "f.csv:3: symbol was '', expected one like AAPL or BRK.B",
        "f.csv:4: the row was 'IBM', expected 2 cells or more",
        "f.csv:5: date was '10/29/2026', expected one like 2026-10-29",
        "f.csv:6: the row was '\"IBM,2026-10-29', expected 2 cells or more",
    ]


@pytest.mark.parametrize("text", ["", "AAPL,2026-10-29\n", "<!doctype html>\n"])
def test_without_a_header_nothing_is_guessed(text: str):
    found, [problem] = tables.earnings("f.csv", text)
    assert (found, problem.text) == (
        None,
        f"f.csv:1: the header was {text.strip()!r}, expected columns symbol and date",
    )
    assert tables.sectors("f.csv", text)[0] is None


def test_letters_whose_capitals_are_others_are_no_symbol():
    found, problems = tables.sectors("f.csv", "symbol,sector\nß,tech\n")
    assert (found, [one.text for one in problems]) == ({}, ["f.csv:2: symbol was 'ß', expected one like AAPL or BRK.B"])


def test_a_symbol_has_one_sector():
    found, problems = tables.sectors("f.csv", "symbol,sector\nA,tech\nA,energy\nA,tech\nB,\nb.c!,x\nC,x y\n")
    assert found == {"A": "tech", "C": "x y"}
    assert [problem.text for problem in problems] == [
        "f.csv:3: sector of A was 'energy', which was 'tech' before, expected one",
        "f.csv:5: sector is empty, expected one such as technology",
        "f.csv:6: symbol was 'b.c!', expected one like AAPL or BRK.B",
    ]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("DTSTART;VALUE=DATE:20261029", "SUMMARY:AAPL Q4 earnings"), report("AAPL")),
        (("DTSTART;VALUE=DATE:20261029", "SUMMARY:brk.b: report"), report("BRK.B")),
        (("DTSTART;VALUE=DATE:20261029", "SUMMARY:The bank reports", "X-SYMBOL:jpm"), report("JPM")),
        # Half past midnight in London is the evening before in New York.
        (("DTSTART:20261030T003000Z", "SUMMARY:IBM"), report("IBM")),
        (("DTSTART;TZID=America/New_York:20261029T233000", "SUMMARY:IBM"), report("IBM")),
        (("DTSTART:20261029T233000", "SUMMARY:IBM"), report("IBM")),
        (("DTSTART:20261029", "SUMMARY:IBM", "DESCRIPTION:long\r\n and folded", "RRULE:FREQ=DAILY"), report("IBM")),
        (("DTSTART:20261029", "SUMMARY:IBM", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"), report("IBM")),
    ],
)
def test_an_event_is_a_report(lines: tuple[str, ...], found: Earnings):
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event(*lines)}END:VCALENDAR\r\n"
    assert calendar.earnings("f.ics", text) == ((found,), ())
    assert calendar.earnings("f.ics", text.replace("\r\n", "\n")) == ((found,), ())


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("DTSTART:2026102", "SUMMARY:IBM"), "the event cannot be read: DTSTART"),
        (("DTSTART;TZID=America/:20261030T233000", "SUMMARY:IBM"), "the event cannot be read: "),
        (("DTSTART;TZID=a,b:20261030T233000", "SUMMARY:IBM"), "the event cannot be read: "),
        (("rubbish", "DTSTART:20261029", "SUMMARY:IBM"), "the event cannot be read: "),
        (("SUMMARY:IBM",), "the event of IBM says no day, expected one DTSTART such as 20261029"),
        (
            ("DTSTART:20261029", "DTSTART:20261030", "SUMMARY:IBM"),
            "the event of IBM says no day, expected one DTSTART such as 20261029",
        ),
        (("DTSTART:20261029", "SUMMARY:Unternehmenszahlen"), "the symbol was 'Unternehmenszahlen', expected one like"),
        (("DTSTART:20261029",), "the symbol was '', expected one like AAPL or BRK.B"),
    ],
)
def test_an_event_that_cannot_be_read_is_told_and_hides_no_other(lines: tuple[str, ...], says: str):
    good = event("DTSTART:20261029", "SUMMARY:AAPL")
    found, [problem] = calendar.earnings("f.ics", f"BEGIN:VCALENDAR\r\n{good}{event(*lines)}{good}END:VCALENDAR\r\n")
    assert found == (report("AAPL"), report("AAPL"))
    assert problem.text.startswith(f"f.ics:6: {says}")


def test_an_event_that_does_not_end_is_none():
    assert calendar.earnings("f.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261029\nSUMMARY:IBM\n") == ((), ())
