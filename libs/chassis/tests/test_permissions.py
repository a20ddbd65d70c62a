"""The shipped configuration on a real server: every service against every subject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from chassis.jetstream import Connection, JetStreamLog, connect
from chassis.jetstream.api import ApiRefusedError, call
from chassis.jetstream.connection import UnansweredError
from chassis.log import Fate, LogRefusedError
from chassis.permissions import PRESENCE, SNAPSHOTS
from contracts.channels import CHANNELS, SERVICES, allowed, subjects
from contracts.log import STREAM, Fact
from contracts.parked import RecordParked

Bus = Callable[[str], Awaitable[Connection]]

EVERY_SUBJECT = sorted(
    {
        subject.replace("*", "x")
        for channel in CHANNELS
        for service in SERVICES
        for subject in subjects(channel, service)
    }
    | {f"$KV.{SNAPSHOTS}.{s}" for s in SERVICES}
    | {f"$KV.{PRESENCE}.{s}" for s in SERVICES}
    | {f"$KV.{PRESENCE}.{s}.growth" for s in SERVICES}
    | {"$KV.leases.paper", "$KV.providers.paper", "$KV.plans.paper", "ideas.x", "signals.strategy.x"}
)

ADMINISTRATION = (
    f"$JS.API.STREAM.CREATE.{STREAM}",
    f"$JS.API.STREAM.UPDATE.{STREAM}",
    f"$JS.API.STREAM.DELETE.{STREAM}",
    f"$JS.API.STREAM.PURGE.{STREAM}",
    f"$JS.API.STREAM.MSG.DELETE.{STREAM}",
    f"$JS.API.CONSUMER.DELETE.{STREAM}.x",
    f"$JS.API.CONSUMER.CREATE.KV_{SNAPSHOTS}.x",
    "$JS.API.STREAM.CREATE.OTHER",
)


async def refused(connection: Connection, subject: str) -> bool:
    """Publish and say whether the server called it a violation.

    The second ping's answer comes after the server's word: nats-py's first may overtake the publish.
    """
    before = len(connection.violations)
    await connection.send(subject, b"{}")
    await connection.client.flush()
    await connection.client.flush()
    return any(f'"{subject.lower()}"' in text for text in connection.violations[before:])


def own(service: str) -> set[str]:
    extra = {f"$KV.{SNAPSHOTS}.{service}", f"$KV.{PRESENCE}.{service}", f"$KV.{PRESENCE}.{service}.growth"}
    if service == "executor":
        extra |= {"$KV.leases.paper", "$KV.providers.paper"}
    if service == "position-manager":
        extra |= {"$KV.plans.paper"}
    return {subject.replace("*", "x") for subject in allowed(service)} | extra


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_write_its_own_subjects_and_no_other(bus: Bus, service: str):
    connection = await bus(service)

    may = {subject for subject in EVERY_SUBJECT if not await refused(connection, subject)}

    assert may == own(service)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_not_administer_the_log(bus: Bus, service: str):
    connection = await bus(service)

    assert [s for s in ADMINISTRATION if not await refused(connection, s)] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_hears_only_its_own_inbox(bus: Bus, service: str):
    connection = await bus(service)
    others = [f"_INBOX_{other}.>" for other in SERVICES if other != service]

    for subject in (">", "approved.>", "_INBOX.>", "$JS.>", *others):
        await connection.listen(subject, nothing)
    await connection.client.flush()
    await connection.client.flush()

    assert len(connection.violations) == 4 + len(others)


async def nothing(_: object) -> None:
    pass


async def test_a_forbidden_fact_is_an_error_and_not_an_endless_wait(bus: Bus):
    log = JetStreamLog(await bus("risk"))
    stranger = RecordParked(service="executor", sequence=1, subject="x", reason="y")

    with pytest.raises(LogRefusedError, match=r"parked\.executor\.1"):
        await log.append([Fact(stranger)])


async def test_nobody_may_remove_a_fact_not_even_the_provisioner(bus: Bus):
    connection = await bus("provision")
    log = JetStreamLog(connection)
    outcome = (await log.append([Fact(RecordParked(service="risk", sequence=1, subject="x", reason="y"))]))[0]
    assert outcome.fate is Fate.STORED

    for api, request in (("STREAM.PURGE", {}), ("STREAM.MSG.DELETE", {"seq": 1})):
        with pytest.raises(ApiRefusedError):
            await call(connection, f"{api}.{STREAM}", request)


async def test_a_consumer_cannot_be_aimed_at_a_subject_of_the_log(bus: Bus):
    """A push consumer makes the server publish, past the allow-list of who made it."""
    connection = await bus("signal-gateway")
    config = {"name": "x", "deliver_subject": "approved.paper.x", "ack_policy": "none", "deliver_policy": "all"}

    with pytest.raises(ApiRefusedError, match="cycle"):
        await call(connection, f"CONSUMER.CREATE.{STREAM}.x", {"stream_name": STREAM, "config": config})


async def test_a_scheduled_message_cannot_reach_another_subject(bus: Bus):
    connection = await bus("signal-gateway")
    headers = {"Nats-Schedule": "@at 2013-10-07T16:00:00Z", "Nats-Schedule-Target": "approved.paper.x"}

    answer = await connection.ask("signals.ws.x", b"{}", headers)

    assert b'"error"' in answer.data
    assert await JetStreamLog(connection).last("approved.>") is None


class Server(Protocol):
    def url(self, user: str) -> str: ...


async def test_a_wrong_password_is_refused_with_one_sentence(bus: Bus, nats_server: Server):
    await bus("risk")

    with pytest.raises(UnansweredError, match=r"127\.0\.0\.1:[0-9]+: wrong user or password"):
        await connect(nats_server.url("risk").replace(":test@", ":wrong@"), "risk")
