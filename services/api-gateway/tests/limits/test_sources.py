"""The file of limits as it lies there, or does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from api_gateway.limits.layout import ALL
from api_gateway.limits.sources import read, read_first, sources
from chassis.settings import SettingsError


def test_a_file_of_an_editor_that_marks_its_text_is_read(tmp_path: Path):
    file = tmp_path / "limits.toml"
    file.write_text("[limits]\nmax_concurrent = 7\n", encoding="utf-8-sig")
    assert read_first(sources(str(file), ("paper",), {}))[ALL]["max_concurrent"].value == 7


def test_the_usual_file_need_not_be_there_but_may_not_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    usual = sources("", ("paper",), {})
    assert read(usual).problems == ()
    usual.file.parent.mkdir()
    usual.file.touch()
    assert read(usual).problems == ()
    usual.file.unlink()
    (gone,) = read(usual).problems
    assert gone.text == "config/limits.toml: cannot be read: no such file or directory"


@pytest.mark.parametrize("text", [b"[limits]\n\xff", None])
def test_what_cannot_be_read_is_said_at_the_start(text: bytes | None, tmp_path: Path):
    file = tmp_path / "limits.toml"
    file.write_bytes(text) if text else file.mkdir()
    with pytest.raises(SettingsError, match=r"limits\.toml:2: found the byte 255|limits\.toml: cannot be read: is a"):
        read_first(sources(str(file), ("paper",), {}))
