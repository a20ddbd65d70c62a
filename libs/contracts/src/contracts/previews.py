"""What would be, if: a question to the gate and its answer. Nothing follows from either."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from contracts.signals import Signal
from contracts.values import Token
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied


class PreviewAsked(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """How would this signal be judged now? `price` takes the place of the market's, where there is one."""

    preview_id: Token
    account: Token
    signal: Signal
    price: Decimal | None = None


class Previewed(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The verdict as it would have been. It approves nothing: whoever acts reads approvals and nothing else."""

    preview_id: Token
    account: Token
    verdict: OrderApproved | ExitApproved | OrderDenied
