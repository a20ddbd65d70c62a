"""The doors, by what people come for."""

from __future__ import annotations

from api_gateway.routes import config, control, events, locks, providers, risk, status, submit, trading

ROUTERS = (
    status.router, providers.router, trading.router, submit.router, control.router, risk.router, locks.router,
    config.router, events.router,
)  # fmt: skip
