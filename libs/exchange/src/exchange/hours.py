"""When an order may trade, and which prints are of the session that it trades in."""

from exchange.book import Moment, Session
from exchange.fills import Print

MINUTE = 60 * 10**9
EXTENDED = frozenset({Session.PRE, Session.AFTER})
BEGINS = {Session.PRE: 4 * 60, Session.REGULAR: 9 * 60 + 30, Session.AFTER: 9 * 60 + 30}  # minutes after midnight


def admits(at: Moment, *, extended_hours: bool) -> bool:
    """Whether the session takes an order to the market."""
    return at.is_open or (extended_hours and at.session in EXTENDED)


def fresh(shown: Print | None, at: Moment) -> bool:
    """Whether the print is of this day's trading; before the open, yesterday's quote is nobody's."""
    if shown is None or at.session is Session.CLOSED:
        return False
    midnight = (at.now // MINUTE - at.minute) * MINUTE
    return shown.at >= midnight + BEGINS[at.session] * MINUTE
