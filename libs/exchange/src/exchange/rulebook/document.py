"""The rulebook for people: `python -m exchange.rulebook.document` prints docs/alpaca-rulebook.md."""

import sys
from collections.abc import Iterable
from typing import Any

from msgspec import convert, to_builtins

from exchange.book import OrderType, TimeInForce
from exchange.rulebook import SUBMISSION
from exchange.rulebook.changes import CANCELS, CHANGES, STANDING
from exchange.rulebook.choices import FURTHER, UNCERTAIN, Choice
from exchange.rulebook.lifetimes import LIFETIMES
from exchange.rulebook.matrix import ALL, GRIDS, Grid
from exchange.rulebook.rule import Chapter, Rule, Source

INTRO = """\
# What the exchange accepts

Every rule that the paper exchange holds an order against, in the order in which it asks them: the first that is broken
answers. The tables are made from the exchange's own (`make rulebook`), and tests walk every row of them with the two
cases of the column "example". Of a refusal, the HTTP status and the code are what a client should match on; the words
are Alpaca's where they are known, and `{…}` stands for what the order fills in. Further members of an answer are named
behind its words.

The symbols of the examples are named for what is special about them: nothing is held of FLAT, some of LONG and SHORT;
GONE, WHOLE, RTH, NOLOAN, HARD and CASH lack what their rules are about; in BID, OFFER and STOP an order is open.
"""
LONGEST = 24


def document() -> str:
    chapters: list[Chapter[Any]] = [*SUBMISSION, STANDING, CHANGES, CANCELS]
    parts = [INTRO, _sources(), *(_chapter(chapter) for chapter in chapters), _choices()]
    return "\n".join(parts)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(head)
    lines = (names, ("---",) * len(names), *rows)
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _sources() -> str:
    return "## Sources\n\n" + _table(("word", "source"), ((source.name.lower(), source) for source in Source))


def _chapter(chapter: Chapter[Any]) -> str:
    text = f"{chapter.text}\n\n" if chapter.text else ""
    head = ("rule", "refused with", "message", "example", "source", "note")
    table = _table(head, map(_row, chapter.rules))
    return f"## {chapter.title}\n\n{text}{_matrix() if chapter is LIFETIMES else ''}{table}"


def _row(rule: Rule[Any]) -> tuple[str, ...]:
    members = f" + {', '.join(rule.form.extra)}" if rule.form.extra else ""
    sources = ", ".join(source.name.lower() for source in rule.sources)
    refused = f"{rule.form.status} {rule.form.code}"
    return rule.name, refused, f"`{rule.form.message}`{members}", _example(rule), sources, rule.note


def _example(rule: Rule[Any]) -> str:
    """Tell the members in which the two cases differ."""
    broken, kept = _members(rule.broken.subject), _members(rule.kept.subject)
    names = [name for name in broken | kept if broken.get(name) != kept.get(name)]
    pairs = ((name, broken.get(name), kept.get(name)) for name in names)
    return "; ".join(f"{name} {_short(bad)}, not {_short(good)}" for name, bad, good in pairs)


def _members(subject: object) -> dict[str, object]:
    """Spread a case out: `take_profit.limit_price` is a member too."""
    if isinstance(subject, str):
        return {"order": subject}
    flat: dict[str, object] = {}
    for name, value in convert(to_builtins(subject), dict[str, object]).items():
        flat |= {f"{name}.{key}".strip("."): one for key, one in _inner(value).items() if one is not None}
    return flat


def _inner(value: object) -> dict[str, object]:
    return convert(value, dict[str, object]) if isinstance(value, dict) else {"": value}


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return f"`{text}`" if len(text) <= LONGEST else f"{len(text)} characters"


def _matrix() -> str:
    head = ("", "time in force", *OrderType)
    rows = [(kind, tif, *_cells(grid, tif)) for kind, grid in GRIDS.items() for tif in ALL if tif in grid]
    return _table(head, rows) + "\n"


def _cells(grid: Grid, tif: TimeInForce) -> tuple[str, ...]:
    return tuple("yes" if order_type in grid[tif] else "" for order_type in OrderType)


def _choices() -> str:
    head = ("question", "here")
    return "\n".join(
        (
            "## Choices\n",
            "Where Alpaca's documents are silent, contradict each other, or have never been seen confirmed.\n",
            _table(head, map(_choice, UNCERTAIN)),
            "And in smaller things:\n",
            _table(head, map(_choice, FURTHER)),
        )
    )


def _choice(choice: Choice) -> tuple[str, str]:
    return choice.question, choice.answer


if __name__ == "__main__":
    sys.stdout.write(document())
