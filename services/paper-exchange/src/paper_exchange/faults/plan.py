"""How often each fault strikes, as one string: `seed=7,lost_response=0.05,error_after=1/20@504,slow=0.1@3`."""

import re
from typing import TypeAlias

from msgspec import Struct, field

from paper_exchange.faults.table import FAULTS, Fault

RATE = re.compile(r"(?P<chance>\d*\.?\d+)(@(?P<how>\w[\w.]*))?|1/(?P<every>[1-9]\d*)(@(?P<way>\w[\w.]*))?")

SECONDS = re.compile(r"\d{1,9}(\.\d+)?|\.\d+")

How: TypeAlias = "str | float | None"  # a variant, or seconds


class Rate(Struct, frozen=True):
    chance: float = 0.0
    every: int = 0  # every n-th moment, instead of by chance
    how: How = None


class Plan(Struct, frozen=True):
    seed: int = 0
    rates: dict[str, Rate] = field(default_factory=dict[str, Rate])

    def __str__(self) -> str:
        """Write the string that it was read from."""
        return ",".join((f"seed={self.seed}", *(f"{name}={_written(rate)}" for name, rate in self.rates.items())))


def parse(text: str) -> Plan:
    """Read the string. Raises ValueError with what was wrong."""
    seed, rates = 0, dict[str, Rate]()
    for entry in filter(None, map(str.strip, text.split(","))):
        name, _, value = entry.partition("=")
        if name in rates:
            raise ValueError(f"the fault {name} was given twice, expected once")
        if name == "seed":
            seed = _seed(value)
        else:
            rates[name] = _rate(fault(name), value)
    return Plan(seed, rates)


def fault(name: str) -> Fault:
    """Find a fault. Raises ValueError."""
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}, expected one of {', '.join(FAULTS)}")
    return FAULTS[name]


def how(one: Fault, text: str | None) -> How:
    """Read which variant, or how many seconds. Raises ValueError."""
    if text is None or text in one.variants:
        return text
    if one.variants:
        raise ValueError(f"{one.name} was {text!r}, expected one of {', '.join(one.variants)}")
    if one.seconds is None:
        raise ValueError(f"{one.name} was {text!r}, expected nothing: there is one way only")
    if not SECONDS.fullmatch(text):
        raise ValueError(f"{one.name} was {text!r}, expected seconds")
    return float(text)


def _seed(value: str) -> int:
    if not value.isdecimal():
        raise ValueError(f"the seed of the faults was {value!r}, expected a whole number")
    return int(value)


def _rate(one: Fault, value: str) -> Rate:
    form = RATE.fullmatch(value)
    chance = float(form["chance"] or 0) if form else 2.0
    if form is None or chance > 1:
        raise ValueError(
            f"the rate of {one.name} was {value!r}, expected a chance from 0 to 1, or 1/n for every n-th, "
            "and @ with a variant or seconds behind it"
        )
    return Rate(chance, int(form["every"] or 0), how(one, form["how"] or form["way"]))


def _written(rate: Rate) -> str:
    often = f"1/{rate.every}" if rate.every else f"{rate.chance:g}"
    ways = f"{rate.how:g}" if isinstance(rate.how, float) else rate.how
    return often if ways is None else f"{often}@{ways}"
