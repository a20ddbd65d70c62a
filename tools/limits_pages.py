"""The limits for people: `python -m tools.limits_pages` writes config/limits.toml and the table of docs/limits.md."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from pathlib import Path

from api_gateway.limits.fields import GROUPS, VALUES, expected, variable, written
from contracts.values import plain

ROOT = Path(__file__).parent.parent

_HEAD = "| limit | variable | default | what it is |"

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
    return "\n".join((_HEAD, "| --- | --- | --- | --- |", *rows)) + "\n"


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


def main() -> None:
    (ROOT / "config/limits.toml").write_text(file(), encoding="utf-8")
    page = ROOT / "docs/limits.md"
    head, _, _ = page.read_text(encoding="utf-8").partition(_HEAD)
    page.write_text(head + table(), encoding="utf-8")


if __name__ == "__main__":
    main()
