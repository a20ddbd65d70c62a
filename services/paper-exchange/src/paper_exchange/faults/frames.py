"""The faults of `trade_updates`: what becomes of an update on its way to one listener."""

import asyncio
from collections.abc import Callable

from paper_exchange.faults.faults import Strike
from paper_exchange.outbox import Outbox
from paper_exchange.wire import Json

UNKNOWN = "under_review"


def send(outbox: Outbox, encode: Callable[[Json], bytes | str], update: dict[str, Json], struck: Strike) -> None:
    """Tell of an update as the fault has it."""
    match struck.fault:
        case "stream_gap":
            outbox.stop()
        case "mute":
            outbox.mute()
        case "frame_doubled":
            outbox.put(encode(update))
            outbox.put(encode(update))
        case "frame_late":
            asyncio.get_running_loop().call_later(struck.seconds, outbox.put, encode(update))
        case "frame_unknown":
            outbox.put(encode(_with_unknown_status(update)))
        case _:
            return


def _with_unknown_status(update: dict[str, Json]) -> dict[str, Json]:
    match update:
        case {"data": {"order": {"status": _} as order} as data}:
            return {**update, "data": {**data, "order": {**order, "status": UNKNOWN}}}
        case _:
            return update
