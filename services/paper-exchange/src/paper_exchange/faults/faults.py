"""Whether a fault strikes now: by its rate, by its own numbers of the seed, or because it was called for."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from paper_exchange.faults.plan import How, Plan
from paper_exchange.faults.table import FAULTS

REMEMBERED = 1000


class Target(Struct, frozen=True, omit_defaults=True):
    """What a fault may strike; what is not known is empty."""

    account: str = ""
    symbol: str = ""
    client_order_id: str = ""
    method: str = ""
    path: str = ""


class Called(Struct, frozen=True, omit_defaults=True):
    """A fault that is to strike at the next moments that fit."""

    fault: str
    times: int = 1
    how: How = None
    on: Target = Target()


class Strike(Struct, frozen=True, omit_defaults=True):
    fault: str
    at: datetime
    on: Target
    variant: str = ""
    seconds: float = 0.0
    called: Called | None = None


class Faults:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.called: list[Called] = []
        self.counts: Counter[str] = Counter()
        self.strikes: deque[Strike] = deque(maxlen=REMEMBERED)
        self._moments: Counter[str] = Counter()

    @property
    def live(self) -> set[str]:
        """Name the faults that may strike."""
        return {*self.plan.rates, *(one.fault for one in self.called)}

    @property
    def on(self) -> bool:
        return bool(self.plan.rates or self.called)

    def follow(self, plan: Plan) -> None:
        """Begin a plan, from its first moment."""
        self.plan = plan
        self._moments.clear()

    def call(self, called: Called) -> None:
        self.called.append(called)

    def heal(self, name: str | None = None) -> None:
        """Let one fault, or every one, strike no more."""
        rates = {} if name is None else {one: rate for one, rate in self.plan.rates.items() if one != name}
        self.plan = replace(self.plan, rates=rates)
        self.called = [one for one in self.called if name not in {None, one.fault}]

    def strike(self, names: Iterable[str], on: Target) -> Strike | None:
        """Let the first of the faults that would strike now do so."""
        struck = self.draw(names, on)
        if struck is not None:
            self.land(struck)
        return struck

    def draw(self, names: Iterable[str], on: Target) -> Strike | None:
        """Say what would strike; each of the faults takes its chance, so that none shifts another's."""
        if not self.on:
            return None
        hits = [struck for name in names if (struck := self._hit(name, on)) is not None]
        return hits[0] if hits else None

    def land(self, struck: Strike) -> None:
        """Take note that it has struck."""
        self.strikes.append(struck)
        self.counts[struck.fault] += 1
        if struck.called in self.called:
            index = self.called.index(struck.called)
            left = replace(struck.called, times=struck.called.times - 1)
            self.called[index : index + 1] = [left] if left.times else []

    def _hit(self, name: str, on: Target) -> Strike | None:
        rate = self.plan.rates.get(name)
        if rate is not None:
            self._moments[name] += 1
        count = self._moments[name]
        called = next((one for one in self.called if one.fault == name and _fits(one.on, on)), None)
        if called is not None:
            return self._strike(name, on, called.how, called)
        if rate is None:
            return None
        struck = count % rate.every == 0 if rate.every else self._number(name, count) < rate.chance
        return self._strike(name, on, rate.how, None) if struck else None

    def _strike(self, name: str, on: Target, how: How, called: Called | None) -> Strike:
        fault = FAULTS[name]
        variant = how if isinstance(how, str) else ""
        if fault.variants and not variant:
            number = self._number(f"{name}'s variant", self._moments[name] + self.counts[name])
            variant = fault.variants[int(number * len(fault.variants))]
        seconds = how if isinstance(how, float) else fault.seconds or 0.0
        return Strike(name, datetime.now(UTC), on, variant, seconds, called)

    def _number(self, name: str, count: int) -> float:
        """Give a number from 0 to 1 that looks random, and is the same whenever it is asked for."""
        digest = blake2b(f"{self.plan.seed}/{name}/{count}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


def _fits(wanted: Target, on: Target) -> bool:
    exact = all(
        want in {"", got}
        for want, got in (
            (wanted.account, on.account),
            (wanted.symbol, on.symbol),
            (wanted.client_order_id, on.client_order_id),
            (wanted.method, on.method),
        )
    )
    return exact and on.path.startswith(wanted.path)
