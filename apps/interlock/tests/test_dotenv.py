from __future__ import annotations

from pathlib import Path

import pytest

from interlock.stack.dotenv import read
from interlock.stack.refusal import StackError


def written(folder: Path, text: str) -> Path:
    file = folder / ".env"
    file.write_text(text)
    return file


def test_names_and_values_are_read_with_comments_quotes_and_export(tmp_path: Path):
    file = written(tmp_path, "# note\nA=1\nexport B='two words'\nC=\nD=x # why\n\nE=\"q\"\n")

    assert read(file) == {"A": "1", "B": "two words", "C": "", "D": "x", "E": "q"}


def test_a_dollar_sign_in_a_password_is_kept(tmp_path: Path):
    assert read(written(tmp_path, "SECRET=a${HOME}b\n")) == {"SECRET": "a${HOME}b"}


def test_a_line_that_is_no_variable_is_refused_with_its_number(tmp_path: Path):
    with pytest.raises(StackError, match=r"\.env line 2: expected NAME=value, was 'TRADE_MODE'"):
        read(written(tmp_path, "A=1\nTRADE_MODE auto\n"))


def test_a_refusal_does_not_show_what_may_be_a_secret(tmp_path: Path):
    with pytest.raises(StackError) as refused:
        read(written(tmp_path, "ALPACA API SECRET=hunter2\n"))

    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_bytes(b"A=\xff\xfe")

    with pytest.raises(StackError, match="cannot be read"):
        read(file)
