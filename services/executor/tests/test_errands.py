"""Errands: one after the other under one name, and none left behind."""

from __future__ import annotations

import asyncio

from executor.errands import Errands


async def test_errands_of_one_name_run_one_after_the_other_and_those_of_others_beside_them():
    errands, done, go = Errands(), list[str](), asyncio.Event()

    async def first() -> None:
        await go.wait()
        done.append("first")

    async def note(what: str) -> None:
        done.append(what)

    errands.begin("a", first)
    errands.begin("a", lambda: note("second"))
    errands.begin("b", lambda: note("other"))
    await asyncio.sleep(0.01)
    assert done == ["other"]
    go.set()
    await errands.idle()
    assert done == ["other", "first", "second"]


async def test_stopping_ends_what_is_at_work_too_not_only_what_waits_behind_it():
    errands, ended = Errands(), list[str]()

    async def for_ever(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    errands.begin("a", lambda: for_ever("first"))
    errands.begin("a", lambda: for_ever("second"))
    await asyncio.sleep(0.01)
    await errands.stop()
    assert ended == ["first"]
