"""How the whole stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Response

from api_gateway.answers import AccountStatus, BrokerHealth, Health, ModeShown, ServiceStatus, Status, answer, gives
from api_gateway.coverage import coverage
from api_gateway.desk import Desk, Here
from api_gateway.failures import Refusal
from api_gateway.standing import standing
from api_gateway.stops import state_of
from api_gateway.view import View
from chassis.accounts import is_dry
from chassis.presence import Presence
from contracts.channels import BY_ACCOUNT, SERVICES
from contracts.history import HistoryAsked

router = APIRouter(tags=["status"])

TICKS_STOPPED = 15.0
"""The executor's feed ticks every second of the wall."""
SNAPSHOT_OLD = 150.0
"""The executor asks the broker every 60 s; this is two and a half times that."""


@router.get("/health", responses=gives(Health), summary="Whether the broker can be reached; needs no key")
async def health(here: Here) -> Response:
    await here.office.head()
    executor = any((p.service, p.account) == ("executor", here.account) for p in await here.office.present())
    broker = broker_of(here.view, datetime.now(UTC), executor=executor)
    return answer(Health("ok" if broker.connected else "degraded", broker))


def broker_of(view: View, now: datetime, *, executor: bool) -> BrokerHealth:
    """Judge the connection to the broker by how old its last words are."""
    snapshot, tick = _age(view.snapshot_seen, now), _age(view.ticked, now)
    fresh = snapshot is not None and tick is not None and snapshot < SNAPSHOT_OLD and tick < TICKS_STOPPED
    return BrokerHealth(executor and fresh, snapshot, tick)


def _age(seen: datetime | None, now: datetime) -> float | None:
    return None if seen is None else max(0.0, round((now - seen).total_seconds(), 3))


@router.get(
    "/status", responses=gives(Status), summary="Profile, mode, state, market time, services, the log and the audit"
)
async def status(here: Here) -> Response:
    present, head, through = await asyncio.gather(here.office.present(), here.office.head(), _through(here))
    return answer(status_of(here, present, head, through))


def status_of(here: Desk, present: list[Presence], head: int, through: int | None) -> Status:
    view, tick, now = here.view, here.view.tick, datetime.now(UTC)
    services = tuple(_service(p, now) for p in sorted(present, key=lambda p: (p.service, p.account)))
    return Status(
        profile=here.profile,
        account=view.account,
        mode=view.mode,
        state=state_of(view.stops),
        standing=standing(view.stops),
        market_time=tick.at if tick else None,
        session="open" if tick and tick.is_open else "closed",
        next_open=tick.next_open if tick else None,
        next_close=tick.next_close if tick else None,
        services=services,
        missing=_missing(here.office.accounts, present),
        last_sequence=head,
        view_sequence=view.sequence,
        audit_through=through,
        limits=view.limits,
        drifts=tuple(view.stops.drifts.values()),
        accounts=tuple(_account(one) for one in here.office.views.values()),
        dry_run=is_dry(view.account),
        coverage=coverage(view.coverage),
    )


def _account(view: View) -> AccountStatus:
    seen = view.snapshot
    return AccountStatus(
        view.account,
        view.mode,
        state_of(view.stops),
        equity=None if seen is None else seen.equity,
        positions=None if seen is None else len(seen.positions),
    )


def _missing(accounts: tuple[str, ...], present: list[Presence]) -> tuple[str, ...]:
    there = {(one.service, one.account) for one in present}
    wanted = [(name, account) for name in SERVICES for account in (accounts if name in BY_ACCOUNT else ("",))]
    several = len(accounts) > 1
    return tuple(f"{n}.{a}" if several and a else n for n, a in wanted if (n, a) not in there)


def _service(one: Presence, now: datetime) -> ServiceStatus:
    return ServiceStatus(
        one.service,
        one.version,
        round((now - one.started).total_seconds(), 1),
        max(0.0, round((now - one.seen).total_seconds(), 1)),
        one.waiting,
        one.account,
    )


async def _through(here: Desk) -> int | None:
    try:
        return (await here.history.ask(HistoryAsked(limit=1))).through
    except Refusal:
        return None


@router.get("/mode", responses=gives(ModeShown), summary="Who executes: a person (manual) or the machine (auto)")
async def mode(here: Here) -> Response:
    return answer(ModeShown(here.view.mode))
