"""Market time on the wire."""

from datetime import UTC, date, datetime, time

from paper_exchange.tape import NEW_YORK, SECOND

DAY = 24 * 3600 * SECOND


def midnight(day: date) -> int:
    """Give the start of a day in New York."""
    return int(datetime.combine(day, time(), NEW_YORK).timestamp()) * SECOND


def stamp(at: int) -> str:
    """Write RFC 3339 in UTC, with as many of nine decimals as say something."""
    seconds, fraction = divmod(at, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{text}Z"


def microstamp(at: int) -> str:
    return stamp((at + 500) // 1000 * 1000)


def in_new_york(at: int) -> str:
    """Write RFC 3339 with the offset of New York."""
    seconds, fraction = divmod(at, SECOND)
    text = datetime.fromtimestamp(seconds, NEW_YORK).isoformat()
    return f"{text[:19]}.{fraction:09d}{text[19:]}" if fraction else text


def parse(text: str) -> int:
    """Read an ISO date or time; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(known.timestamp()) * SECOND + known.microsecond * 1000
