"""What the broker accepts: a table of rules in the order in which they are asked, each with its refusal."""

from exchange.book import Amendment, Ticket
from exchange.refusals import Refusal
from exchange.rulebook.account import ACCOUNT, NAMES, SHORTING
from exchange.rulebook.changes import CANCELS, CHANGES, STANDING
from exchange.rulebook.form import AMOUNT, ASSET, PRICES, WORDS
from exchange.rulebook.groups import GROUP
from exchange.rulebook.lifetimes import EXTENDED_HOURS, FRACTIONS, LIFETIMES
from exchange.rulebook.means import MONEY_ENOUGH, SHARES, WASH
from exchange.rulebook.rule import Desk, first_broken, refusal
from exchange.rulebook.subjects import Change, amended

SUBMISSION = (
    WORDS,
    ASSET,
    AMOUNT,
    PRICES,
    LIFETIMES,
    EXTENDED_HOURS,
    FRACTIONS,
    GROUP,
    NAMES,
    ACCOUNT,
    SHORTING,
    SHARES,
    WASH,
    MONEY_ENOUGH,
)
NEW_TERMS = (WORDS, AMOUNT, PRICES, LIFETIMES, EXTENDED_HOURS, FRACTIONS, NAMES, ACCOUNT, WASH)


def refuse(ticket: Ticket, desk: Desk) -> Refusal | None:
    """Return the refusal of the first rule that the ticket breaks, or None when it is accepted."""
    return refusal(first_broken(SUBMISSION, ticket, desk), ticket, desk)


def refuse_replacement(order_id: str, amendment: Amendment, desk: Desk) -> Refusal | None:
    """Say why an order cannot be replaced so."""
    change = Change(order_id, amendment)
    standing = first_broken((STANDING,), change, desk)
    if standing is not None:
        return refusal(standing, change, desk)
    ticket = amended(change, desk)
    terms = first_broken(NEW_TERMS, ticket, desk)
    if terms is not None:
        return refusal(terms, ticket, desk)
    return refusal(first_broken((CHANGES,), change, desk), change, desk)


def refuse_cancel(order_id: str, desk: Desk) -> Refusal | None:
    return refusal(first_broken((CANCELS,), order_id, desk), order_id, desk)
