from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api_gateway.plans import source
from api_gateway.plans.problem import Problem
from api_gateway.plans.reading import PlanSettings, read, read_first
from chassis.settings import SettingsError

TABLE = b"symbol,date\nAAPL,2026-10-29\n"


class Answering(BaseHTTPRequestHandler):
    """Answer each path with what a server may do to us."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        promised = {"/short": len(TABLE) + 1}.get(path, len(TABLE))
        status = {"/gone": 404, "/moved": 302, "/astray": 302}.get(path, 200)
        self.send_response(status)
        if path in ("/moved", "/astray"):
            self.send_header("Location", "/table" if path == "/moved" else "file:///etc/hostname")
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(TABLE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def serving() -> Generator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_an_address_is_read_like_a_file_and_its_key_is_told_to_nobody():
    with serving() as address:
        for path in ("/table?apikey=secret", "/moved"):
            assert source.text(address + path) == TABLE.decode()
        said = [source.text(f"{address}{path}?apikey=secret") for path in ("/gone", "/short", "/astray")]
        gone, short, astray = [problem.text for problem in said if isinstance(problem, Problem)]
        assert gone == f"{address}/gone: cannot be fetched: HTTP Error 404: Not Found"
        assert short == f"{address}/short: broke off after {len(TABLE)} of {len(TABLE) + 1} bytes"
        assert astray.startswith(f"{address}/astray: cannot be fetched: HTTP Error 302")
    refused = source.text(f"{address}/table")
    assert isinstance(refused, Problem)
    assert refused.text.startswith(f"{address}/table: cannot be fetched: ")


@pytest.mark.parametrize("address", ["http://", "https://[::1", "http://a b/"])
def test_an_address_that_is_none_is_a_problem(address: str):
    assert isinstance(source.text(address), Problem)


def test_a_file_is_read_whole_or_not_at_all(tmp_path: Path):
    file = tmp_path / "plan.csv"
    missing, folder = source.text(str(file)), source.text(str(tmp_path))
    assert missing == Problem(str(file), 0, 0, "cannot be read: no such file or directory")
    assert folder == Problem(str(tmp_path), 0, 0, "cannot be read: is a directory")
    file.write_bytes(b"\xef\xbb\xbf" + TABLE)
    assert source.text(str(file)) == TABLE.decode()
    file.write_bytes(b"symbol\nJ\xfcrgen")
    assert source.text(str(file)) == Problem(str(file), 2, 0, "found the byte 252, expected UTF-8")
    file.write_bytes(b" " * (source.LARGEST + 1))
    assert source.text(str(file)) == Problem(str(file), 0, 0, "has more than 8000000 bytes")


def test_at_the_start_every_file_that_cannot_be_taken_is_told(tmp_path: Path):
    plan, calendar = tmp_path / "plan.yaml", tmp_path / "calendar.csv"
    plan.write_text("sessions: 1\nmore: 2\n")
    calendar.write_text("symbol,date\n,\n")
    settings = PlanSettings(
        session_policy_file=str(plan), sectors_file=str(tmp_path / "none"), earnings_calendar=str(calendar)
    )
    with pytest.raises(SettingsError) as refused:
        read_first(settings)
    # A row of the calendar is told later and stops nothing.
    assert str(refused.value).split("; ") == [
        f"{plan}:2:1: more is unknown, expected sessions",
        f"{plan}:1:11: sessions was '1', expected a list of sessions",
        f"{tmp_path / 'none'}: cannot be read: no such file or directory",
    ]


def test_an_address_that_does_not_answer_stops_nothing():
    with serving() as address:
        plans = read_first(PlanSettings(earnings_calendar=f"{address}/gone"))
        assert (plans.earnings.found, len(plans.earnings.problems)) == (None, 1)


def test_what_is_not_named_plans_nothing():
    plans = read(PlanSettings())
    assert [(plan.found, plan.problems) for plan in plans.all] == [((), ()), ({}, ()), ((), ())]
