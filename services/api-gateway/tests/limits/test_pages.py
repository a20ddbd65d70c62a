"""What people read about limits is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from api_gateway.limits.fields import VALUES
from api_gateway.limits.file import parse
from api_gateway.limits.layout import ALL
from tools.limits_pages import file, table

ROOT = Path(__file__).parents[4]


def test_the_shipped_file_is_made_from_the_limits():
    assert (ROOT / "config/limits.toml").read_text() == file(), "run: python -m tools.limits_pages"


def test_the_table_of_the_documentation_is_made_from_the_limits():
    assert (ROOT / "docs/limits.md").read_text().endswith(table()), "run: python -m tools.limits_pages"


def test_the_shipped_file_without_its_comment_signs_says_every_default():
    text = file().partition("Narrower tables")[0]
    said = "\n".join(line.removeprefix("# ") for line in text.splitlines() if re.match(r"# (\[limits\]|\w+ = )", line))
    found = parse(said, "limits.toml", ())
    assert {name: setting.value for name, setting in found.layout[ALL].items()} == VALUES


def test_the_example_of_the_documentation_is_understood():
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/limits.md").read_text(), re.DOTALL)
    found = parse(example, "limits.toml", ("growth",))
    assert found.problems == ()
    assert len(found.layout) == 6
