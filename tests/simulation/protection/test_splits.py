"""Splits at the exchange: they sell nothing, and what they make of a position is protected, whatever else happens."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.accounts import DriftFound, DriftKind, HoldingSplit
from contracts.commands import FlattenAsked
from contracts.exits import ClosePosition, ExitReason, PlaceProtection
from contracts.market import SplitAnnounced
from exchange.assets import Asset
from exchange.book import Status
from tests.simulation.protection.acts import ours
from tests.simulation.protection.house import House
from tests.simulation.protection.nights import COUNT_SECONDS, announce, close, midnight, open_anew
from tests.simulation.protection.street import NAME, SYMBOL

D = Decimal
AT_STOP = D("160.00")


def buy(house: House, qty: str = "10") -> None:
    house.do(house.buy(D(qty)))
    house.pass_time(1.0)
    assert (house.truth.held, house.truth.bare) == (D(qty), 0)


def ends(house: House, *, held: str, sold: str = "0") -> None:
    house.come_to_rest()
    truth = house.truth
    assert (truth.held, truth.sold, truth.by_hand) == (D(held), D(sold), 0)
    assert (truth.claimed, truth.covered) == (D(held), D(held))


def stops(house: House) -> list[tuple[Decimal, Decimal | None]]:
    """Give quantity and stop of what rests."""
    resting = [order for order in ours(house, alive=True) if order.stop_price is not None]
    return sorted((order.qty or D(0), order.stop_price) for order in resting)


def counts(house: House) -> list[tuple[Decimal, Decimal]]:
    return [(one.qty_before, one.qty_after) for one in house.told() if isinstance(one, HoldingSplit)]


def test_it_rests_anew_before_the_open_at_half_the_prices_for_twice_the_shares(house: House):
    buy(house)
    assert stops(house) == [(10, D("160.08"))]
    announce(house)
    close(house)
    assert (house.truth.held, house.truth.claimed) == (10, 0)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert (house.truth.held, house.truth.bare, stops(house)) == (20, 0, [(20, D("80.04"))])
    open_anew(house)
    ends(house, held="20")
    assert (len([one for one in house.told() if isinstance(one, SplitAnnounced)]), counts(house)) == (1, [(10, 20)])
    assert [one for one in house.told() if isinstance(one, DriftFound) and one.freezes] == []
    assert house.wanted()[-1].reason == ExitReason.SPLIT


@pytest.mark.parametrize(
    ("new", "old", "bought", "held", "rests"),
    [
        ("3", "2", "10", "15", [(15, D("106.72"))]),
        ("1", "10", "100", "10", [(10, D("1600.80"))]),
        ("1", "10", "25", "2.5", [(D("0.5"), D("1600.80")), (2, D("1600.80"))]),
        ("1.05", "1", "10", "10.5", [(D("0.5"), D("152.46")), (10, D("152.46"))]),
    ],
)
def test_ratios_of_all_kinds(
    new: str, old: str, bought: str, held: str, rests: list[tuple[Decimal, Decimal]], house: House
):
    buy(house, bought)
    announce(house, new, old)
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert stops(house) == rests
    open_anew(house)
    ends(house, held=held)


@pytest.mark.parametrize(("new", "old", "held"), [("2", "1", "200"), ("1", "10", "10")])
def test_a_broker_that_says_nothing_until_the_session_has_begun(new: str, old: str, held: str, house: House):
    buy(house, "100")
    announce(house, new, old)
    close(house)
    house.counter.fates.script["read"] = ["down"] * 1_000
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert (house.truth.claimed, counts(house)) == (0, [])
    open_anew(house)
    assert (counts(house), [qty for qty, _ in stops(house)]) == ([], [] if old == "10" else [100])
    ends(house, held=held)
    assert counts(house) == [(100, D(held))]


@pytest.mark.parametrize("when", ["on the eve", "in the night", "after the open"])
@pytest.mark.parametrize("forgetful", [True, False])
def test_who_begins_anew_follows_it_once(when: str, house: House, *, forgetful: bool):
    def again(now: str) -> None:
        if now == when:
            house.restart("position-manager", killed=True, forgetful=forgetful)

    buy(house)
    announce(house)
    close(house)
    again("on the eve")
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    again("in the night")
    open_anew(house)
    again("after the open")
    ends(house, held="20")
    assert stops(house) == [(20, D("80.04"))]


def test_a_soft_exit_whose_cancel_is_under_way_when_the_eve_begins_sells_all_that_it_became(house: House):
    buy(house)
    announce(house)
    house.counter.fates.script["cancel"] = ["stuck"]
    house.do(house.leave())
    house.pass_time(0.1)
    assert [order.status for order in ours(house, alive=True)] == [Status.PENDING_CANCEL, Status.HELD]
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    open_anew(house)
    ends(house, held="0", sold="20")


def test_a_stop_that_filled_at_the_last_moment_leaves_nothing_to_split(house: House):
    buy(house)
    announce(house)
    house.counter.stream.is_mute = True
    house.do(house.quote(AT_STOP))
    house.pass_time(0.2)
    close(house)
    house.counter.stream.is_mute = False
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    open_anew(house)
    ends(house, held="0", sold="10")
    assert [one for one in house.wanted() if isinstance(one, ClosePosition)] == []


def test_two_fills_of_which_one_is_a_fraction(house: House):
    buy(house)
    house.do(house.buy(D("2.5")))
    house.pass_time(1.0)
    announce(house)
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    open_anew(house)
    ends(house, held="25")
    wanted = [one for one in house.wanted() if isinstance(one, PlaceProtection) and one.reason is ExitReason.SPLIT]
    assert sorted(one.qty for one in wanted) == [1, 4, 20]


def test_half_a_share_that_the_broker_pays_out_is_told_as_cash(house: House):
    house.street.venue = replace(house.street.venue, assets={SYMBOL: Asset(SYMBOL, is_fractionable=False)})
    buy(house, "25")
    announce(house, "1", "10")
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert (counts(house), stops(house)) == ([(25, 2)], [(2, D("1600.80"))])
    open_anew(house)
    ends(house, held="2")
    (cash,) = (one for one in house.told() if isinstance(one, DriftFound))
    assert (cash.difference, D(cash.theirs) - D(cash.ours)) == (DriftKind.CASH_DRIFT, D("842.5"))


def test_the_kill_switch_in_the_night_of_a_split_sells_all_that_it_made(house: House):
    buy(house)
    announce(house)
    close(house)
    asked = FlattenAsked(command_id="c1", account=NAME, by="ann", external=True, halt="h1")
    house.do(house.add(asked))
    house.pass_time(5.0)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    open_anew(house)
    ends(house, held="0", sold="20")
