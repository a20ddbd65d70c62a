"""The journal: what is written is read, and what cannot be read is not overlooked."""

# The file is closed behind the journal's back.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange.journal import Journal, JournalError
from exchange.state import State


def test_a_torn_last_line_is_forgotten(tmp_path: Path):
    journal = Journal(tmp_path)
    state = journal.start()
    journal.append(41, ())
    journal.append(42, ())
    journal.stop()
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    again = Journal(tmp_path)
    assert again.start() == State(state.seed, time=41)
    again.stop()


def test_a_broken_line_in_the_middle_is_not_overlooked(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.start()
    journal.append(41, ())
    journal.stop()
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-5] + b"\n")
    again = Journal(tmp_path)
    with pytest.raises(JournalError, match="line 2"):
        again.start()
    again.stop()


def test_a_folder_belongs_to_one_exchange_at_a_time(tmp_path: Path):
    journal = Journal(tmp_path)
    with pytest.raises(JournalError, match="another exchange"):
        Journal(tmp_path)
    journal.stop()
    Journal(tmp_path).stop()


def test_a_journal_that_could_not_be_written_takes_nothing_more(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.start()
    os.close(journal._file)
    for problem in ("Bad file descriptor", "hole"):
        with pytest.raises((OSError, JournalError), match=problem):
            journal.append(1, ())
