"""The examples of the guide to sizing are what is entered."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from contracts.limits import Limits, Sizing
from contracts.values import plain
from risk.example import NOON, SIGNAL
from risk.sizing import Size, size
from risk.state import State

GUIDE = (Path(__file__).parents[3] / "docs" / "sizing.md").read_text()
ROW = re.compile(r"^\| (`SIZING=.*?`) \| (.*?) \| (.*?) \|$", re.MULTILINE)
EXAMPLES = ROW.findall(GUIDE)


def said(found: Size) -> str:
    shares = f"{plain(found.qty)} shares"
    return shares if found.notional is None else f"{found.notional} dollars, about {shares}"


def test_there_is_an_example_of_every_way():
    assert [row[0].split("`")[1] for row in EXAMPLES] == [f"SIZING={way}" for way in Sizing]


@pytest.mark.parametrize(("settings", "whole", "parts"), EXAMPLES)
def test_an_example_is_what_is_entered(settings: str, whole: str, parts: str, state: Callable[..., State]):
    fields = {name.lower(): value for name, value in re.findall(r"`(\w+)=(\S+)`", settings)}
    for fractional, expected in ((False, whole), (True, parts)):
        limits = msgspec.convert({**fields, "fractional": fractional}, Limits, strict=False)
        assert said(size(state(limits=limits), SIGNAL, Decimal("33.34"), NOON)) == expected
