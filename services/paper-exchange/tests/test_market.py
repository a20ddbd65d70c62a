"""The recorded days, dated onto trading days, one beat every quarter of a minute."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice

import pytest

from paper_exchange import recording
from paper_exchange.market import Beat, beats, moment, shown
from paper_exchange.recorded import Bar
from paper_exchange.sessions import Sessions
from paper_exchange.tape import NEW_YORK, QUARTER, SECOND, Hours, prints
from paper_exchange.times import in_new_york, stamp
from paper_exchange.times import parse as parse_time

D = Decimal
RECORDED = recording.load("", Hours.REGULAR)
WHOLE = recording.load("", Hours.EXTENDED)


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return Sessions(RECORDED.days[0].date)


def bar(*prices: str, spread: str = "0.02") -> Bar:
    opened, high, low, close = (D(price) for price in prices)
    return Bar("SPY", opened, high, low, close, 100, D(spread))


def closes(sessions: Sessions, since: int, count: int) -> list[Beat]:
    return list(islice((beat for beat in beats(RECORDED, sessions, since) if beat.closing), count))


def day(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).date().isoformat()


def test_the_recording_holds_two_whole_days_of_three_symbols():
    assert [recorded.date for recorded in RECORDED.days] == [date(2013, 10, 7), date(2013, 10, 8)]
    assert RECORDED.symbols == ("BAC", "IBM", "SPY")
    assert all(len(bars) == 3 for recorded in RECORDED.days for bars in recorded.minutes.values())
    assert all(len(recorded.minutes) == 390 for recorded in RECORDED.days)


def test_every_round_is_dated_onto_the_next_trading_day(sessions: Sessions):
    rounds = closes(sessions, 0, 6)
    assert [day(beat.at) for beat in rounds] == [
        "2013-10-07",
        "2013-10-08",
        "2013-10-09",
        "2013-10-10",
        "2013-10-11",
        "2013-10-14",
    ]
    assert [beat.round for beat in rounds] == [0, 1, 2, 3, 4, 5]


def test_a_holiday_is_skipped_and_a_half_day_ends_early(sessions: Sessions):
    since = parse_time("2013-11-27T12:00:00-05:00")
    assert [in_new_york(beat.at) for beat in closes(sessions, since, 3)] == [
        "2013-11-27T16:00:00-05:00",
        "2013-11-29T13:00:00-05:00",
        "2013-12-02T16:00:00-05:00",
    ]


def test_the_days_of_the_recording_take_turns(sessions: Sessions):
    opens = [next(beats(RECORDED, sessions, sessions[index].opens - 1)) for index in range(3)]
    prices = [[shown.price for shown in beat.prints] for beat in opens]
    assert prices[0] == prices[2] == [D("13.9"), D(182), D("167.43")]
    assert prices[1] == [D("13.82"), D("181.89"), D("167.45")]


def test_the_market_goes_on_after_the_last_beat_it_played(sessions: Sessions):
    whole = list(islice(beats(RECORDED, sessions, 0), 2000))
    for number in (0, 1, 500, 1559, 1560, 1561, 1562):
        since = whole[number].at
        assert list(islice(beats(RECORDED, sessions, since + 7), 3)) == whole[number + 1 : number + 4]


def test_without_a_loop_the_market_ends_with_the_recording(sessions: Sessions):
    played = list(beats(RECORDED, sessions, 0, rounds=2))
    assert len(played) == 2 * (390 * 4 + 2)
    assert [stamp(beat.at) for beat in played[-2:]] == ["2013-10-08T20:00:00Z", "2013-10-09T00:00:00Z"]


def test_the_day_ends_when_trading_after_the_hours_does(sessions: Sessions):
    since = parse_time("2013-11-28T12:00:00-05:00")
    ends = islice((beat.at for beat in beats(RECORDED, sessions, since) if beat.ending), 2)
    assert [in_new_york(at) for at in ends] == ["2013-11-29T17:00:00-05:00", "2013-12-02T20:00:00-05:00"]


def test_extended_hours_are_played_where_the_recording_has_bars(sessions: Sessions):
    played = list(beats(WHOLE, sessions, 0, rounds=1))
    told = [beat for beat in played if beat.prints]
    at = [moment(sessions, beat.at).session.value for beat in told]
    assert {part: at.count(part) for part in ("pre", "regular", "after", "closed")} == {
        "pre": 4 * 268,
        "regular": 4 * 390,
        "after": 4 * 200,
        "closed": 0,
    }
    assert [in_new_york(beat.at)[11:19] for beat in (played[0], told[0], told[-1], played[-1])] == [
        "04:00:00",
        "04:00:00",
        "19:59:45",
        "20:00:00",
    ]
    assert [len(beat.prints) for beat in played if beat.closing] == [3]


def test_what_was_shown_last_is_known_after_a_restart(sessions: Sessions):
    for tape in (RECORDED, WHOLE):
        until = parse_time("2013-10-08T16:20:20-04:00")
        told = {one.symbol: one for beat in beats(tape, sessions, 0, 2) if beat.at <= until for one in beat.prints}
        assert shown(tape, sessions, until, {}) == told
        halted, since = max(told), parse_time("2013-10-07T10:00:30-04:00")
        before = [one for beat in beats(tape, sessions, 0, 2) if beat.at < since for one in beat.prints]
        last = next(one for one in reversed(before) if one.symbol == halted)
        assert shown(tape, sessions, until, {halted: since}) == {**told, halted: last}


def test_market_time_never_runs_back(sessions: Sessions):
    times = [beat.at for beat in islice(beats(RECORDED, sessions, 0), 4000)]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("now", "is_open", "closes_at", "settles"),
    [
        ("2013-10-07T13:29:59Z", False, "2013-10-07T20:00:00Z", "2013-10-08"),
        ("2013-10-07T13:30:00Z", True, "2013-10-07T20:00:00Z", "2013-10-08"),
        ("2013-10-07T19:59:59Z", True, "2013-10-07T20:00:00Z", "2013-10-08"),
        ("2013-10-07T20:00:00Z", False, "2013-10-08T20:00:00Z", "2013-10-09"),
        ("2013-10-11T15:00:00Z", True, "2013-10-11T20:00:00Z", "2013-10-14"),
    ],
)
def test_a_moment_knows_its_session(sessions: Sessions, now: str, closes_at: str, settles: str, *, is_open: bool):
    at = moment(sessions, parse_time(now))
    assert (at.is_open, stamp(at.closes_at), at.settles) == (is_open, closes_at, settles)


@pytest.mark.parametrize(
    ("now", "session"),
    [
        ("2013-10-07T03:59:59", "closed"),
        ("2013-10-07T04:00:00", "pre"),
        ("2013-10-07T09:30:00", "regular"),
        ("2013-10-07T16:00:00", "after"),
        ("2013-10-07T20:00:00", "closed"),
        ("2013-11-28T12:00:00", "closed"),  # Thanksgiving
        ("2013-11-29T12:59:59", "regular"),
        ("2013-11-29T13:00:00", "after"),
        ("2013-11-29T17:00:00", "closed"),
        ("2013-11-30T12:00:00", "closed"),  # a Saturday
    ],
)
def test_the_part_of_the_day_follows_the_calendar(sessions: Sessions, now: str, session: str):
    at = parse_time(datetime.fromisoformat(now).replace(tzinfo=NEW_YORK).isoformat())
    assert moment(sessions, at).session == session


@pytest.mark.parametrize(
    ("played", "expected"),
    [
        (bar("10", "12", "9", "11"), ["10", "9", "12", "11"]),
        (bar("10", "11", "8", "9"), ["10", "11", "8", "9"]),
        (bar("10", "10", "10", "10"), ["10", "10", "10", "10"]),
    ],
)
def test_a_minute_is_played_open_nearer_extreme_farther_extreme_close(played: Bar, expected: list[str]):
    shown = [prints((played,), quarter, quarter * QUARTER)[0] for quarter in range(4)]
    assert [one.price for one in shown] == [D(price) for price in expected]


def test_every_quote_lies_around_its_trade_and_a_bar_wide_enough_holds_it():
    bars = [one for recorded in RECORDED.days for minute in recorded.minutes.values() for one in minute]
    shown = [(one, prints((one,), quarter, 0)[0]) for one in bars for quarter in range(4)]
    assert all(one.bid <= one.price <= one.ask and one.ask - one.bid >= D("0.01") for _, one in shown)
    assert all(source.low <= one.bid and one.ask <= source.high for source, one in shown if source.high > source.low)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (1381152600 * SECOND, "2013-10-07T13:30:00Z"),
        (1381152600 * SECOND + 95_216_400, "2013-10-07T13:30:00.0952164Z"),
        (1381152600 * SECOND + 1, "2013-10-07T13:30:00.000000001Z"),
    ],
)
def test_times_show_as_many_decimals_as_say_something(at: int, expected: str):
    assert stamp(at) == expected
