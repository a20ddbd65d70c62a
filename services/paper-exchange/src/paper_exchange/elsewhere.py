"""REST v2: what this exchange has none of: options."""

from aiohttp import web

from exchange.refusals import not_found
from paper_exchange.http import RefusedError, answer


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/options/contracts", _contracts),
        web.get("/v2/options/contracts/{id}", _contract),
        web.post("/v2/positions/{id}/exercise", _exercise),
    ]


async def _contracts(_: web.Request) -> web.StreamResponse:
    return answer({"option_contracts": [], "next_page_token": None})


async def _contract(request: web.Request) -> web.StreamResponse:
    raise RefusedError(not_found(f"option contract not found for {request.match_info['id']}"))


async def _exercise(_: web.Request) -> web.StreamResponse:
    raise RefusedError(not_found("position does not exist"))
