"""The commands against an API that answers over real HTTP with the gateway's own types."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec import Struct, structs

from api_gateway.answers import (
    AccountStatus,
    Allowing,
    Controlled,
    Locks,
    Orders,
    Positions,
    RiskStatus,
    ServiceStatus,
    Status,
    Submitted,
)  # fmt: skip
from api_gateway.coverage import Coverage, Unprotected
from api_gateway.failures import Failure
from api_gateway.holdings import Position, Protection
from api_gateway.limits.shown import Effective, From, LimitsChanged, LimitShown
from api_gateway.plans.problem import Problem
from api_gateway.previewing import preview_of
from api_gateway.standing import Kind, Standing
from api_gateway.story import Step, Story
from api_gateway.today import Today
from contracts.accounts import DriftFound, DriftKind
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.market import Quote
from contracts.orders import OrderChanged, Purpose
from contracts.plans import NextStep, What, When
from contracts.providers import Broker, Budget, Calls, Prices, Providers, Stream
from contracts.sessions import Session
from contracts.signals import Action, Signal, Source
from contracts.values import Mode, OrderType, Side, TimeInForce, TradingState
from contracts.verdicts import Check, OrderApproved, OrderDenied
from interlock.cli import COMMANDS, main

KEY = "a-key-of-the-tests-0123456789"
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


class Api:
    """Gives its answer to whatever is asked with the key, and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: Struct = Failure("nothing here", "not_found")
        self.status = 200
        self.asked: list[tuple[str, str]] = []
        self.sent: list[object] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def handle_request(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                api.asked.append((self.command, self.path))
                api.sent.append(msgspec.json.decode(body) if body else None)
                known = self.headers["Authorization"] == f"Bearer {KEY}"
                self.send_response(api.status if known else 401)
                self.end_headers()
                self.wfile.write(msgspec.json.encode(api.answer if known else Failure("wrong key", "unauthorized")))

            do_GET = do_POST = do_PATCH = do_DELETE = handle_request  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = Api()
    (tmp_path / "api-key").write_text(KEY + "\n")
    threading.Thread(target=api.server.serve_forever, args=(0.01,)).start()
    yield api
    api.server.shutdown()
    api.server.server_close()


def run(home: Path, *words: str, port: int | None = None, says: str | None = None, color: bool = False) -> Result:
    environ = {"INTERLOCK_HOME": str(home), "API_PORT": str(port or ""), "TRADING_API_KEY": ""}
    return CliRunner(env=environ).invoke(main, words, input=says, color=color)


def order() -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id="o1", n=2, purpose=Purpose.ENTRY, status=OrderStatus.FILLED, symbol="SPY",
        side=Side.BUY, qty=Decimal("10.50"), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=NOON,
        filled_qty=Decimal("10.50"), filled_avg_price=Decimal("167.12"),
    )  # fmt: skip


def denied() -> OrderDenied:
    return OrderDenied(
        denial_id="d1", signal_id="s1", account="paper", source=Source.MANUAL, symbol="SPY", code="market_hours",
        reason="the market is closed", value="closed", limit="open", at=NOON, checks=(),
    )  # fmt: skip


def standing(kind: Kind = Kind.HALT, scope: str = "all") -> Standing:
    return Standing(
        id="h1", kind=kind, level=TradingState.HALTED, scope=scope, reason="smoke", by="api", ends="POST /resume",
    )  # fmt: skip


def status(market_time: datetime | None = NOON, audit: int | None = 41) -> Status:
    return Status(
        profile="paper", account="paper", mode=Mode.AUTO, state=TradingState.HALTED,
        standing=(standing(), standing(Kind.LOCK, "growth")), market_time=market_time, session="open", next_open=None,
        next_close=None,
        services=(ServiceStatus("risk", "0.1.0", 3723.4, 0.2, ("log caught up",)),), missing=("executor",),
        last_sequence=42, view_sequence=42, audit_through=audit, limits=Limits(),
    )  # fmt: skip


def test_status_shows_the_whole(api: Api, tmp_path: Path):
    api.answer = status()
    assert run(tmp_path, "status", port=api.port).output.splitlines() == [
        "profile  paper",
        "mode     auto",
        "state    HALTED",
        "stops    HALTED everything, halt by api: smoke (ends: POST /resume)",
        "stops    HALTED everything of growth, lock by api: smoke",
        "market   2026-03-02 17:00:00 UTC, open",
        "log      42 records, audit through 41",
        "",
        "SERVICE   VERSION      AGE  IS",
        "risk      0.1.0    1:02:03  log caught up",
        "executor                    not there",
    ]
    api.answer = status(market_time=None, audit=None)
    said = run(tmp_path, "status", port=api.port).output
    assert "market   not known yet" in said
    assert "audit does not answer" in said


def test_shares_without_protection_are_red_and_how_long_they_were_is_told(api: Api, tmp_path: Path):
    now = (Unprotected("SPY", Decimal("2.5"), NOON),)
    api.answer = structs.replace(status(), coverage=Coverage(now=now, fills=132, p50=0.104, p99=0.9, most=1.4))
    lines = run(tmp_path, "status", port=api.port, color=True).output.splitlines()
    said = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line.split()}
    assert said["unprotected"] == (
        "\x1b[31m\x1b[1m2.5 SPY since 2026-03-02 17:00:00: no order at the broker protects or sells them\x1b[0m"
    )
    assert said["protected"] == (
        "half of the last 132 fills within 0.10 s of market time, 99 % within 0.90 s, all within 1.40 s"
    )


def test_of_several_accounts_status_shows_each_and_whose_a_service_is(api: Api, tmp_path: Path):
    accounts = (
        AccountStatus("main", Mode.AUTO, TradingState.ACTIVE, Decimal("100000.1"), 2),
        AccountStatus("growth", Mode.MANUAL, TradingState.HALTED, None, None),
    )
    risk = ServiceStatus("risk", "0.1.0", 1, 0.2, (), "growth")
    api.answer = structs.replace(status(), account="growth", accounts=accounts, services=(risk,))
    said = run(tmp_path, "status", "--account", "growth", port=api.port).output.splitlines()
    assert api.asked == [("GET", "/status?account=growth")]
    assert "account  growth" in said
    assert [line.split() for line in said if line.startswith(("main", "growth", "risk"))] == [
        ["main", "auto", "ACTIVE", "100,000.10", "2"], ["growth", "manual", "HALTED", "not", "known", "yet"],
        ["risk.growth", "0.1.0", "0:00:01", "ready"],
    ]  # fmt: skip


def test_a_signal_for_all_accounts_shows_each_verdict(api: Api, tmp_path: Path):
    signal = Signal(signal_id="s1", source=Source.MANUAL, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
    theirs = structs.replace(denied(), account="growth", reason="the mode is manual")
    api.answer = Submitted(7, repeated=False, signal=signal, verdict=denied(), others={"growth": theirs})
    said = run(tmp_path, "signal", "BUY", "SPY", "--confidence", "1", "--account", "all", port=api.port).output
    assert api.asked == [("POST", "/signals?account=all")]
    assert said.splitlines() == [
        "paper: denied: the market is closed (closed, limit open); see `interlock why s1`",
        "growth: denied: the mode is manual (closed, limit open); see `interlock why s1`",
    ]


@pytest.mark.parametrize("words", ["providers", "orders", "positions", "why s1", "resolve o1 --why x"])
def test_every_question_may_name_an_account(api: Api, tmp_path: Path, words: str):
    run(tmp_path, *words.split(), "--account", "growth", port=api.port)
    ((_, path),) = api.asked
    assert "account=growth" in path


def test_status_shows_what_differs_at_the_broker(api: Api, tmp_path: Path):
    drift = DriftFound(
        account="paper", n=3, difference=DriftKind.QUANTITY_DRIFT, symbol="SPY", ours="3", theirs="2", at=NOON,
        freezes=True,
    )  # fmt: skip
    api.answer = structs.replace(status(), drifts=(drift,))
    said = run(tmp_path, "status", port=api.port).output
    assert "differs  SPY quantity_drift: ours 3, the broker's 2, entries wait for a resume" in said


def test_json_prints_the_answer_as_it_is(api: Api, tmp_path: Path):
    api.answer = status()
    said = run(tmp_path, "status", "--json", port=api.port).output
    assert msgspec.json.decode(said, type=Status) == status()


def test_orders_are_asked_for_by_state_and_symbol(api: Api, tmp_path: Path):
    api.answer = Orders((order(),))
    said = run(tmp_path, "orders", "open", "--symbol", "spy", "--limit", "5", port=api.port).output.splitlines()
    assert api.asked == [("GET", "/orders?status=open&limit=5&symbol=SPY")]
    assert said[1].split() == [
        "o1", "2026-03-02", "17:00:00", "SPY", "entry", "buy", "market", "10.5", "10.5", "167.12", "filled",
    ]  # fmt: skip
    api.answer = Orders(())
    assert run(tmp_path, "orders", port=api.port).output == "no orders\n"


def test_positions_show_what_is_not_protected(api: Api, tmp_path: Path):
    def held(covered: str, stops: tuple[Decimal, ...]) -> Position:
        protection = Protection(Decimal(covered), stops, (Decimal(120),) if stops else (), ())
        return Position(
            "SPY", Decimal(10), Decimal(100), Decimal(101), Decimal(1010), Decimal("-3.1"), protection,
            is_covered=covered == "10",
        )  # fmt: skip

    api.answer = Positions(NOON, (held("10", (Decimal("95.10"),)), held("0", ())))
    said = run(tmp_path, "positions", port=api.port).output.splitlines()
    assert said[1].split() == ["SPY", "10", "100", "101", "1,010.00", "-3.10", "95.1", "120", "yes"]
    assert said[2].split() == ["SPY", "10", "100", "101", "1,010.00", "-3.10", "-", "-", "0", "of", "10"]


def test_positions_show_what_would_happen_next(api: Api, tmp_path: Path):
    def held(symbol: str, plan: tuple[NextStep, ...] | None) -> Position:
        resting = Protection(Decimal(10), (), (), ())
        return Position(
            symbol, Decimal(10), Decimal(100), Decimal("101.50"), Decimal(1015), Decimal(15), resting,
            is_covered=True, plan=plan,
        )  # fmt: skip

    steps = (
        NextStep(
            what=What.STOP_RESTS, when=When.BELOW, policy="stop", why="a", qty=Decimal(10), price=Decimal("95.00")
        ),
        NextStep(what=What.WATCHED, when=When.AT, policy="time_stop", why="b", qty=Decimal(10), at=NOON),
        NextStep(what=What.LEAVING, when=When.NOW, policy="signal", why="c", qty=Decimal("0.5")),
    )
    api.answer = Positions(NOON, (held("SPY", steps), held("IBM", None)))
    assert run(tmp_path, "positions", "--plan", port=api.port).output.splitlines() == [
        "SPY: 10 at 100, now 101.5",
        "WHEN                 SHARES  WHAT        POLICY     WHY",
        "95 or below              10  stop rests  stop       a",
        "2026-03-02 17:00:00      10  watched     time_stop  b",
        "now                     0.5  leaving     signal     c",
        "",
        "IBM: 10 at 100, now 101.5",
        "no plan: no entry of ours bought it, or the position manager is silent",
    ]
    api.answer = Positions(NOON, ())
    assert run(tmp_path, "positions", "--plan", port=api.port).output == "no positions\n"


def test_a_signal_is_sent_and_its_verdict_said(api: Api, tmp_path: Path):
    signal = Signal(signal_id="s1", source=Source.MANUAL, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
    api.answer = Submitted(7, repeated=False, signal=signal, verdict=denied())
    said = run(tmp_path, "signal", "buy", "spy", "--confidence", "0.9", "--qty", "3", "--why", "x", port=api.port)
    assert said.output == "denied: the market is closed (closed, limit open); see `interlock why s1`\n"
    assert (api.asked, api.sent) == (
        [("POST", "/signals")],
        [{"action": "BUY", "symbol": "spy", "confidence": 0.9, "why": "x", "qty": "3"}],
    )
    api.answer = Submitted(7, repeated=False, signal=signal, verdict=None)
    said = run(tmp_path, "signal", "BUY", "SPY", "--confidence", "1", port=api.port)
    assert said.output == "no verdict yet; see `interlock why s1`\n"


def test_why_shows_every_rule_below_the_verdict(api: Api, tmp_path: Path):
    check = Check(rule="market_hours", passed=False, value="closed", limit="open")
    steps = (
        Step(4, 0, 0, NOON, "Signal", "manual signal", denied()),
        Step(6, 4, 1, NOON, "OrderDenied", "denied", denied(), (check,)),
    )
    api.answer = Story("s1", "abc", 9, steps)
    said = run(tmp_path, "why", "s1", port=api.port).output
    assert api.asked == [("GET", "/orders/s1/why")]
    assert said.splitlines() == [
        "s1, trace abc",
        "       4  17:00:00.000000  manual signal",
        "       6  17:00:00.000000    denied",
        "                               NO  market_hours: closed (limit open)",
    ]


def test_halt_says_how_things_stand_and_takes_a_reason_without_quotes(api: Api, tmp_path: Path):
    api.answer = Controlled(8, Mode.AUTO, TradingState.HALTED)
    said = run(tmp_path, "halt", "prices", "look", "odd", port=api.port)
    assert said.output == (
        "record 8: entries stop, exits go on; `interlock resume` ends it\n"
        "the account as a whole is HALTED, in mode auto\n"
    )
    run(tmp_path, "halt", "--symbol", "SPY", "--reducing", "--minutes", "5", "--account", "growth", port=api.port)
    assert api.asked == [("POST", "/halt"), ("POST", "/halt?account=growth")]
    assert api.sent == [
        {"why": "prices look odd", "strategy": "", "symbol": ""},
        {"why": "", "strategy": "", "symbol": "SPY", "level": "REDUCING", "minutes": 5},
    ]


def test_mode_says_what_it_means(api: Api, tmp_path: Path):
    api.answer = Controlled(9, Mode.AUTO, TradingState.ACTIVE)
    said = run(tmp_path, "mode", "auto", "--why", "a week of manual went well", port=api.port)
    assert said.output == (
        "record 9: signals that pass the gate are traded\nthe account as a whole is ACTIVE, in mode auto\n"
    )
    assert (api.asked, api.sent) == ([("POST", "/set-mode")], [{"mode": "auto", "why": "a week of manual went well"}])
    assert "is not one of 'manual', 'auto'" in run(tmp_path, "mode", "full", port=api.port).output


def allowing(*, done: bool = False, lifts: tuple[Standing, ...] = ()) -> Allowing:
    return Allowing(
        done=done, confirm="c1", lifts=lifts, remains=(standing(Kind.GATE),), state=TradingState.ACTIVE, sequence=9
    )


SMOKE = "HALTED everything, halt by api: smoke"
OFF = "the gate was switched off by api: smoke"
ENDS = " (ends: POST /resume)"


def test_resume_shows_what_ends_and_does_it_only_after_a_yes(api: Api, tmp_path: Path):
    api.answer = allowing(lifts=(standing(),))
    no = run(tmp_path, "resume", port=api.port, says="n\n")
    assert (no.exit_code, no.output.splitlines()[:2]) == (1, [f"ends: {SMOKE}", f"stands on: {OFF}"])
    assert len(api.asked) == 1
    yes = run(tmp_path, "resume", "--why", "looked", "--symbol", "SPY", port=api.port, says="y\n")
    assert (yes.exit_code, yes.output.splitlines()[-1]) == (0, "ACTIVE (record 9)")
    wish = {"strategy": "", "symbol": "SPY", "id": "", "why": "looked"}
    assert api.sent[1:] == [wish, wish | {"confirm": "c1"}]
    assert run(tmp_path, "resume", "--yes", port=api.port).output.endswith("ACTIVE (record 9)\n")


def test_resume_for_programs_shows_and_does_it_only_with_yes(api: Api, tmp_path: Path):
    api.answer = allowing(lifts=(standing(),))
    assert msgspec.json.decode(run(tmp_path, "resume", "--json", port=api.port).stdout)["confirm"] == "c1"
    assert len(api.asked) == 1
    run(tmp_path, "resume", "--json", "--yes", port=api.port)
    assert len(api.asked) == 3


def test_where_nothing_ends_nothing_is_asked(api: Api, tmp_path: Path):
    api.answer = allowing()
    said = run(tmp_path, "resume", port=api.port)
    assert (said.exit_code, said.output) == (0, f"there is nothing to end here\nstands on: {OFF}\n")
    assert len(api.asked) == 1


def test_locks_are_listed_added_and_removed(api: Api, tmp_path: Path):
    api.answer = Locks((structs.replace(standing(Kind.LOCK), until=NOON, symbol="SPY"),))
    said = run(tmp_path, "locks", port=api.port).output.splitlines()
    assert said[1].split() == ["h1", "HALTED", "SPY", "2026-03-02", "17:00:00", "api", "smoke"]
    api.answer = Locks(())
    assert run(tmp_path, "locks", port=api.port).output == "no locks\n"
    api.answer = Controlled(8, Mode.AUTO, TradingState.ACTIVE)
    run(tmp_path, "locks", "add", "--minutes", "30", "--symbol", "SPY", "too", "wild", port=api.port)
    api.answer = allowing(lifts=(standing(Kind.LOCK),))
    run(tmp_path, "locks", "remove", "h1", "--yes", port=api.port)
    assert api.asked[2:] == [("POST", "/locks"), ("DELETE", "/locks/h1"), ("DELETE", "/locks/h1")]
    assert api.sent[2:] == [
        {"why": "too wild", "minutes": 30, "symbol": "SPY", "strategy": ""}, {"why": ""}, {"why": "", "confirm": "c1"},
    ]  # fmt: skip


def test_a_gate_that_is_off_is_shown_in_red(api: Api, tmp_path: Path):
    api.answer = structs.replace(status(), standing=(standing(Kind.GATE),))
    shown = run(tmp_path, "status", port=api.port, color=True).output
    (line,) = [line for line in shown.splitlines() if line.startswith("stops")]
    assert line.split(maxsplit=1)[1] == f"\x1b[31m\x1b[1m{OFF}{ENDS}\x1b[0m"


def test_the_gate_is_shown_and_switched(api: Api, tmp_path: Path):
    api.answer = RiskStatus(
        account="paper", active=False, state=TradingState.HALTED, standing=(standing(Kind.GATE),), market_time=NOON,
        today=Today(entries=2, exits=1, denied={"stale": 3, "halt": 1}), rules=("hold", "mode"),
    )  # fmt: skip
    assert run(tmp_path, "gate", port=api.port).output.splitlines() == [
        "account  paper",
        "gate     off",
        "state    HALTED",
        f"stops    {OFF}{ENDS}",
        "today    2 entries and 1 exits approved; denied: 1 halt, 3 stale",
        "rules    hold, mode",
    ]
    api.answer = Controlled(8, Mode.AUTO, TradingState.HALTED)
    assert run(tmp_path, "gate", "off", "odd", "prices", port=api.port, says="n\n").exit_code == 1
    assert len(api.asked) == 1
    run(tmp_path, "gate", "off", "odd", "prices", port=api.port, says="y\n")
    api.answer = allowing(lifts=(standing(Kind.GATE),))
    run(tmp_path, "gate", "on", "--yes", "--account", "growth", port=api.port)
    assert [path for _, path in api.asked[1:]] == ["/risk/deactivate", *["/risk/activate?account=growth"] * 2]
    assert api.sent[1:] == [
        {"confirm": "deactivate", "why": "odd prices"}, {"why": ""}, {"why": "", "confirm": "c1"},
    ]  # fmt: skip


def test_a_preview_shows_what_would_be_and_every_check(api: Api, tmp_path: Path):
    check = Check(rule="market_hours", passed=False, value="closed", limit="open")
    verdict = structs.replace(denied(), checks=(Check(rule="mode", passed=True, value="auto", limit="auto"), check))
    signal = Signal(signal_id="s1", source=Source.MANUAL, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
    api.answer = preview_of(
        structs.replace(signal, qty=Decimal(3)), verdict, Quote(symbol="SPY", bid=1, ask=2, at=NOON)
    )
    said = run(tmp_path, "preview", "spy", "--qty", "3", port=api.port).output
    assert said.splitlines() == [
        "would: nothing: the market is closed",
        "worth: about 6.00 dollars at the price now",
        "",
        "    CHECK         IS      LIMIT",
        "ok  mode          auto    auto",
        "NO  market_hours  closed  open",
    ]
    assert api.asked == [("GET", "/risk/preview?symbol=spy&side=buy&qty=3")]
    api.answer = preview_of(signal, None, None)
    assert run(tmp_path, "preview", "SPY", port=api.port).output.startswith("would: not known: the gate has not")


def test_a_preview_says_where_protection_would_rest(api: Api, tmp_path: Path):
    signal = Signal(signal_id="s1", source=Source.MANUAL, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
    rests = "bracket with the entry: whole shares at market, in the session"
    approved = OrderApproved(
        approval_id="a1", signal_id="s1", account="paper", source=Source.MANUAL, symbol="SPY", side=Side.BUY,
        qty=Decimal(3), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal(2), at=NOON,
        expires_at=NOON, checks=(), stop_loss=Decimal("1.90"), take_profit=Decimal("2.40"), protection=rests,
    )  # fmt: skip
    api.answer = preview_of(signal, approved, None)
    assert run(tmp_path, "preview", "SPY", port=api.port).output.splitlines() == [
        "would: buy 3 SPY at about 2",
        "worth: about 6.00 dollars at the price now",
        f"protection: {rests}",
    ]


def test_an_order_in_doubt_is_let_go_of_with_a_reason(api: Api, tmp_path: Path):
    api.answer = Controlled(9, Mode.AUTO, TradingState.ACTIVE)
    said = run(tmp_path, "resolve", "a1", "--why", "not on their page", port=api.port)
    assert said.output == (
        "record 9: let go of; `interlock why a1` tells what the broker says\n"
        "the account as a whole is ACTIVE, in mode auto\n"
    )
    assert api.asked == [("POST", "/orders/a1/resolve")]
    assert api.sent == [{"outcome": "never_arrived", "why": "not on their page"}]
    assert run(tmp_path, "resolve", "a1", port=api.port).exit_code == 2


def test_providers_shows_who_answers_and_who_does_not(api: Api, tmp_path: Path):
    budget = Budget(left=150, limit=200, waiting=2)
    api.answer = Providers(
        account="paper", at=NOON, clock_age=1.2,
        broker=Broker(
            rest=Calls(reachable=True, calls=7, failed=1, p50_ms=1.5, p99_ms=9.25, last_error="timed out",
                       last_error_age=61),
            budget=budget, orders=Stream(name="trade_updates", connected_for=5, frame_age=2),
        ),
        prices=Prices(
            provider="alpaca", feed="iex", fallback="sip is not in the plan", rest=Calls(),
            budget=Budget(left=0, limit=0),
            stream=Stream(name="iex"), priced=3, unpriced=("IBM",), oldest="SPY", oldest_age=4,
        ),
    )  # fmt: skip
    assert run(tmp_path, "providers", port=api.port).output.splitlines() == [
        "account  paper",
        "broker   answers, 7 calls, 1 failed, p50 1.5 ms, p99 9.2 ms, last error 61 s ago: timed out",
        "         150 of 200 requests left, 2 waiting",
        "orders   trade_updates connected for 5 s, last frame 2 s ago",
        "clock    last word 1 s ago",
        "prices   alpaca iex: sip is not in the plan",
        "         not asked yet",
        "         no request limit",
        "         iex is not connected",
        "         quotes of 3 symbols, the oldest SPY 4 s ago, none yet of IBM",
    ]


def test_a_refusal_is_one_sentence_and_exit_code_1(api: Api, tmp_path: Path):
    api.answer, api.status = Failure("no order has the id 'x'", "not_found"), 404
    said = run(tmp_path, "why", "x", port=api.port)
    assert (said.exit_code, said.output) == (1, "interlock: no order has the id 'x' (status 404)\n")
    (tmp_path / "api-key").write_text("another")
    assert run(tmp_path, "status", port=api.port).output == "interlock: wrong key (status 401)\n"


def test_an_answer_of_another_form_is_said_so(api: Api, tmp_path: Path):
    api.answer = Orders(())
    said = run(tmp_path, "status", port=api.port)
    assert said.exit_code == 1
    assert said.output.startswith("interlock: the API answered in another form than expected")


def test_the_running_stack_says_where_its_api_is(api: Api, tmp_path: Path):
    api.answer = Orders(())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text(f'{{"api_url": "http://127.0.0.1:{api.port}", "pid": 1}}')
    assert run(tmp_path, "orders").output == "no orders\n"


def test_without_a_stack_the_commands_say_so_with_exit_code_3(tmp_path: Path):
    said = run(tmp_path, "status")
    assert (said.exit_code, "start a stack with `interlock up`" in said.output) == (3, True)
    (tmp_path / "api-key").write_text(KEY)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        port = closed.server_address[1]
    said = run(tmp_path, "status", port=port)
    assert said.exit_code == 3
    assert said.output == (
        f"interlock: nothing answers at http://127.0.0.1:{port}: is the stack up? start it with `interlock up`\n"
    )


def effective(**limits: LimitShown) -> Effective:
    return Effective(
        account="paper", strategy="", symbol="AAPL", mode=Mode.AUTO, limits=limits,
        sessions=(Session(name="opening", start="09:31", end="10:30"),),
        problems=(
            Problem("limits.toml", 3, 0, "[limits] min_cash was -1, expected more"),
            Problem("plan.yaml", 8, 29, "no time"),
            Problem("sectors.csv", 0, 0, "there is no such file"),
        ),
    )  # fmt: skip


def test_config_shows_every_limit_with_where_it_comes_from(api: Api, tmp_path: Path):
    api.answer = effective(
        max_concurrent=LimitShown(2, From.PERSON, "RISK_MAX_CONCURRENT", "api", "calm down", "c1", "all"),
        whitelist=LimitShown(("SPY", "IBM"), From.FILE, "", "config/limits.toml", "[limits]", "c2", "all", "", "AAPL"),
        blacklist=LimitShown((), From.DEFAULT, "", "default", "nothing else is said", "c3", "all"),
        fractional=LimitShown(value=True, origin=From.ENVIRONMENT, variable="", by="environment", scope="all"),
    )  # fmt: skip
    said = run(tmp_path, "config", "--symbol", "AAPL", "--account", "growth", port=api.port)
    assert api.asked == [("GET", "/config/effective?account=growth&strategy=&symbol=AAPL")]
    assert said.output.splitlines() == [
        "account   paper",
        "strategy  any",
        "symbol    AAPL",
        "mode      auto",
        "session   opening, 09:31 to 10:30",
        "problem   limits.toml:3: [limits] min_cash was -1, expected more",
        "problem   plan.yaml:8:29: no time",
        "problem   sectors.csv: there is no such file",
        "",
        "LIMIT           VALUE    FROM                FOR       BECAUSE",
        "max_concurrent  2        api                 all       calm down",
        "whitelist       SPY,IBM  config/limits.toml  all AAPL  [limits]",
        "blacklist       -        default",
        "fractional      yes      environment         all",
    ]


def test_limits_are_set_and_taken_back_with_a_reason(api: Api, tmp_path: Path):
    mine = LimitShown(2, From.PERSON, "RISK_MAX_CONCURRENT", "api", "calm down", "c1", "all")
    api.answer = LimitsChanged(9, effective(max_concurrent=mine, min_cash=LimitShown(5, From.FILE, "")))
    said = run(
        tmp_path, "config", "set", "max_concurrent=2", "blacklist=GME", "--symbol", "tsla", "--why", "x", port=api.port
    )
    assert said.output.splitlines() == [
        "LIMIT           VALUE  FROM  FOR  BECAUSE",
        "max_concurrent  2      api   all  calm down",
        "",
        "written as record 9; `interlock config` shows all that holds",
    ]
    api.answer = LimitsChanged(10, effective())
    said = run(tmp_path, "config", "unset", "max_concurrent", "--why", "y", "--account", "growth", port=api.port)
    assert said.output.startswith("nobody's word holds\n")
    assert api.asked == [("PATCH", "/config/limits"), ("PATCH", "/config/limits?account=growth")]
    assert api.sent == [
        {"changes": {"max_concurrent": "2", "blacklist": "GME"}, "why": "x", "strategy": "", "symbol": "tsla"},
        {"clear": ["max_concurrent"], "why": "y", "strategy": "", "symbol": ""},
    ]


@pytest.mark.parametrize(
    ("words", "path", "narrowed"),
    [
        ("config --symbol SPY --account growth set max_concurrent=2 --why x", "/config/limits", {"symbol": "SPY"}),
        ("config --strategy ema --account growth unset a --why x", "/config/limits", {"strategy": "ema"}),
        ("locks --account growth add --minutes 5", "/locks", {}),
        ("gate --account growth off --yes odd prices", "/risk/deactivate", {}),
    ],
)
def test_what_is_said_before_a_subcommand_counts_for_it(
    api: Api, tmp_path: Path, words: str, path: str, narrowed: dict[str, str]
):
    run(tmp_path, *words.split(), port=api.port)
    assert [asked for _, asked in api.asked] == [f"{path}?account=growth"]
    (sent,) = api.sent
    assert isinstance(sent, dict)
    assert narrowed.items() <= cast("dict[str, object]", sent).items()


@pytest.mark.parametrize("words", [("set", "max_concurrent", "--why", "x"), ("set", "a=1"), ("unset", "--why", "x")])
def test_a_change_of_the_limits_that_says_too_little_is_refused(tmp_path: Path, words: tuple[str, ...]):
    assert run(tmp_path, "config", *words).exit_code == 2


@pytest.mark.parametrize("words", [[], ["locks"], ["gate"], ["config"]])
def test_a_list_of_commands_says_a_whole_sentence_of_each(words: list[str]):
    said = CliRunner().invoke(main, [*words, "--help"], terminal_width=80).output
    listed = said.partition("Commands:\n")[2].splitlines()
    assert listed
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str):
    said = CliRunner().invoke(main, [command, "--help"])
    assert (said.exit_code, said.output.startswith("Usage: main")) == (0, True)


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2
