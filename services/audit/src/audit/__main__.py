"""The audit service: the log in PostgreSQL, and the answers to what was."""

from __future__ import annotations

from msgspec import Struct

from audit.follow import DATABASE, follow
from audit.history import History
from chassis.permissions import HISTORY
from chassis.service import CAUGHT_UP, Body, Service, main
from chassis.settings import load


class Settings(Struct, frozen=True, kw_only=True):
    """`database_url` names a user that may insert and select, no more."""

    database_url: str


def prepare() -> Body:
    url = load(Settings).database_url

    async def body(service: Service) -> None:
        service.health.wait_for(DATABASE, CAUGHT_UP)
        history = History(url, await service.log.identity())
        await service.connection.serve(HISTORY, history.answer)
        await follow(service.log, url, service.health)

    return body


if __name__ == "__main__":
    main("audit", prepare)
