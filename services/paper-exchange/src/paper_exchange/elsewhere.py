"""REST v2: what this exchange has none of: corporate actions, options."""

from datetime import timedelta

from aiohttp import web

from exchange.refusals import malformed, not_found
from paper_exchange.http import RefusedError, answer, needed_day, words

LONGEST = timedelta(days=90)
KINDS = frozenset({"dividend", "merger", "spinoff", "split"})


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/corporate_actions/announcements", _announcements),
        web.get("/v2/corporate_actions/announcements/{id}", _announcement),
        web.get("/v2/options/contracts", _contracts),
        web.get("/v2/options/contracts/{id}", _contract),
        web.post("/v2/positions/{id}/exercise", _exercise),
    ]


async def _announcements(request: web.Request) -> web.StreamResponse:
    """Answer with none: the recorded prices know of no dividend, split or merger."""
    kinds = {word.lower() for word in words(request, "ca_types")}
    if not kinds or not kinds <= KINDS:
        raise RefusedError(malformed(f"ca_types must be one or more of {', '.join(sorted(KINDS))}"))
    since, until = needed_day(request, "since"), needed_day(request, "until")
    if not timedelta() <= until - since <= LONGEST:
        raise RefusedError(malformed(f"since and until were {since} and {until}, expected 90 days at most"))
    return answer([])


async def _announcement(request: web.Request) -> web.StreamResponse:
    raise RefusedError(not_found(f"corporate action announcement not found for {request.match_info['id']}"))


async def _contracts(_: web.Request) -> web.StreamResponse:
    return answer({"option_contracts": [], "next_page_token": None})


async def _contract(request: web.Request) -> web.StreamResponse:
    raise RefusedError(not_found(f"option contract not found for {request.match_info['id']}"))


async def _exercise(_: web.Request) -> web.StreamResponse:
    raise RefusedError(not_found("position does not exist"))
