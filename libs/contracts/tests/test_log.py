from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from contracts import channels, log, schema
from contracts.lifecycle import OPEN, TERMINAL, TRANSITIONS, OrderStatus, may_become
from contracts.orders import OrderFilled, Purpose, execution_id
from contracts.signals import Action, Signal, Source
from contracts.values import Side, derived_id, plain, round_to_tick
from contracts.verdicts import OrderDenied

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)


def signal(symbol: str = "SPY", signal_id: str = "s1") -> Signal:
    return Signal(signal_id=signal_id, source=Source.WS, symbol=symbol, action=Action.BUY, confidence=0.9, at=NOON)


def denial() -> OrderDenied:
    return OrderDenied(
        denial_id="v1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", code="mode",
        reason="manual", value="manual", limit="auto", at=NOON, checks=(),
    )  # fmt: skip


def test_a_message_comes_back_from_its_bytes_as_it_was():
    assert log.decode(log.encode(signal())) == signal()


def test_a_bad_message_says_where_it_is_wrong():
    with pytest.raises(msgspec.ValidationError, match=r"\$\.symbol"):
        log.decode(log.encode(signal()).replace(b'"SPY"', b'"../../x"'))


def test_both_verdicts_on_a_signal_meet_at_one_guard():
    assert channels.guard(log.subject(denial())) == "*.paper.v1" == channels.guard("approved.paper.v1")


def test_market_data_may_be_written_again_and_is_forgotten():
    assert channels.guard("quotes.SPY") == ""
    assert channels.ttl("quotes.SPY") > 0
    assert channels.ttl("fills.paper.x") == 0


def test_no_subject_has_two_writers():
    seen: dict[str, str] = {}
    for service in channels.SERVICES:
        for subject in channels.allowed(service):
            assert subject not in seen, f"{subject}: {service} and {seen[subject]}"
            seen[subject] = service


def test_a_symbol_with_a_dot_stays_one_token():
    assert log.symbol_token("BRK.B") == "BRK_B"


def test_references_name_every_id_of_a_message_once():
    fill = OrderFilled(
        account="paper", execution_id="o1-2", client_order_id="o1", purpose=Purpose.ENTRY, symbol="SPY",
        side=Side.BUY, qty=Decimal(2), price=Decimal("10.5"), cum_qty=Decimal(2), at=NOON,
    )  # fmt: skip

    assert log.references(fill) == ("o1", "o1-2")


def test_the_same_cause_names_the_same_effect():
    assert derived_id("a", 1) == derived_id("a", 1) != derived_id("a", 2)


def test_an_execution_is_named_by_the_quantity_it_led_to():
    assert execution_id("o", Decimal(10)) == execution_id("o", Decimal("10.00")) == "o-10"
    assert execution_id("o", Decimal("0.5")) == "o-0_5"


@pytest.mark.parametrize(
    ("price", "rounded"), [("10.005", "10.01"), ("0.12345", "0.1235"), ("1", "1.00"), ("167.424", "167.42")]
)
def test_prices_land_on_the_tick(price: str, rounded: str):
    assert str(round_to_tick(Decimal(price))) == rounded


def test_numbers_are_written_plainly():
    assert [plain(Decimal(x)) for x in ("1E+2", "1.50", "0.0001", "7")] == ["100", "1.5", "0.0001", "7"]
    assert [plain(Decimal(x)) for x in ("1.2E-8", "0E-9", "-2.0")] == ["0.000000012", "0", "-2"]


def test_every_status_has_its_row_and_is_open_or_over():
    assert set(TRANSITIONS) == set(OrderStatus) == OPEN | TERMINAL


def test_a_fill_that_crossed_a_cancel_is_still_booked():
    assert may_become(OrderStatus.CANCELED, OrderStatus.FILLED)
    assert not may_become(OrderStatus.FILLED, OrderStatus.CANCELED)


def test_silence_never_becomes_an_answer_by_itself():
    assert OrderStatus.SUBMITTING not in TRANSITIONS[OrderStatus.UNKNOWN]


def test_the_published_contracts_are_those_of_the_code():
    published = Path(__file__).parents[3] / "docs" / "contracts.json"

    assert msgspec.json.decode(published.read_bytes()) == msgspec.json.decode(msgspec.json.encode(schema.document())), (
        "run `make contracts` and look at the difference"
    )
