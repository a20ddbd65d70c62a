"""Every broker in turn."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest

from tests.simulation import venues
from tests.simulation.venues import Venue


@pytest.fixture(params=["alpaca", "tradier", "memory", "dry"])
def venue(request: pytest.FixtureRequest) -> Generator[Venue]:
    with _venue(request) as made:
        yield made


@pytest.fixture(params=["alpaca", "tradier", "memory"])
def distant(request: pytest.FixtureRequest) -> Generator[Venue]:
    """Every broker to which there is a way that something can happen on."""
    with _venue(request) as made:
        yield made


def _venue(request: pytest.FixtureRequest) -> AbstractContextManager[Venue]:
    match request.param:
        case "alpaca":
            return venues.alpaca(request.getfixturevalue("exchange"), f"account-{uuid4()}")
        case "tradier":
            return venues.tradier()
        case "dry":
            return venues.dry(request.getfixturevalue("tmp_path"))
        case _:
            return venues.memory()
