"""The guide to adding a rule, followed to the letter on a copy of the service."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "adding-a-rule.md"


def test_a_rule_added_by_the_guide_works_and_breaks_nothing(tmp_path: Path):
    copy = tmp_path / "services" / "risk"
    shutil.copytree(ROOT / "services" / "risk", copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    guide = GUIDE.read_text()
    files = re.findall(r"^`(services/\S+\.py)`\n\n```python\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    assert len(files) == 2
    for path, text in files:
        (tmp_path / path).write_text(text)
    apply_diff(copy / "src" / "risk" / "rules" / "__init__.py", guide)

    tests = [str(copy / "tests" / name) for name in ("rules", "test_core.py")]
    run(copy, tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)
    # What `make risk-rules` does: it tries the example of each rule.
    assert "\n## penny_stock\n" in run(copy, ROOT, "tools.risk_rules")


def run(copy: Path, folder: Path, *module: str) -> str:
    command, path = [sys.executable, "-m", *module], {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def apply_diff(file: Path, guide: str) -> None:
    """Put the lines where the guide says, also when other rules stand there meanwhile."""
    found = re.search(r"^```diff\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    assert found
    added_import, before, place, after = found[1].splitlines()
    text = file.read_text()
    entry_rules = text[text.index("\nENTRY_RULES") : text.index("\nEXIT_RULES")]
    assert entry_rules.index(f"\n{before[1:]}\n") < entry_rules.index(f"\n{after[1:]}\n")
    if f"\n{place[1:]}\n" in entry_rules:
        return  # whoever has followed the guide already
    changed = entry_rules.replace(f"\n{after[1:]}\n", f"\n{place[1:]}\n{after[1:]}\n")
    file.write_text(text.replace(entry_rules, f"\n{added_import[1:]}\n{changed}"))
