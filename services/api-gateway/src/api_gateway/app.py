"""The doors put together: routes, key, limits, errors, documentation that needs no internet."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway import failures, metrics
from api_gateway.access import OPEN_PATHS, BodyLimit, Gate
from api_gateway.answers import schemas
from api_gateway.office import Office
from api_gateway.routes import ROUTERS

PREFIX = "/api/v1"
ABOUT = """\
Signals, orders and positions, from the log. Every path is also served under `/api/v1`.
**Authorize** takes the API key; `interlock up` says in which file it is.
With several accounts, `?account=` names one: what is shown is the first's otherwise; decisions are for all of them.
Money and quantities are strings. Market time is the exchange's, which a simulated market may run faster than the wall.
"""


def build(office: Office, key: str, version: str) -> FastAPI:
    app = FastAPIOffline(redoc_url=None, title="Interlock", version=version, description=ABOUT)
    app.state.office = office
    metrics.watch(office.views.values())
    for router in ROUTERS:
        app.include_router(router)
        app.include_router(router, prefix=PREFIX, include_in_schema=False)
    failures.install(app)
    # The last one added is the first that a request meets.
    app.add_middleware(BodyLimit)
    app.add_middleware(Gate, key=key)
    app.add_middleware(Headers)
    app.openapi = lambda: document(app)
    return app


def document(app: FastAPI) -> dict[str, Any]:
    """Describe the doors, once, with the answers' schemas and the key."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = made.setdefault("components", {})
        components["schemas"] = cast("dict[str, Any]", components.get("schemas", {})) | schemas()
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"key": []}]
        for path in OPEN_PATHS & made["paths"].keys():
            made["paths"][path]["get"]["security"] = []
        app.openapi_schema = made
    return app.openapi_schema


class Headers:
    """Tell browsers to keep nothing and to guess nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = ((b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"DENY"))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
