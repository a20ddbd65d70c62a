"""Every rule of the rulebook, by the cases on either side of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from exchange.book import Amendment, Exit, Status, Ticket
from exchange.numbers import LARGEST
from exchange.refusals import Refusal, forbidden, malformed, not_found, unacceptable
from exchange.rulebook import SUBMISSION, refuse, refuse_cancel, refuse_replacement
from exchange.rulebook.changes import CANCELS, CHANGES, STANDING
from exchange.rulebook.examples import (
    BRACKET,
    BUY,
    COVER,
    COVER_OCO,
    DESK,
    LIMIT,
    MONEY,
    OCO,
    OTO,
    SELL,
    SHORT,
    SHORT_BRACKET,
    STOP,
    STOP_LIMIT,
    TRAILING,
    account,
    order,
)
from exchange.rulebook.rule import first_broken

if TYPE_CHECKING:
    from exchange.rulebook.rule import Case, Rule
    from exchange.rulebook.subjects import Change

D = Decimal
FINE = "1." + 40 * "0" + "1"  # of more digits than a sum of decimals keeps
HELD_BACK = {"existing_qty": "30", "held_for_orders": "10", "symbol": "LONG"}
TICKET_RULES = [rule for chapter in SUBMISSION for rule in chapter.rules]
CHANGE_RULES = [*STANDING.rules, *CHANGES.rules]


def answer_of_change(case: Case[Change]) -> Refusal | None:
    return refuse_replacement(case.subject.order_id, case.subject.amendment, case.desk)


def assert_refused_by(rule: Rule[object], answer: Refusal | None) -> None:
    assert answer is not None
    assert (answer.status, answer.code) == (rule.form.status, rule.form.code)
    fixed = [part.split("}")[-1] for part in rule.form.message.split("{")]
    assert all(part in answer.message for part in fixed)
    assert "{" not in answer.message
    assert answer.extra.keys() == rule.form.extra.keys()
    assert all(answer.extra.values())


@pytest.mark.parametrize("rule", TICKET_RULES, ids=lambda rule: rule.name)
def test_a_ticket_that_breaks_one_rule_is_refused_by_it_and_its_neighbour_is_taken(rule: Rule[Ticket]):
    assert first_broken(SUBMISSION, rule.broken.subject, rule.broken.desk) is rule
    assert_refused_by(rule, refuse(rule.broken.subject, rule.broken.desk))  # pyright: ignore[reportArgumentType] what the rule is about does not matter
    assert refuse(rule.kept.subject, rule.kept.desk) is None


@pytest.mark.parametrize("rule", CHANGE_RULES, ids=lambda rule: rule.name)
def test_a_replacement_that_breaks_one_rule_is_refused_by_it_and_its_neighbour_is_taken(rule: Rule[Change]):
    assert first_broken((STANDING, CHANGES), rule.broken.subject, rule.broken.desk) is rule
    assert_refused_by(rule, answer_of_change(rule.broken))  # pyright: ignore[reportArgumentType] what the rule is about does not matter
    assert answer_of_change(rule.kept) is None


@pytest.mark.parametrize("rule", CANCELS.rules, ids=lambda rule: rule.name)
def test_a_cancel_that_breaks_one_rule_is_refused_by_it_and_its_neighbour_is_taken(rule: Rule[str]):
    assert first_broken((CANCELS,), rule.broken.subject, rule.broken.desk) is rule
    assert_refused_by(rule, refuse_cancel(rule.broken.subject, rule.broken.desk))  # pyright: ignore[reportArgumentType] what the rule is about does not matter
    assert refuse_cancel(rule.kept.subject, rule.kept.desk) is None


def test_no_two_rules_of_a_chapter_have_one_name():
    for chapter in (*SUBMISSION, STANDING, CHANGES, CANCELS):
        assert len({rule.name for rule in chapter.rules}) == len(chapter.rules), chapter.title


@pytest.mark.parametrize(
    "ticket",
    [
        BUY, SELL, SHORT, COVER, LIMIT, STOP, STOP_LIMIT, TRAILING, MONEY, BRACKET, SHORT_BRACKET, OTO, OCO, COVER_OCO,
        replace(OCO, take_profit=None, limit_price=D(110)),
        replace(OCO, take_profit=None, type="limit", limit_price=D("110.01")),
        replace(BRACKET, stop_loss=Exit(stop_price=D(90), limit_price=D(89))),
        replace(OTO, take_profit=Exit(limit_price=D(110)), stop_loss=None),
        replace(SELL, qty=None, notional=D(50)),
        replace(SELL, qty=D("1.5"), type="stop", stop_price=D(95)),
        replace(COVER, qty=D("0.5")),
        replace(TRAILING, trail_percent=None, trail_price=D("0.5")),
        replace(LIMIT, limit_price=D("0.9999")),
        replace(BRACKET, symbol="BID", side="sell", take_profit=Exit(limit_price=D(90)),
                stop_loss=Exit(stop_price=D(110))),
        replace(TRAILING, symbol="OFFER"),
        replace(BUY, qty=D("1.0000000000")),
    ],
)  # fmt: skip
def test_what_alpaca_takes_is_accepted(ticket: Ticket):
    assert refuse(ticket, DESK) is None


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        (replace(BUY, client_order_id="filled"), malformed("client_order_id must be unique")),
        (replace(BUY, symbol="BTC/USD"), unacceptable('asset "BTC/USD" not found')),
        (replace(MONEY, symbol="WHOLE"), forbidden('asset "WHOLE" is not fractionable')),
        (
            replace(LIMIT, limit_price=D("290.123")),
            unacceptable(
                "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria"
            ),
        ),
        (
            replace(LIMIT, limit_price=D("0.12345")),
            unacceptable(
                "invalid limit_price 0.12345. sub-penny increment does not fulfill minimum pricing criteria"
            ),
        ),
        (replace(LIMIT, limit_price=D("-1")), malformed("limit price must be > 0")),
        (
            replace(SELL, qty=D(21)),
            forbidden(
                "insufficient qty available for order (requested: 21, available: 20)", available="20", **HELD_BACK
            ),
        ),
        (
            replace(SELL, qty=D(31)),
            forbidden(
                "insufficient qty available for order (requested: 31, available: 20)", available="20", **HELD_BACK
            ),
        ),
        (
            replace(COVER, qty=D(11)),
            forbidden(
                "insufficient qty available for order (requested: 11, available: 10)",
                available="10", existing_qty="-10", held_for_orders="0", symbol="SHORT",
            ),
        ),
        (
            replace(SELL, qty=None, notional=D("2000")),
            forbidden(
                "insufficient qty available for order (requested: 20.0020002, available: 20)",
                available="20", **HELD_BACK,
            ),
        ),
        (
            replace(BRACKET, take_profit=Exit(limit_price=D(100))),
            unacceptable("take_profit.limit_price must be >= base_price + 0.01", base_price="100"),
        ),
        (
            replace(LIMIT, symbol="BID", side="sell", limit_price=D(98)),
            forbidden(
                "potential wash trade detected. use complex orders",
                existing_order_id="bid", reject_reason="opposite side limit order exists",
            ),
        ),
        (
            replace(SHORT, symbol="STOP"),
            forbidden(
                "potential wash trade detected. use complex orders",
                existing_order_id="stop", reject_reason="opposite side market/stop order exists",
            ),
        ),
        (
            replace(SELL, position_intent="sell_to_open"),
            unacceptable("position intent mismatch, inferred: sell_to_close, specified: sell_to_open"),
        ),
    ],
)  # fmt: skip
def test_refusals_have_the_words_and_members_that_clients_know(ticket: Ticket, expected: Refusal):
    assert refuse(ticket, DESK) == expected


def test_a_purchase_and_a_short_sale_are_reckoned_at_their_worst():
    bought, sold = refuse(replace(BUY, qty=D(10_000)), DESK), refuse(replace(SHORT, qty=D(10_000)), DESK)
    assert bought is not None
    assert sold is not None
    assert bought.extra["cost_basis"] == "1000100"
    assert sold.extra["cost_basis"] == "1030103"
    assert bought.extra["buying_power"] == sold.extra["buying_power"]


def test_an_account_with_less_than_two_thousand_dollars_sells_nothing_short():
    poor = replace(DESK, account=account(cash=-2_001))
    rich = replace(DESK, account=account(cash=-2_000))
    assert refuse(SHORT, poor) == forbidden("account is not allowed to short")
    assert refuse(replace(SHORT, qty=D(1)), rich) != forbidden("account is not allowed to short")


@pytest.mark.parametrize("member", ["qty", "notional", "limit_price", "stop_price", "trail_price", "trail_percent"])
@pytest.mark.parametrize(
    "number",
    ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "0", "-0", "1e999999", "1e-999999", "1e-9999999", "1e13", FINE],
)
def test_absurd_numbers_are_refused(member: str, number: str):
    typed = {"limit_price": LIMIT, "stop_price": STOP, "notional": MONEY}.get(member, TRAILING)
    ticket = replace(typed, trail_percent=None) if member == "trail_price" else typed
    if member == "qty":
        ticket = BUY
    answer = refuse(replace(ticket, **{member: Decimal(number)}), DESK)
    assert answer is not None
    assert answer.status == 422


@pytest.mark.parametrize("member", ["qty", "limit_price", "stop_price", "trail"])
@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-1", "0", "1e999999", "1e-9999999", "1e13", FINE])
def test_absurd_amendments_are_refused(member: str, number: str):
    order_id = {"stop_price": "stop", "trail": "trailing"}.get(member, "working")
    answer = refuse_replacement(order_id, replace(Amendment(), **{member: Decimal(number)}), DESK)
    assert answer is not None
    assert answer.status == 422


def test_the_largest_order_that_can_be_reckoned_with_is_too_dear():
    answer = refuse(replace(LIMIT, qty=D(10) ** LARGEST, limit_price=D(10) ** LARGEST), DESK)
    assert answer is not None
    assert answer.message == "insufficient buying power"


@pytest.mark.parametrize(
    ("order_id", "amendment", "expected"),
    [
        ("nobody's", Amendment(limit_price=D(80)), not_found("order not found for nobody's")),
        ("working", Amendment(), unacceptable("order parameters are not changed")),
        ("working", Amendment(client_order_id="new"), unacceptable("order parameters are not changed")),
        (
            "working",
            Amendment(limit_price=D(80), client_order_id="filled"),
            malformed("client_order_id must be unique"),
        ),
        ("working", Amendment(stop_price=D(80)), malformed("limit orders require no stop price")),
        ("working", Amendment(time_in_force="forever"), malformed("invalid time_in_force")),
        (
            "stop",
            Amendment(stop_price=D("104.001")),
            unacceptable("invalid stop_price 104.001. sub-penny increment does not fulfill minimum pricing criteria"),
        ),
        (
            "trailing",
            Amendment(trail=D("0.05")),
            unacceptable("trail_percent must be greater than or equal to 0.1"),
        ),
        ("on its way", Amendment(qty=D(1)), unacceptable("cannot replace order in pending_new status")),
        ("being canceled", Amendment(qty=D(1)), unacceptable("cannot replace order in pending_cancel status")),
        ("profit", Amendment(qty=D(1)), unacceptable("qty cannot be changed for advanced orders")),
        (
            "loss",
            Amendment(stop_price=D(110)),
            unacceptable("take_profit.limit_price must be > stop_loss.stop_price"),
        ),
    ],
)
def test_replacements_are_refused_in_words_that_clients_know(order_id: str, amendment: Amendment, expected: Refusal):
    assert refuse_replacement(order_id, amendment, DESK) == expected


@pytest.mark.parametrize(
    ("order_id", "expected"),
    [
        ("working", None),
        ("loss", None),
        ("canceled", None),
        ("filled", unacceptable('order is already in "filled" state')),
        ("replaced", unacceptable('order is already in "replaced" state')),
        ("being canceled", unacceptable("order pending cancel")),
        ("being replaced", unacceptable("order pending replace")),
        ("nobody's", not_found("order not found for nobody's")),
    ],
)
def test_a_cancel_is_refused_where_it_comes_too_late(order_id: str, expected: Refusal | None):
    assert refuse_cancel(order_id, DESK) == expected


def test_every_status_has_an_answer_to_a_replacement_and_to_a_cancel():
    for status in Status:
        one = account()
        one.orders["x"] = order("x", status)
        desk = replace(DESK, account=one)
        replaceable = status in {Status.NEW, Status.PARTIALLY_FILLED, Status.HELD}
        assert (refuse_replacement("x", Amendment(limit_price=D(80)), desk) is None) is replaceable, status
        cancelable = replaceable or status in {Status.PENDING_NEW, Status.ACCEPTED, Status.CANCELED}
        assert (refuse_cancel("x", desk) is None) is cancelable, status
