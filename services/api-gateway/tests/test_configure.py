"""What configuration says becomes facts, once, and a person's word stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from api_gateway.configure import Wanted, changes, wanted
from api_gateway.limits.layout import defaults
from api_gateway.settings import TradingSettings
from api_gateway.view import View, fold
from chassis.settings import SettingsError, load
from contracts.control import ExitPolicySet, LimitsSet, ModeSet
from contracts.limits import Limits
from contracts.log import Message, Record, subject
from contracts.values import Mode

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def said(environ: dict[str, str] | None = None) -> Wanted:
    return wanted(load(TradingSettings, environ or {}), defaults())


def seen(view: View, *messages: Message) -> None:
    for message in messages:
        fold(view, Record(view.sequence + 1, NOON, subject(message), message))


def test_the_first_start_writes_everything_and_the_next_nothing():
    view = View("paper")
    first = changes(view, said())
    assert [type(fact) for fact in first] == [LimitsSet, ExitPolicySet, ModeSet]
    seen(view, *first)
    assert view.limits == Limits()
    assert changes(view, said()) == ()


def test_a_mode_that_a_person_set_survives_a_restart():
    view = View("paper")
    seen(view, *changes(view, said()), ModeSet(control_id="x", scope="all", mode=Mode.AUTO, by="api"))
    assert changes(view, said()) == ()
    assert view.mode is Mode.AUTO


def test_an_edit_of_the_environment_takes_effect_whatever_a_person_has_set():
    view = View("paper")
    seen(view, *changes(view, said()))
    seen(view, ModeSet(control_id="x", scope="all", mode=Mode.AUTO, by="api"))
    edited = changes(view, said({"MAX_DAYS": "3"}))
    assert [type(fact) for fact in edited] == [ExitPolicySet]
    seen(view, *edited)
    assert (view.mode, view.exit_policy.max_days) == (Mode.AUTO, 3)
    back = changes(view, said())
    assert len({fact.control_id for fact in (*edited, *back)}) == 2


def test_two_gateways_that_start_at_once_name_the_facts_alike():
    facts = said({"TRADE_MODE": "auto"})
    assert changes(View("paper"), facts) == changes(View("paper"), facts)


def test_the_variables_have_the_names_and_defaults_that_people_know():
    environ = {"TRADE_MODE": "auto", "STOP_PCT": "0.02", "TARGET_PCT": "0.04", "MAX_DAYS": "3"}
    policy, mode = said(environ).facts
    assert isinstance(policy, ExitPolicySet)
    assert list(map(str, structs.astuple(policy.policy))) == ["0.02", "0.04", "3"]
    assert isinstance(mode, ModeSet)
    assert mode.mode is Mode.AUTO
    assert said() == wanted(TradingSettings(), defaults())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRADE_MODE", "turbo"),
        ("STOP_PCT", "0"),
        ("STOP_PCT", "1"),
        ("STOP_PCT", "NaN"),
        ("TP_PCT", "0"),
        ("MAX_DAYS", "seven"),
        ("MAX_DAYS", "0"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        said({name: value})
