"""The limits for people: config/limits.toml, and with the word `table` that of docs/limits.md."""

from __future__ import annotations

import sys
import textwrap
from decimal import Decimal

from api_gateway.limits.fields import GROUPS, VALUES, expected, variable, written
from contracts.values import plain

INTRO = """\
# The limits of the gate. Everything here is a comment: what is not said holds its default, which stands here.
#
# An edit takes effect within seconds, and is written into the log with everything that differs. A mistake changes
# nothing, and is said in the log of api-gateway, by `interlock config` and in GET /config/limits. A variable of the
# environment wins over the table [limits]; a narrower table wins over both. docs/limits.md says more.
"""

NARROWER = """
# Narrower tables hold the same limits, those that differ. The narrowest counts: a symbol's before a strategy's, a
# strategy's before an account's. An amount that is given without a sizing chooses it.
#
# [accounts.paper]
# multiplier = 0.5
#
# [strategies.ema]
# min_confidence = 0.8
#
# [symbols."BRK.B"]
# default_quantity = 2
#
# [accounts.paper.symbols.TSLA]
# max_position_fraction = 0.02
"""


def file() -> str:
    parts = [INTRO, "# [limits]"]
    for title, group in GROUPS.items():
        parts.append(f"\n# {title}")
        for name, meaning in group.items():
            about = textwrap.wrap(f"{meaning} ({expected(name)})", 115)
            parts += [*(f"# {line}" for line in about), f"# {name} = {_toml(VALUES[name])}"]
    return "\n".join(parts) + "\n" + NARROWER


def table() -> str:
    rows = [
        f"| `{name}` | `{variable(name)}` | {f'`{written(VALUES[name])}`' if VALUES[name] != () else ''} | {meaning} |"
        for group in GROUPS.values()
        for name, meaning in group.items()
    ]
    return "\n".join(("| limit | variable | default | what it is |", "| --- | --- | --- | --- |", *rows)) + "\n"


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return plain(value)
        case int() | float():
            return f"{value:g}"
        case tuple():
            return "[]"
        case _:
            return f'"{value}"'


if __name__ == "__main__":
    print(table() if "table" in sys.argv else file(), end="")
