"""What configuration says becomes facts, once, and a person's word stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api_gateway.configure import Wanted, changes, wanted
from api_gateway.limits.layout import defaults
from api_gateway.settings import TradingSettings
from api_gateway.view import View, fold
from chassis.settings import SettingsError, load
from contracts.control import LimitsSet, ModeSet
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
    assert [type(fact) for fact in first] == [LimitsSet, ModeSet]
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
    seen(view, *changes(view, said({"TRADE_MODE": "auto"})))
    seen(view, ModeSet(control_id="y", scope="all", mode=Mode.AUTO, by="api"))
    edited = changes(view, said({"TRADE_MODE": "manual"}))
    assert [type(fact) for fact in edited] == [ModeSet]
    seen(view, *edited)
    assert view.mode is Mode.MANUAL
    back = changes(view, said({"TRADE_MODE": "auto"}))
    assert len({fact.control_id for fact in (*edited, *back)}) == 2


def test_two_gateways_that_start_at_once_name_the_facts_alike():
    facts = said({"TRADE_MODE": "auto"})
    assert changes(View("paper"), facts) == changes(View("paper"), facts)


def test_the_variables_have_the_names_and_defaults_that_people_know():
    (mode,) = said({"TRADE_MODE": "auto"}).facts
    assert mode.mode is Mode.AUTO
    assert said() == wanted(TradingSettings(), defaults())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRADE_MODE", "turbo"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        said({name: value})
