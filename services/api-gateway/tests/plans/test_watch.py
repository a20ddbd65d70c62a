from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from api_gateway.plans.watch import marks, watch


def append(file: Path) -> None:
    with file.open("a") as plan:
        plan.write(" and new")


def replace(file: Path) -> None:
    # As most editors save: another file takes the name.
    other = file.with_suffix(".new")
    other.write_text("new")
    other.replace(file)


def remove(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("edit", [append, replace, remove])
async def test_every_edit_is_told_once(edit: Callable[[Path], None], tmp_path: Path):
    file, told = tmp_path / "plan", asyncio.Queue[str]()
    file.write_text("old")

    async def on_change() -> None:
        told.put_nowait(file.read_text() if file.exists() else "gone")

    watching = asyncio.create_task(watch(lambda: marks([file]), on_change, seconds=0.001))
    assert await told.get() == "old"
    edit(file)
    assert await told.get() == (file.read_text() if file.exists() else "gone")
    replace(file)
    assert await told.get() == "new"
    watching.cancel()
    assert told.empty()


def test_a_file_that_is_not_there_has_no_mark(tmp_path: Path):
    assert marks([tmp_path / "none"]) == (None,)
