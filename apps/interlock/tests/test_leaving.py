"""`interlock flatten` and `interlock kill`: what is ordered is watched until the broker says that nothing is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec import structs

from api_gateway.answers import Commanded
from api_gateway.leaving import Progress, Step
from contracts.commands import Remaining
from contracts.values import TradingState
from interlock.cli import main

KEY = "a-key-of-the-tests-0123456789"
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SPY = Remaining(symbol="SPY", qty=Decimal(3), external=Decimal(0), why="its sale comes next")


class Api:
    """Tells of a command a little more each time that it is asked, and remembers what was asked."""

    def __init__(self, *told: Progress) -> None:
        self.asked: list[str] = []
        self.sent: list[object] = []
        left, api = list(told), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                api.sent.append(msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(Commanded((told[0],), TradingState.HALTED))

            def do_GET(self) -> None:
                self._answer(left.pop(0) if left[1:] else left[0])

            def _answer(self, body: Commanded | Progress) -> None:
                api.asked.append(f"{self.command} {self.path}")
                self.send_response(200)
                self.end_headers()
                self.wfile.write(msgspec.json.encode(body))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def serve() -> Iterator[type[Api]]:
    begun: list[Api] = []

    class Serving(Api):
        def __init__(self, *told: Progress) -> None:
            super().__init__(*told)
            begun.append(self)
            threading.Thread(target=self.server.serve_forever, args=(0.01,)).start()

    yield Serving
    for api in begun:
        api.server.shutdown()
        api.server.server_close()


def run(home: Path, api: Api, *words: str) -> Result:
    port = str(api.server.server_address[1])
    return CliRunner(env={"INTERLOCK_HOME": str(home), "API_PORT": port, "TRADING_API_KEY": KEY}).invoke(main, words)


def going(*steps: str) -> Progress:
    times = [Step(NOON + timedelta(seconds=number), text) for number, text in enumerate(steps, 1)]
    return Progress(
        command_id="c1", account="paper", kill_switch=True, symbol="", external=False, by="api", why="", time=NOON,
        seconds=1.25, flat=False, done=False, closing=(), remaining=(SPY,), orders=("x1",), until=None, problem="",
        steps=tuple(times),
    )  # fmt: skip


def flat(*steps: str) -> Progress:
    return structs.replace(going(*steps), flat=True, done=True, remaining=(), orders=())


def test_each_step_is_shown_once_and_in_the_end_that_it_is_flat(serve: type[Api], tmp_path: Path):
    api = serve(going("one"), going("one"), flat("one", "two"))
    said = run(tmp_path, api, "kill", "smoke", "here")
    assert (said.exit_code, said.output.splitlines()) == (
        0,
        ["   1.00 s  one", "   2.00 s  two", "paper is flat: the broker says so, after 1.2 s"],
    )
    assert (api.asked[0], api.sent) == ("POST /commands/kill-switch", [{"why": "smoke here"}])


def test_what_remains_when_nobody_waits_any_longer_is_listed_with_exit_code_1(serve: type[Api], tmp_path: Path):
    said = run(tmp_path, serve(going()), "flatten", "--wait", "0")
    assert (said.exit_code, said.output.splitlines()) == (
        1,
        [
            "paper is not flat:",
            "  3 SPY: its sale comes next",
            "  order x1 may still trade",
            "it goes on; look again with: interlock flatten --look c1",
        ],
    )


def test_before_the_broker_has_said_what_remains_it_says_just_that(serve: type[Api], tmp_path: Path):
    said = run(tmp_path, serve(structs.replace(going("one"), remaining=(), orders=())), "kill", "--wait", "0")
    assert (said.exit_code, said.output.splitlines()) == (
        1,
        [
            "   1.00 s  one",
            "paper is not known to be flat: the broker has not said yet what remains",
            "it goes on; look again with: interlock flatten --look c1",
        ],
    )


def test_while_the_market_is_closed_it_says_until_when_and_does_not_wait(serve: type[Api], tmp_path: Path):
    said = run(tmp_path, serve(structs.replace(going(), until=NOON)), "flatten", "--wait", "600")
    assert said.exit_code == 1
    assert said.output.splitlines()[-1] == (
        "the market is closed; it goes on by itself when it opens, 2026-03-02 17:00:00 UTC"
    )


def test_what_is_not_ours_to_sell_is_not_waited_for(serve: type[Api], tmp_path: Path):
    said = run(tmp_path, serve(structs.replace(going(), done=True, orders=())), "kill")
    assert (said.exit_code, said.output.splitlines()) == (1, ["paper is not flat:", "  3 SPY: its sale comes next"])


def test_one_symbol_of_one_account_with_the_shares_of_others(serve: type[Api], tmp_path: Path):
    api = serve(flat())
    run(tmp_path, api, "flatten", "spy", "--external", "--account", "growth", "--why", "enough")
    assert api.asked[0] == "POST /positions/flatten?account=growth&symbol=SPY&external=true"
    assert api.sent == [{"why": "enough"}]
    run(tmp_path, api, "kill", "--external")
    assert api.asked[2] == "POST /commands/kill-switch?external=true"


def test_what_was_ordered_before_is_watched_again_without_ordering_anything(serve: type[Api], tmp_path: Path):
    api = serve(flat())
    assert run(tmp_path, api, "flatten", "--look", "c1").exit_code == 0
    assert api.asked == ["GET /commands/c1"]


def test_for_programs_the_answer_is_the_last_word_as_json(serve: type[Api], tmp_path: Path):
    said = run(tmp_path, serve(going("one"), flat("one", "two")), "kill", "--json")
    assert (said.exit_code, msgspec.json.decode(said.output, type=Progress)) == (0, flat("one", "two"))
    said = run(tmp_path, serve(going()), "kill", "--json", "--wait", "0")
    assert (said.exit_code, msgspec.json.decode(said.output, type=Commanded).commands) == (0, (going(),))


def test_what_remains_is_shown_in_red_and_flat_in_green(serve: type[Api], tmp_path: Path):
    port = str(serve(flat()).server.server_address[1])
    environ = {"INTERLOCK_HOME": str(tmp_path), "API_PORT": port, "TRADING_API_KEY": KEY}
    shown = CliRunner(env=environ).invoke(main, ["kill"], color=True).output
    assert shown == click.style("paper is flat: the broker says so, after 1.2 s", fg="green") + "\n"
