"""What the doors have in hand for one account: its view, the way into the log, the questions to the audit."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Query, Request

from api_gateway.failures import Refusal, answered
from api_gateway.history import History
from api_gateway.office import Office
from api_gateway.view import Verdict
from chassis.log import Outcome
from contracts.control import EVERYONE
from contracts.log import Message
from contracts.orders import OrderChanged
from contracts.plans import NextStep
from contracts.previews import Previewed
from contracts.providers import Providers

VERDICT_SECONDS = 5.0


class Desk:
    """`named` is what a request said of the account: nothing, its name, or that all are meant."""

    def __init__(self, office: Office, account: str, named: str = "") -> None:
        self.office, self.account, self.named = office, account, named
        self.view, self.profile = office.views[account], office.profile
        # A story is told whole, with what came of it in every account, unless one is named.
        self.history = History("" if named == EVERYONE else named, office.bus.history)

    @property
    def scope(self) -> str:
        """Whom a decision is for: every account, unless one is named."""
        return self.named or EVERYONE

    @property
    def meant(self) -> tuple[str, ...]:
        """Whom a trade is for: the first account, unless another is named, or all are."""
        return self.office.accounts if self.named == EVERYONE else (self.account,)

    @property
    def addressee(self) -> str:
        """Give the account of a signal for whom it is meant; empty for all."""
        return "" if self.named == EVERYONE else self.account

    def order(self, name: str) -> OrderChanged | None:
        """Find an order by our id or the broker's, in whichever account it is unless one is named."""
        views = (self.view,) if self.named == self.account else self.office.views.values()
        return next((order for view in views if (order := view.order(name))), None)

    async def providers(self) -> Providers | None:
        """Give the executor's last word about the broker and the prices; None where it is too long ago."""
        async with answered("bus"):
            return await self.office.bus.providers(self.account)

    async def plans(self) -> dict[str, tuple[NextStep, ...]] | None:
        """Give the position manager's last word about what comes next; None where it is too long ago."""
        told = await self.office.bus.plans(self.account)
        return None if told is None else told.plans

    async def write(self, message: Message) -> Outcome:
        """Store one fact of the outside world and wait until the view has it; refuse with 503 where the log is away."""
        return await self.office.write(message)

    async def verdicts(self, signal_id: str) -> dict[str, Verdict]:
        """Wait a moment for the verdicts of the accounts that are meant, and give those that are there, by account."""

        def found() -> dict[str, Verdict]:
            return {account: verdict for account in self.meant if (verdict := self.office.verdict(account, signal_id))}

        await self.office.until(lambda: len(found()) == len(self.meant), VERDICT_SECONDS)
        return found()

    async def previewed(self, preview_id: str) -> Previewed | None:
        """Wait a moment for the gate's answer to a question."""
        await self.office.until(lambda: preview_id in self.view.previews, VERDICT_SECONDS)
        return self.view.previews.get(preview_id)


Named = Annotated[
    str, Query(description="An account; without it the first. Decisions are for every account unless one is named")
]


def _office(request: Request) -> Office:
    return cast("Office", request.app.state.office)


Everywhere = Annotated[Office, Depends(_office)]


def _desk(request: Request, office: Everywhere, account: Named = "") -> Desk:
    if account in office.accounts:
        return Desk(office, account, account)
    # What is shown is one account's; what a person decides may be for all.
    if not account or (account == EVERYONE and request.method != "GET"):
        return Desk(office, office.accounts[0], account)
    raise Refusal(404, "unknown_account", f"no account is called {account!r}; there is {', '.join(office.accounts)}")


Here = Annotated[Desk, Depends(_desk)]
