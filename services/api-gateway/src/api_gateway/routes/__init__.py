"""The doors, by what people come for."""

from __future__ import annotations

from api_gateway.routes import (
    commands,
    config,
    control,
    events,
    locks,
    preview,
    providers,
    risk,
    status,
    submit,
    trading,
)

ROUTERS = (
    status.router,
    providers.router,
    trading.router,
    commands.router,
    submit.router,
    control.router,
    risk.router,
    locks.router,
    preview.router,
    config.router,
    events.router,
)
