"""A decider that decides nothing: every signal is denied."""

from __future__ import annotations

from msgspec import Struct

from chassis.decider import Decider
from chassis.service import main
from contracts.log import Message
from contracts.signals import Signal
from contracts.verdicts import OrderDenied


class Nothing(Struct):
    """A state without memory."""


def denied(_: Nothing, event: Message) -> tuple[Message, ...]:
    if not isinstance(event, Signal):
        return ()
    return (
        OrderDenied(
            denial_id=event.signal_id, signal_id=event.signal_id, account="paper", source=event.source,
            symbol=event.symbol, code="bench", reason="", value="", limit="", at=event.at, checks=(),
        ),
    )  # fmt: skip


DECIDER = Decider(
    name="risk", inputs=("signals.>",), outputs=("denied.>",), initial=Nothing, decide=denied,
    evolve=lambda state, _: state,
)  # fmt: skip


if __name__ == "__main__":
    main("risk", lambda: lambda service: service.run(DECIDER))
