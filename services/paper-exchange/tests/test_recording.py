"""Files of bars: what is read, and what is said of a row that is none."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from paper_exchange.recorded import Bar
from paper_exchange.recording import load, parse
from paper_exchange.tape import Hours

D = Decimal
HEADER = "timestamp,symbol,open,high,low,close,volume,bid_close,ask_close\n"
OPENING = "2013-10-07T13:30:00Z"


def read(*rows: str, header: str = HEADER, hours: Hours = Hours.REGULAR) -> list[tuple[date, int, Bar]]:
    tape = parse(header + "".join(f"{row}\n" for row in rows), hours)
    return [(day.date, minute, bar) for day in tape.days for minute, bars in day.minutes.items() for bar in bars]


def test_a_row_is_a_minute_of_new_york():
    bar = Bar("SPY", D("10.1"), D("10.5"), D("9.9"), D(10), 1200, D("0.03"))
    row = "SPY,10.1,10.5,9.9,10,1200.0,9.99,10.02"
    for written in (OPENING, "2013-10-07T13:30:00", "2013-10-07T09:30:00-04:00"):
        assert read(f"{written},{row}") == [(date(2013, 10, 7), 570, bar)]


@pytest.mark.parametrize(
    ("quote", "spread"), [("9.99,10.02", "0.03"), (",", "0.01"), ("9.99,", "0.01"), ("10.02,9.99", "0.01")]
)
def test_a_quote_that_is_missing_or_crossed_is_a_cent_wide(quote: str, spread: str):
    assert [bar.spread for _, _, bar in read(f"{OPENING},SPY,10,10,10,10,0,{quote}")] == [D(spread)]


def test_bars_outside_the_hours_are_left_out():
    rows = [f"2013-10-07T{at}:00-04:00,SPY,10,10,10,10,1,," for at in ("03:59", "04:00", "09:29", "16:00", "20:00")]
    with pytest.raises(ValueError, match="no bar of the file lies within the regular hours of New York"):
        read(*rows)
    assert [minute for _, minute, _ in read(*rows, hours=Hours.EXTENDED)] == [240, 569, 960]


def test_a_daily_bar_becomes_four_minutes_that_lead_through_its_prices():
    day = date(2010, 1, 4)
    bars = read("2010-01-04,SPY,10,12,9,11,103", header="date,symbol,open,high,low,close,volume\n")
    assert bars == [
        (day, minute, Bar("SPY", D(opened), D(high), D(low), D(close), volume, D("0.01")))
        for minute, opened, high, low, close, volume in (
            (570, 10, 10, 10, 10, 28),
            (640, 10, 10, 9, 9, 25),
            (710, 9, 12, 9, 12, 25),
            (779, 12, 12, 11, 11, 25),
        )
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("now,SPY,1,1,1,1,1,,", "line 3 of the bars: timestamp was 'now', expected the start of a minute like"),
        ("2013-10-07,SPY,1,1,1,1,1,,", "line 3 of the bars: timestamp was '2013-10-07', expected the start"),
        ("2013-10-07T13:31:30Z,SPY,1,1,1,1,1,,", "line 3 of the bars: timestamp was '2013-10-07T13:31:30Z'"),
        ("2013-10-07T13:31:00Z,,1,1,1,1,1,,", "line 3 of the bars: symbol was '', expected one like SPY"),
        ("2013-10-07T13:31:00Z,SPY,x,1,1,1,1,,", "line 3 of the bars: open was 'x', expected a number, 0 or more"),
        ("2013-10-07T13:31:00Z,SPY,1,NaN,1,1,1,,", "line 3 of the bars: high was 'NaN', expected a number"),
        ("2013-10-07T13:31:00Z,SPY,0,1,0,1,1,,", "line 3 of the bars: open was '0', expected a price above 0"),
        ("2013-10-07T13:31:00Z,SPY,3,2,1,1,1,,", "line 3 of the bars: open 3 and close 1 were expected between low 1"),
        ("2013-10-07T13:31:00Z,SPY,1,1,1,1,-1,,", "line 3 of the bars: volume was '-1', expected a number, 0 or more"),
        ("2013-10-07T13:31:00Z,SPY,1,1,1", "line 3 of the bars: close was '', expected a number"),
        (f"{OPENING},SPY,1,1,1,1,1,,", "line 3 of the bars: a second bar of SPY at that time"),
    ],
)
def test_a_row_that_is_no_bar_is_refused_with_its_line_and_what_was_expected(row: str, problem: str):
    with pytest.raises(ValueError, match=problem):
        read(f"{OPENING},SPY,1,1,1,1,1,,", row)


@pytest.mark.parametrize("year", ["1969", "2201"])
def test_years_without_a_market_are_refused(year: str):
    with pytest.raises(ValueError, match=f"the bars are of {year}-10-07 to {year}-10-07, expected years from 1970 to"):
        read(f"{year}-10-07T14:00:00Z,SPY,1,1,1,1,1,,")


@pytest.mark.parametrize(
    "header", ["", "timestamp,symbol\n", "symbol,open,high,low,close,volume\n", "date,symbol,open,high,low,close\n"]
)
def test_a_file_without_the_columns_of_bars_is_refused_with_those_it_needs(header: str):
    with pytest.raises(ValueError, match=r"expected the columns timestamp \(or date\), symbol, open, high"):
        read(header=header)


@pytest.mark.parametrize("data", [b"\x1f\x8bnot gzip", b"\xff\xfe\x00", gzip.compress(b"bars", mtime=0)[:-9]])
def test_what_is_no_text_is_refused_with_the_name_of_the_file(tmp_path: Path, data: bytes):
    file = tmp_path / "bars.csv.gz"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r"bars.csv.gz is not a CSV file, plain or gzipped"):
        load(str(file), Hours.REGULAR)
