"""What the environment says becomes facts, once, and a person's word stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec import structs

from api_gateway.configure import changes, wanted
from api_gateway.settings import TradingSettings
from api_gateway.view import View, fold
from chassis.settings import SettingsError, load
from contracts.control import ExitPolicySet, LimitsSet, ModeSet
from contracts.limits import Limits
from contracts.log import Message, Record, subject
from contracts.values import Mode

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def seen(view: View, *messages: Message) -> None:
    for message in messages:
        fold(view, Record(view.sequence + 1, NOON, subject(message), message))


def test_the_first_start_writes_everything_and_the_next_nothing():
    view, facts = View("paper"), wanted(TradingSettings())
    first = changes(view, facts)
    assert [type(fact) for fact in first] == [LimitsSet, ExitPolicySet, ModeSet]
    seen(view, *first)
    assert changes(view, facts) == ()


def test_a_mode_that_a_person_set_survives_a_restart():
    view, facts = View("paper"), wanted(TradingSettings())
    seen(view, *changes(view, facts), ModeSet(control_id="x", scope="all", mode=Mode.AUTO, by="api"))
    assert changes(view, facts) == ()
    assert view.mode is Mode.AUTO


def test_an_edit_of_the_environment_takes_effect_whatever_a_person_has_set():
    view = View("paper")
    seen(view, *changes(view, wanted(TradingSettings())))
    seen(view, ModeSet(control_id="x", scope="all", mode=Mode.AUTO, by="api"))
    edited = changes(view, wanted(TradingSettings(risk_max_concurrent=5)))
    assert [(type(fact), fact.limits if isinstance(fact, LimitsSet) else None) for fact in edited] == [
        (LimitsSet, Limits(max_concurrent=5))
    ]
    seen(view, *edited)
    back = changes(view, wanted(TradingSettings()))
    assert len({fact.control_id for fact in (*edited, *back)}) == 2


def test_two_gateways_that_start_at_once_name_the_facts_alike():
    facts = wanted(TradingSettings(trade_mode=Mode.AUTO))
    assert changes(View("paper"), facts) == changes(View("paper"), facts)


def test_the_variables_have_the_names_and_defaults_that_people_know():
    environ = {
        "TRADE_MODE": "auto", "CONFIDENCE_THRESHOLD": "0.8", "DEFAULT_QUANTITY": "2.5", "PERCENT_OF_EQUITY": "0.01",
        "MAX_POSITION_PCT": "0.1", "MAX_ENTRIES_PER_SYMBOL": "4", "RISK_MAX_CONCURRENT": "5", "DUPLICATE_SECONDS": "30",
        "SIGNAL_MAX_AGE_SECONDS": "900", "APPROVAL_TTL_SECONDS": "120", "FRACTIONAL": "1", "STOP_PCT": "0.02",
        "TARGET_PCT": "0.04", "MAX_DAYS": "3", "SYMBOL_WHITELIST": "spy, IBM,,spy", "SYMBOL_BLACKLIST": "BRK.B",
        "MIN_CASH_USD": "2500.50",
    }  # fmt: skip
    limits, policy, mode = wanted(load(TradingSettings, environ))
    assert isinstance(limits, LimitsSet)
    assert limits.limits == Limits(
        min_confidence=0.8, default_quantity=Decimal("2.5"), percent_of_equity=Decimal("0.01"),
        max_position_fraction=Decimal("0.1"), max_entries_per_symbol=4, max_concurrent=5, duplicate_seconds=30,
        signal_max_age_seconds=900, approval_ttl_seconds=120, fractional=True,
        whitelist=("SPY", "IBM"), blacklist=("BRK.B",), min_cash=Decimal("2500.50"),
    )  # fmt: skip
    assert isinstance(policy, ExitPolicySet)
    assert structs.astuple(policy.policy) == (Decimal("0.02"), Decimal("0.04"), 3)
    assert isinstance(mode, ModeSet)
    assert mode.mode is Mode.AUTO
    plain = wanted(load(TradingSettings, {}))
    assert plain == wanted(TradingSettings())
    assert isinstance(plain[0], LimitsSet)
    assert plain[0].limits == Limits()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRADE_MODE", "turbo"),
        ("CONFIDENCE_THRESHOLD", "1.1"),
        ("CONFIDENCE_THRESHOLD", "nan"),
        ("DEFAULT_QUANTITY", "NaN"),
        ("DEFAULT_QUANTITY", "-1"),
        ("MAX_POSITION_PCT", "5"),
        ("STOP_PCT", "0"),
        ("STOP_PCT", "1"),
        ("TP_PCT", "0"),
        ("RISK_MAX_CONCURRENT", "0"),
        ("MAX_DAYS", "seven"),
        ("SYMBOL_WHITELIST", "SPY,../../x"),
        ("SYMBOL_BLACKLIST", "SPY IBM"),
        ("MIN_CASH_USD", "-1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        wanted(load(TradingSettings, {name: value}))
