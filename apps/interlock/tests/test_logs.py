"""`interlock logs`: the last lines, for people and as written."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from interlock.cli import main
from interlock.logline import readable

LINE = (
    '{"part": "desk", "event": "submit timed out", "client_order_id": "o1", "service": "executor", "profile": "paper",'
    ' "level": "warning", "timestamp": "2026-03-02T17:00:00.123456Z"}'
)
SAID = "2026-03-02T17:00:00.123 warning executor  submit timed out  client_order_id=o1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "executor.log").write_text(f"Traceback\n{LINE}\n")
    (tmp_path / "logs" / "risk.log").write_text("one\ntwo\nthree\n")
    return tmp_path


def run(home: Path, *words: str) -> Result:
    return CliRunner(env={"INTERLOCK_HOME": str(home)}).invoke(main, ["logs", *words])


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (LINE, SAID),
        ("plain words", "plain words"),
        ("[1]", "[1]"),
        ('{"a": 1}', '{"a": 1}'),
        ('{"event": "x", "exception": "Traceback:\\n  bad"}', "                               x\nTraceback:\n  bad"),
    ],
)
def test_a_line_is_said_in_words_where_it_can_be(line: str, text: str):
    assert readable(line).split() == text.split()
    assert ("\n" in readable(line)) == ("\n" in text)


def test_one_services_last_lines_are_shown(home: Path):
    assert run(home, "risk", "-n", "2").output == "two\nthree\n"
    assert run(home, "executor").output == f"Traceback\n{SAID}\n"
    assert run(home, "executor", "--json", "-n", "1").output == f"{LINE}\n"


def test_without_a_name_every_log_is_shown_under_its_own(home: Path):
    assert run(home, "-n", "1").output == f"==> executor <==\n{SAID}\n==> risk <==\nthree\n"


def test_what_is_not_there_is_said(home: Path, tmp_path: Path):
    said = run(home, "nobody")
    assert (said.exit_code, said.output) == (1, "interlock: no log of 'nobody'; there are executor, risk\n")
    assert run(tmp_path / "none").exit_code == 3


def test_following_shows_what_comes_also_after_a_rotation(home: Path):
    log = home / "logs" / "risk.log"
    command = [sys.executable, "-m", "interlock.cli", "logs", "risk", "-f", "-n", "1"]
    environ = {"INTERLOCK_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "three\n"
        with log.open("a") as appended:
            appended.write("half")
            appended.flush()
            time.sleep(0.3)
            appended.write(" a line\n")
        assert following.stdout.readline() == "half a line\n"
        log.write_text("anew\n")
        assert following.stdout.readline() == "anew\n"
        following.terminate()
