"""Whatever is done to a file, it is read or told; no reader falls over."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from api_gateway.plans import calendar, tables
from api_gateway.plans.problem import Problem
from api_gateway.plans.session_policies import sessions

POLICIES = (Path(__file__).parents[4] / "config" / "session_policies.example.yaml").read_text()
CALENDAR = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=America/New_York:20261029T233000\nSUMMARY:AAPL\nEND:VEVENT\n"
TABLE = 'symbol,date,sector\nAAPL,2026-10-29,"technology"\n'

PIECES = st.one_of(
    st.sampled_from(["\t", "  ", "*", "&a ", "*a", "!!int ", "{", "[", "- ", ": ", "? ", "|\n", "'", '"', "<<: "]),
    st.sampled_from(["null", "09:35", "---\n", "...\n", "# ", "\0", "TZID=", "VALUE=DATE:", "20261029Z", ";", "="]),
    st.text(max_size=8),
)
DAMAGE = st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 20), PIECES), min_size=1, max_size=5)


def damaged(text: str, damage: list[tuple[int, int, str]]) -> str:
    """Put pieces in the place of others."""
    for at, gone, piece in damage:
        place = at % (len(text) + 1)
        text = text[:place] + piece + text[place + gone :]
    return text


@given(DAMAGE)
@example([(7, 0, "sessions: &a [*a]\n")])
def test_a_damaged_file_is_read_or_told(damage: list[tuple[int, int, str]]):
    found, problems = sessions("f", damaged(POLICIES, damage))
    assert not (found and problems)
    told: tuple[Problem, ...] = (
        *problems,
        *calendar.earnings("f", damaged(CALENDAR, damage))[1],
        *tables.earnings("f", damaged(TABLE, damage))[1],
        *tables.sectors("f", damaged(TABLE, damage))[1],
    )
    assert all(problem.line for problem in told)
