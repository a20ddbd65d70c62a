"""A house where orders are filled whole, unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.simulation.protection.house import House


@pytest.fixture
def house() -> Generator[House]:
    made = House()
    made.open()
    made.street.venue = replace(made.street.venue, partial_fills=Decimal(0))
    yield made
    made.close()
