"""A person's orders: to leave positions, with the kill switch also what entries still buy, and shares of strangers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from contracts.commands import FlattenAsked, FlattenChecked
from contracts.control import EVERYONE, Resumed
from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from position_manager.core import evolve
from position_manager.decider import position_manager
from position_manager.state import Commands, State

if TYPE_CHECKING:
    from position_manager.plan import Intent

    from .conftest import Manager


def flatten(manager: Manager, symbol: str = "", *, name: str = "c1", external: bool = False) -> tuple[Intent, ...]:
    return manager.take(
        FlattenAsked(
            command_id=name, account="paper", by="ann", symbol=symbol, external=external, at=manager.at
        )
    )  # fmt: skip


def kill(manager: Manager, halt: str = "h1") -> tuple[Intent, ...]:
    return manager.take(FlattenAsked(command_id=f"c-{halt}", account="paper", by="ann", halt=halt))


def resume(manager: Manager, *lifts: str, scope: str = EVERYONE, strategy: str = "", symbol: str = "") -> None:
    manager.take(
        Resumed(control_id="r1", scope=scope, by="ann", why="", lifts=lifts, strategy=strategy, symbol=symbol)
    )  # fmt: skip


def done(manager: Manager, name: str = "c1", *, is_done: bool = True) -> None:
    manager.take(FlattenChecked(account="paper", command_id=name, n=1, flat=is_done, done=is_done, at=manager.at))


def closes(intents: tuple[Intent, ...]) -> list[tuple[Decimal, ExitReason, str]]:
    assert all(isinstance(one, ClosePosition) for one in intents)
    return [(one.qty, one.reason, one.cause_id) for one in intents if isinstance(one, ClosePosition)]


def test_it_hears_of_commands_and_of_their_end():
    assert {"commands.paper.*", "commanded.paper.>"} <= set(position_manager("paper").inputs)


def test_protection_is_taken_back_confirmed_and_then_everything_is_sold(manager: Manager):
    placed = manager.protected()
    (cancel,) = flatten(manager)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == (placed.exit_id, ExitReason.COMMAND)
    assert closes(manager.end(placed)) == [(10, ExitReason.COMMAND, "c1")]


def test_another_symbol_is_let_be(manager: Manager):
    manager.protected()
    assert flatten(manager, "IBM") == ()
    assert len(flatten(manager, "SPY")) == 1


def test_it_works_while_the_market_is_closed_and_before_market_time_is_known(manager: Manager):
    manager.protected()
    manager.tick(is_open=False)
    assert len(kill(manager)) == 1

    early = State(account="paper")
    assert evolve(early, FlattenAsked(command_id="c", account="paper", by="ann")).commands == Commands()


def test_a_sale_that_failed_is_tried_again_at_once(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    (close,) = manager.end(placed)
    manager.tick(is_open=False)
    manager.order(close, OrderStatus.REJECTED)
    assert manager.quantities()["SPY"] == (10, 0)
    assert closes(flatten(manager)) == [(10, ExitReason.REMAINDER, "x1")]


def test_what_an_entry_buys_after_an_order_to_flatten_is_kept_and_protected(manager: Manager):
    flatten(manager)
    (placed,) = manager.bought()
    assert isinstance(placed, PlaceProtection)


def test_while_the_kill_switch_stands_what_entries_still_buy_is_sold_at_once(manager: Manager):
    kill(manager)
    assert closes(manager.bought()) == [(10, ExitReason.COMMAND, "c-h1")]


@pytest.mark.parametrize("lifts", [("h1",), ("other", "h1"), ()])
def test_it_stands_until_its_halt_is_ended(manager: Manager, lifts: tuple[str, ...]):
    kill(manager)
    resume(manager, *lifts)
    assert isinstance(manager.bought()[0], PlaceProtection)


def test_a_resume_of_something_else_does_not_end_it(manager: Manager):
    kill(manager)
    resume(manager, "other")
    resume(manager, scope="growth")
    resume(manager, symbol="SPY")
    resume(manager, strategy="ema")
    assert isinstance(manager.bought()[0], ClosePosition)


def test_of_two_the_one_whose_halt_stands_goes_on(manager: Manager):
    kill(manager, "h1")
    kill(manager, "h2")
    resume(manager, "h2")
    assert closes(manager.bought()) == [(10, ExitReason.COMMAND, "c-h1")]


def test_shares_of_strangers_are_let_be_without_external(manager: Manager):
    manager.protected()
    kill(manager)
    assert [manager.snapshot("50"), manager.snapshot("50")] == [(), ()]


def test_shares_of_strangers_are_sold_once_two_snapshots_agree(manager: Manager):
    assert flatten(manager, external=True) == ()
    assert manager.snapshot("5") == ()
    assert manager.snapshot("7") == ()
    (close,) = manager.snapshot("7")
    assert closes((close,)) == [(7, ExitReason.COMMAND, "c1")]
    assert [manager.snapshot("7"), manager.snapshot("7")] == [(), ()]
    manager.sold(close, "7", "7")
    manager.order(close, OrderStatus.FILLED, "7")
    assert [manager.snapshot("7"), manager.snapshot("7")] == [(), ()], "the broker's count may trail the sale"
    for _ in range(3):
        manager.tick()
    assert [manager.snapshot("0"), manager.snapshot("0")] == [(), ()]


def test_shares_of_strangers_that_the_broker_knows_no_price_of_are_protected_by_what_they_cost(manager: Manager):
    flatten(manager, external=True)
    manager.snapshot("7", price="0")
    (close,) = manager.snapshot("7", price="0")
    manager.tick(is_open=False)
    assert manager.order(close, OrderStatus.REJECTED) == ()
    (placed,) = manager.tick(is_open=False)
    assert isinstance(placed, PlaceProtection)
    assert placed.stop_price == Decimal("160.08")


def test_what_is_ours_is_not_taken_for_a_strangers(manager: Manager):
    manager.protected()
    flatten(manager, external=True)
    assert [manager.snapshot("12"), manager.snapshot("12")] == [(), ()], "our own are being sold"


def test_beside_shares_of_ours_that_stay_covered_those_of_strangers_wait_for_calm(manager: Manager):
    placed = manager.protected()
    flatten(manager, external=True)
    (close,) = manager.end(placed)
    manager.order(close, OrderStatus.FILLED, "10")
    for _ in range(3):
        manager.tick()
    manager.snapshot("2")
    assert closes(manager.snapshot("2")) == [(2, ExitReason.COMMAND, "c1")]


def test_while_an_entry_works_nobody_can_say_what_is_a_strangers(manager: Manager):
    manager.entry(OrderStatus.NEW)
    flatten(manager, external=True)
    assert [manager.snapshot("4"), manager.snapshot("4")] == [(), ()], "the entry may have bought them"
    manager.entry(OrderStatus.CANCELED)
    manager.snapshot("4")
    assert closes(manager.snapshot("4")) == [(4, ExitReason.COMMAND, "c1")]


def test_another_order_at_night_tries_at_once_what_failed_and_waits_protected_for_the_open(manager: Manager):
    placed = manager.protected()
    manager.tick(is_open=False)
    flatten(manager, name="c1")
    (close,) = manager.end(placed)
    manager.order(close, OrderStatus.REJECTED)
    (again,) = manager.tick(is_open=False)
    manager.rest(again)
    assert manager.tick(is_open=False) == ()

    (cancel,) = flatten(manager, name="c2")
    assert isinstance(cancel, CancelProtection)
    assert flatten(manager, name="c3") == ()
    assert closes(manager.end(again)) == [(10, ExitReason.REMAINDER, "c1")]


def test_a_command_for_one_symbol_sells_no_others_strangers(manager: Manager):
    flatten(manager, "IBM", external=True)
    assert [manager.snapshot("5"), manager.snapshot("5")] == [(), ()]


def test_a_command_that_is_done_sells_nothing_that_comes_later(manager: Manager):
    flatten(manager, external=True)
    done(manager, is_done=False)
    manager.snapshot("5")
    done(manager)
    assert manager.snapshot("5") == ()
    assert manager.state.commands == Commands()


def test_what_holds_on_survives_a_snapshot_and_is_bounded(manager: Manager):
    for number in range(30):
        kill(manager, f"h{number}")
        flatten(manager, name=f"c{number}", external=True)
    commands = manager.state.commands
    assert (len(commands.kills), len(commands.external)) == (20, 20)
    assert msgspec.json.decode(msgspec.json.encode(manager.state), type=State) == manager.state
