"""Every method of alpaca-py's trading client, unmodified, gets an answer that it makes its own objects of."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast
from uuid import UUID

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import CorporateActionType, OrderSide, TimeInForce
from alpaca.trading.models import (
    AccountConfiguration,
    Asset,
    Calendar,
    Clock,
    ClosePositionResponse,
    OptionContractsResponse,
    Order,
    PortfolioHistory,
    Position,
    TradeAccount,
    Watchlist,
)
from alpaca.trading.requests import (
    CancelOrderResponse,
    ClosePositionRequest,
    CreateWatchlistRequest,
    GetAssetsRequest,
    GetCalendarRequest,
    GetCorporateAnnouncementsRequest,
    GetOptionContractsRequest,
    GetOrderByIdRequest,
    GetOrdersRequest,
    GetPortfolioHistoryRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
    UpdateWatchlistRequest,
)

Method = Callable[[TradingClient], object]

NOTHING: dict[str, Method] = {  # what the methods name of which there is nothing here, whatever the name
    "exercise_options_position": lambda c: c.exercise_options_position("FLAT131019C00050000"),
    "get_option_contract": lambda c: c.get_option_contract("FLAT131019C00050000"),
    "get_corporate_announcement_by_id": lambda c: c.get_corporate_announcement_by_id(str(UUID(int=1))),
}


def limit(client: TradingClient) -> Order:
    request = LimitOrderRequest(symbol="FLAT", qty=2, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=40)
    return cast("Order", client.submit_order(request))


def held(client: TradingClient) -> TradingClient:
    """The client, of an account that holds a position."""
    client.submit_order(MarketOrderRequest(symbol="FLAT", qty=4, side=OrderSide.BUY, time_in_force=TimeInForce.DAY))
    return client


def working(client: TradingClient) -> TradingClient:
    """The client, of an account with an open order."""
    limit(client)
    return client


def listed(client: TradingClient) -> UUID:
    """The id of a new watchlist."""
    request = CreateWatchlistRequest(name="mine", symbols=["FLAT"])
    return cast("Watchlist", client.create_watchlist(request)).id


ANSWERED: dict[str, tuple[object, Method]] = {
    "submit_order": (Order, limit),
    "get_orders": ([Order], lambda c: working(c).get_orders(GetOrdersRequest(limit=5, nested=True, symbols=["FLAT"]))),
    "get_order_by_id": (Order, lambda c: c.get_order_by_id(limit(c).id, GetOrderByIdRequest(nested=True))),
    "get_order_by_client_id": (Order, lambda c: c.get_order_by_client_id(limit(c).client_order_id)),
    "replace_order_by_id": (Order, lambda c: c.replace_order_by_id(limit(c).id, ReplaceOrderRequest(limit_price=41))),
    "cancel_orders": ([CancelOrderResponse], lambda c: working(c).cancel_orders()),
    "cancel_order_by_id": (None, lambda c: c.cancel_order_by_id(limit(c).id)),
    "get_all_positions": ([Position], lambda c: held(c).get_all_positions()),
    "get_open_position": (Position, lambda c: held(c).get_open_position("FLAT")),
    "close_all_positions": ([ClosePositionResponse], lambda c: held(c).close_all_positions(cancel_orders=True)),
    "close_position": (Order, lambda c: held(c).close_position("FLAT", ClosePositionRequest(percentage="25"))),
    "get_portfolio_history": (
        PortfolioHistory,
        lambda c: c.get_portfolio_history(GetPortfolioHistoryRequest(period="1D", extended_hours=True)),
    ),
    "get_all_assets": ([Asset], lambda c: c.get_all_assets(GetAssetsRequest(attributes="fractional_eh_enabled"))),
    "get_asset": (Asset, lambda c: c.get_asset("WAVE")),
    "get_clock": (Clock, lambda c: c.get_clock()),
    "get_calendar": ([Calendar], lambda c: c.get_calendar(GetCalendarRequest(start=date(2013, 7, 1)))),
    "get_account": (TradeAccount, lambda c: c.get_account()),
    "get_account_configurations": (AccountConfiguration, lambda c: c.get_account_configurations()),
    "set_account_configurations": (
        AccountConfiguration,
        lambda c: c.set_account_configurations(cast("AccountConfiguration", c.get_account_configurations())),
    ),
    "get_watchlists": ([Watchlist], lambda c: [listed(c), c.get_watchlists()][1]),
    "get_watchlist_by_id": (Watchlist, lambda c: c.get_watchlist_by_id(listed(c))),
    "create_watchlist": (UUID, listed),
    "update_watchlist_by_id": (
        Watchlist,
        lambda c: c.update_watchlist_by_id(listed(c), UpdateWatchlistRequest(name="ours", symbols=["WAVE"])),
    ),
    "add_asset_to_watchlist_by_id": (Watchlist, lambda c: c.add_asset_to_watchlist_by_id(listed(c), "WAVE")),
    "remove_asset_from_watchlist_by_id": (
        Watchlist,
        lambda c: c.remove_asset_from_watchlist_by_id(listed(c), "FLAT"),
    ),
    "delete_watchlist_by_id": (None, lambda c: c.delete_watchlist_by_id(listed(c))),
    "get_corporate_announcements": (
        [],
        lambda c: c.get_corporate_announcements(
            GetCorporateAnnouncementsRequest(
                ca_types=[CorporateActionType.DIVIDEND], since=date(2013, 10, 1), until=date(2013, 10, 7)
            )
        ),
    ),
    "get_option_contracts": (
        OptionContractsResponse,
        lambda c: c.get_option_contracts(GetOptionContractsRequest(underlying_symbols=["FLAT"])),
    ),
}


def test_no_method_of_the_client_is_forgotten():
    methods = {name for name, value in vars(TradingClient).items() if callable(value) and not name.startswith("_")}
    assert methods == set(ANSWERED) | set(NOTHING)


@pytest.mark.filterwarnings("ignore:get_corporate_announcements is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", ANSWERED)
def test_a_method_gets_the_answer_that_it_expects(client: TradingClient, name: str):
    expected, method = ANSWERED[name]
    answer = method(client)
    if isinstance(expected, list):
        assert isinstance(answer, list)
        assert {type(one) for one in cast("list[object]", answer)} == set(cast("list[type]", expected))
    else:
        assert answer is None if expected is None else isinstance(answer, cast("type", expected))


@pytest.mark.parametrize("name", NOTHING)
def test_there_are_no_options_and_no_corporate_actions(client: TradingClient, name: str):
    with pytest.raises(APIError) as error:
        NOTHING[name](client)
    assert (error.value.status_code, error.value.code) == (404, 40410000)
