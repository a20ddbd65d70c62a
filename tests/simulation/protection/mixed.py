"""What may happen to a position that is split, whose shares people offer, and all the rest."""

from __future__ import annotations

from hypothesis.stateful import precondition, rule

from tests.simulation.protection.dividing import Dividing
from tests.simulation.protection.offering import Offering, offers


class Mixed(Offering, Dividing):
    @precondition(lambda self: bool(offers(self.house)) and self.street.is_open)
    @rule()
    def the_session_ends(self) -> None:
        self.the_bell_rings()
