"""Assets, clock and calendar through alpaca-py's own client, and who is let in."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.models import Asset, Calendar, Clock, TradeAccount
from alpaca.trading.requests import GetCalendarRequest

if TYPE_CHECKING:
    from .conftest import Call, Server


def test_the_assets_are_those_of_the_bars(client: TradingClient):
    assets = cast("list[Asset]", client.get_all_assets())
    assert [one.symbol for one in assets] == ["FLAT", "WAVE"]
    assert cast("Asset", client.get_asset(str(assets[1].id))).symbol == "WAVE"
    with pytest.raises(APIError, match="asset not found for NOPE"):
        client.get_asset("NOPE")


def test_the_clock_shows_the_session_of_the_recorded_day(client: TradingClient):
    clock = cast("Clock", client.get_clock())
    assert clock.is_open
    assert clock.next_close.isoformat() == "2013-10-07T16:00:00-04:00"
    assert clock.next_open.isoformat() == "2013-10-08T09:30:00-04:00"
    later = cast("Clock", client.get_clock())
    assert clock.timestamp < later.timestamp < clock.next_close


def test_the_calendar_knows_holidays_and_half_days(client: TradingClient):
    request = GetCalendarRequest.model_validate({"start": "2013-11-27", "end": "2013-12-02"})
    days = cast("list[Calendar]", client.get_calendar(request))
    assert [(str(day.date), day.close.hour) for day in days] == [
        ("2013-11-27", 16),
        ("2013-11-29", 13),
        ("2013-12-02", 16),
    ]


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", 2), ("status=active", 2), ("status=inactive", 0), ("asset_class=crypto", 0), ("exchange=NASDAQ", 2),
        ("exchange=OTC", 0), ("attributes=fractional_eh_enabled", 2), ("attributes=has_options", 0),
        ("attributes=has_options,fractional_eh_enabled", 2),
    ],
)  # fmt: skip
def test_assets_are_picked_by_what_they_are(call: Call, query: str, listed: int):
    assert len(call("GET", f"/v2/assets?{query}").json()) == listed


def test_the_calendar_reaches_back_behind_the_recording(call: Call):
    first = call("GET", "/v2/calendar?end=1990-01-31").json()[0]
    assert first["date"] == "1990-01-02"
    everything = call("GET", "/v2/calendar").json()
    assert (everything[0], everything[-1]["date"] > "2014-09-30") == (first, True)


def test_a_day_of_the_calendar_tells_all_its_hours(call: Call):
    days = call("GET", "/v2/calendar?start=2013-11-28&end=2013-11-30").json()
    expected = ("2013-11-29", "09:30", "13:00", "0400", "1700", "2013-12-02")
    assert [tuple(one.values()) for one in days] == [expected]


def test_the_calendar_may_be_asked_by_the_day_of_settlement(call: Call):
    days = call("GET", "/v2/calendar?start=2013-12-02&end=2013-12-03&date_type=SETTLEMENT").json()
    assert [one["date"] for one in days] == ["2013-11-29", "2013-12-02"]


def test_a_token_opens_the_account_of_its_name(server: Server):
    by_key, by_token = server.client("somebody"), TradingClient(oauth_token="somebody", url_override=server.url)
    numbers = {cast("TradeAccount", one.get_account()).account_number for one in (by_key, by_token)}
    by_key._session.close()
    by_token._session.close()
    assert len(numbers) == 1


def test_a_wrong_key_is_not_let_in(server: Server):
    stranger = TradingClient("demo", "something else", url_override=server.url)
    with pytest.raises(APIError) as error:
        stranger.get_account()
    stranger._session.close()
    assert (error.value.status_code, str(error.value)) == (401, '{"message":"unauthorized."}')
