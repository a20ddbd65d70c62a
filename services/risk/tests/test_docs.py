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
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    path = {"PYTHONPATH": str(copy / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def apply_diff(file: Path, guide: str) -> None:
    found = re.search(r"^```diff\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    assert found
    added_import, before, place, after = found[1].splitlines()
    text = file.read_text()
    between = f"{before[1:]}\n{after[1:]}\n"
    assert between in text
    text = text.replace(between, f"{before[1:]}\n{place[1:]}\n{after[1:]}\n")
    file.write_text(text.replace("\n\nENTRY_RULES", f"\n{added_import[1:]}\n\nENTRY_RULES"))
