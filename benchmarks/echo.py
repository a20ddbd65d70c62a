"""A bare aiohttp server that answers every POST with an order it made before: what HTTP itself costs."""

from __future__ import annotations

import os

from aiohttp import web

ANSWER = b'{"id": "904837e3-3b76-47ec-b432-046db621571b", "status": "pending_new", "padding": "%s"}' % (b"." * 1_000)


async def _answer(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=ANSWER, content_type="application/json")


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


def main() -> None:
    app = web.Application()
    app.add_routes([web.post("/v2/orders", _answer), web.get("/readyz", _ready)])
    web.run_app(app, host="127.0.0.1", port=int(os.environ["ECHO_PORT"]), access_log=None, print=None)


if __name__ == "__main__":
    main()
