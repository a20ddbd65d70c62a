from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.stack.home import Home, check_accounts, check_space, home, prepare
from interlock.stack.lock import locked
from interlock.stack.refusal import StackError
from interlock.stack.secrets import secret, write_private


def test_the_home_is_where_interlock_home_says_and_else_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    assert home({"INTERLOCK_HOME": "/srv/one"}).root == Path("/srv/one")
    assert home({}).root == tmp_path / ".interlock"


def test_a_home_that_cannot_be_made_is_refused_with_the_reason(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(StackError, match=r"cannot make the folder .*file/home.*: not a directory"):
        prepare(Home(tmp_path / "file" / "home"))


def test_a_disk_with_too_little_space_is_refused(tmp_path: Path):
    check_space(Home(tmp_path), needed=1)

    with pytest.raises(StackError, match=rf"the disk of {tmp_path} is full: \d+ MB are free, at least 1000000000 MB"):
        check_space(Home(tmp_path), needed=10**15)


def test_a_home_holds_the_log_of_its_accounts_and_another_may_join(tmp_path: Path):
    home, paper, growth = Home(tmp_path), "account paper at the paper exchange", "account growth at the paper exchange"
    check_accounts(home, (paper,))
    write_private(home.account, f"{paper}\n")
    check_accounts(home, (paper,))
    check_accounts(home, (growth, paper))

    with pytest.raises(StackError, match=r"the log of account paper at the paper exchange, and account .* at Alpaca"):
        check_accounts(home, ("account paper at Alpaca, profile paper",))
    with pytest.raises(StackError, match="the log of account paper at the paper exchange, and account growth at the"):
        check_accounts(home, (growth,))


def test_a_second_stack_in_the_same_home_is_refused_and_names_the_first(tmp_path: Path):
    with (
        locked(Home(tmp_path)),
        pytest.raises(StackError, match=rf"already running in {tmp_path} \(process {os.getpid()}\)"),
        locked(Home(tmp_path)),
    ):
        pass


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from interlock.stack.home import Home; from interlock.stack.lock import locked\n"
        "with locked(Home(Path(sys.argv[1]))): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StackError), locked(Home(tmp_path)):
            pass
        holder.kill()
    with locked(Home(tmp_path)):
        pass


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    first = secret(tmp_path / "key")

    assert len(first) == 48
    assert secret(tmp_path / "key") == first
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path):
    write_private(tmp_path / "key", "one")

    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "key", "two\udc80")
    write_private(tmp_path / "other", "three")

    assert (tmp_path / "key").read_text() == "one"
    assert (tmp_path / "other").read_text() == "three"
