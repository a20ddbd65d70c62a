"""`/healthz`, `/readyz` and `/metrics` of one process."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


class Health:
    """`healthz` answers while the process lives; `readyz` is 200 once nothing is waited for any more."""

    def __init__(self, service: str, version: str) -> None:
        self.service, self.version = service, version
        self._waiting: dict[str, None] = {}
        self._runner: web.AppRunner | None = None

    def wait_for(self, *conditions: str) -> None:
        """Be not ready until each of these is met."""
        self._waiting.update(dict.fromkeys(conditions))

    def met(self, condition: str) -> None:
        self._waiting.pop(condition, None)

    def waiting(self) -> tuple[str, ...]:
        return tuple(self._waiting)

    async def serve(self, host: str, port: int) -> None:
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"service": self.service, "version": self.version, "status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        waiting = self.waiting()
        body = {"service": self.service, "ready": not waiting, "waiting_for": list(waiting)}
        return web.json_response(body, status=503 if waiting else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
