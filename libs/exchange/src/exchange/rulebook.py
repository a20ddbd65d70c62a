"""What is accepted: the rules in the order in which they are asked, each with its refusal."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from exchange import rules_of_form as form
from exchange import rules_of_groups as groups
from exchange import rules_of_means as means
from exchange.accounts import Account
from exchange.assets import Asset
from exchange.book import Ticket
from exchange.fills import Print
from exchange.refusals import Refusal, malformed, unacceptable

NAME_LENGTH = 128


class Desk(Struct, frozen=True):
    """What a rule may look at besides the ticket."""

    account: Account
    prints: Mapping[str, Print]
    assets: Mapping[str, Asset]


def refuse(
    ticket: Ticket, account: Account, prints: Mapping[str, Print], assets: Mapping[str, Asset]
) -> Refusal | None:
    """Return the refusal of the first rule that the ticket breaks, or None when it is accepted."""
    desk = Desk(account, prints, assets)
    return next((refusal for rule in RULES if (refusal := rule(ticket, desk)) is not None), None)


def known_symbol(ticket: Ticket, desk: Desk) -> Refusal | None:
    if ticket.symbol not in desk.assets:
        return unacceptable(f'asset "{ticket.symbol}" not found')
    return None


def unique_name(ticket: Ticket, desk: Desk) -> Refusal | None:
    name = ticket.client_order_id
    if name is None:
        return None
    if len(name) > NAME_LENGTH:
        return malformed(f"client_order_id must be no more than {NAME_LENGTH} characters")
    return malformed("client_order_id must be unique") if name in desk.account.client_order_ids else None


def of_form(rule: Callable[[Ticket], Refusal | None]) -> Callable[[Ticket, Desk], Refusal | None]:
    return lambda ticket, _: rule(ticket)


def plausible_group_prices(ticket: Ticket, desk: Desk) -> Refusal | None:
    return groups.prices(ticket, desk.prints.get(ticket.symbol))


def affordable(ticket: Ticket, desk: Desk) -> Refusal | None:
    return means.buying_power(ticket, desk.account, desk.prints)


def owned(ticket: Ticket, desk: Desk) -> Refusal | None:
    return means.shares(ticket, desk.account)


RULES: tuple[Callable[[Ticket, Desk], Refusal | None], ...] = (
    of_form(form.words),
    known_symbol,
    of_form(form.amount),
    of_form(form.prices_of_type),
    of_form(form.price_grid),
    of_form(form.time_in_force),
    of_form(form.extended_hours),
    of_form(form.fractional),
    of_form(groups.members),
    plausible_group_prices,
    unique_name,
    owned,
    affordable,
)
