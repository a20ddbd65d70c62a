"""Sessions and earnings in files, edited under a running stack: the real gate follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

ANY_HOUR = "sessions: [{name: day, start: 00:00, end: 23:59, setups: {%s: {}}}]\n"


def save(file: Path, text: str) -> None:
    # As editors do: a reader meets the old file or the new one.
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def blocked_by(stack: Stack) -> list[str]:
    told = stack.ask("GET", "/risk/preview?symbol=SPY&qty=1").json()
    return [check["rule"] for check in told["blocked_by"]]


def problems(stack: Stack) -> list[str]:
    return [problem["what"] for problem in stack.ask("GET", "/config/limits").json()["problems"]]


def test_an_edit_of_a_plan_is_what_the_next_signal_meets(stack: Stack):
    plan, calendar = stack.folder / "plan.yaml", stack.folder / "earnings.csv"
    save(plan, ANY_HOUR % '"*"')
    save(calendar, "symbol,date\n")
    (stack.folder / ".env").write_text(
        "SYMBOLS=SPY\nMAX_POSITION_PCT=1\nSESSION_POLICY_FILE=plan.yaml\nEARNINGS_CALENDAR=earnings.csv\n"
    )
    stack.start()
    stack.wait_ready()
    until("a preview that nothing blocks", lambda: blocked_by(stack) == [], 90)

    save(plan, ANY_HOUR % "ema")
    until("a strategy that has no setup is denied", lambda: blocked_by(stack) == ["session"])
    save(plan, ANY_HOUR % "ema: [")
    until("the problem is shown", lambda: problems(stack))
    assert blocked_by(stack) == ["session"]
    save(plan, ANY_HOUR % '"*"')
    until("the setup for any is back", lambda: blocked_by(stack) == [])
    assert problems(stack) == []

    today = stack.ask("GET", "/status").json()["market_time"][:10]
    save(calendar, f"symbol,date\nSPY,{today}\nIBM,soon\n")
    until("a report is near", lambda: blocked_by(stack) == ["earnings"])
    assert problems(stack) == ["date was 'soon', expected one like 2026-10-29"]
