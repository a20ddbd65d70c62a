"""The faults: what each is called, at which moments it may strike, and what it does."""

from enum import StrEnum

from msgspec import Struct


class Place(StrEnum):
    """The moments at which a fault may strike; each is one chance for every fault of the place."""

    REQUEST = "a request comes in"
    CHANGE = "an order is placed, replaced or canceled, or a position closed, and the answer is about to leave"
    ANSWER = "any answer that is no refusal is about to leave"
    HANDSHAKE = "a stream of `trade_updates` is asked to let somebody in"
    ORDER = "an order is taken in"
    CANCEL = "a cancel of an order at the market is taken in"
    CANCELED = "an order has been canceled, by its owner or with its group"
    FRAME = "`trade_updates` tells a listener of an order"
    PRINT = "a symbol trades"
    PERSON = "a symbol trades; one chance for every account"


class Fault(Struct, frozen=True):
    name: str
    places: tuple[Place, ...]
    meaning: str
    variants: tuple[str, ...] = ()  # the seed chooses one where none is named
    seconds: float | None = None  # how long it takes unless said otherwise; None: it takes no time


PAGES = ("500", "502", "503", "504", "500html", "502html", "503html", "504html")

TABLE = (
    Fault("lost_request", (Place.REQUEST,), "the connection is cut; nothing was done"),
    Fault("hang", (Place.REQUEST,), "nothing is done, and no answer comes until the client gives up", seconds=120),
    Fault(
        "rate_limit", (Place.REQUEST,), "429, with the headers of the rate limit or bare", variants=("headers", "bare")
    ),
    Fault("unauthorized", (Place.REQUEST, Place.HANDSHAKE), "the keys are refused, though they are right"),
    Fault("error_before", (Place.REQUEST,), "a 5xx in JSON or as a proxy's page; nothing was done", variants=PAGES),
    Fault("lost_response", (Place.CHANGE,), "it was done; the connection is cut before the answer"),
    Fault("hang_after", (Place.CHANGE,), "it was done; no answer comes until the client gives up", seconds=120),
    Fault("error_after", (Place.CHANGE,), "it was done; the answer is a 5xx in JSON or as a page", variants=PAGES),
    Fault("garbled", (Place.ANSWER,), "the body ends in its middle"),
    Fault("slow", (Place.ANSWER,), "the answer comes late, behind what the stream has told meanwhile", seconds=2),
    Fault("reject_after_accept", (Place.ORDER,), "the order is accepted, then rejected when it is routed"),
    Fault("stuck_cancel", (Place.CANCEL,), "the order stays in pending_cancel, for market seconds", seconds=600),
    Fault("cancel_rejected", (Place.CANCEL,), "the cancel is refused after all, market seconds later", seconds=15),
    Fault("late_fill", (Place.CANCELED,), "the order fills after all, market seconds later", seconds=15),
    Fault("stream_gap", (Place.FRAME,), "the socket closes; this frame and what happens meanwhile is never told"),
    Fault("mute", (Place.FRAME,), "the socket stays open, and nothing comes any more"),
    Fault("frame_dropped", (Place.FRAME,), "the frame is left out"),
    Fault("frame_doubled", (Place.FRAME,), "the frame comes twice"),
    Fault("frame_late", (Place.FRAME,), "the frame comes late, behind later ones", seconds=0.5),
    Fault("frame_unknown", (Place.FRAME,), "the order's status is a word that no client knows"),
    Fault("halt", (Place.PRINT,), "the symbol is halted, for market seconds", seconds=300),
    Fault("data_gap", (Place.PRINT,), "market data does not show the trade and its quote"),
    Fault("zero_ask", (Place.PRINT,), "market data shows an ask of 0"),
    Fault("crossed_quote", (Place.PRINT,), "market data shows the bid above the ask"),
    Fault("stale_quote", (Place.PRINT,), "market data shows the quote before once more, with its old time"),
    Fault(
        "external_order", (Place.PERSON,), "a person buys or sells one share, or cancels an order, by hand",
        variants=("buy", "sell", "cancel"),
    ),
)  # fmt: skip

FAULTS = {fault.name: fault for fault in TABLE}


def at(place: Place) -> tuple[str, ...]:
    """Name the faults that may strike there; where several would, the first does."""
    return tuple(fault.name for fault in TABLE if place in fault.places)
