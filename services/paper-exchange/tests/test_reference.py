"""Assets, clock and calendar through alpaca-py's own client, and who is let in."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.models import Asset, Calendar, Clock
from alpaca.trading.requests import GetCalendarRequest

if TYPE_CHECKING:
    from .conftest import Server


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


def test_a_wrong_key_is_not_let_in(server: Server):
    stranger = TradingClient("demo", "something else", url_override=server.url)
    with pytest.raises(APIError) as error:
        stranger.get_account()
    stranger._session.close()
    assert (error.value.status_code, str(error.value)) == (401, '{"message":"unauthorized."}')
