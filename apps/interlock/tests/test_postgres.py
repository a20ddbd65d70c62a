from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest

from interlock.stack import postgres
from interlock.stack.ports import free
from interlock.stack.refusal import StackError


def asked(port: int, password: str, query: str = "select current_user") -> object:
    with psycopg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres") as connection:
        row = connection.execute(query.encode()).fetchone()
        return row and row[0]


def end(server: subprocess.Popen[bytes]) -> int:
    server.send_signal(signal.SIGINT)
    return server.wait(20)


def test_a_cluster_in_a_private_folder_serves_who_knows_the_password_and_keeps_its_rows(tmp_path: Path):
    folder = tmp_path / "private" / "postgres"
    folder.parent.mkdir(mode=0o700)
    (port,) = free(1, ())
    postgres.initialise(folder, "word")

    server = postgres.start(folder, port)
    assert asked(port, "word") == "postgres"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        asked(port, "wrong")
    with psycopg.connect(f"postgresql://postgres:word@127.0.0.1:{port}/postgres") as connection:
        connection.execute("create table kept as select 7 as n")
    assert end(server) == 0
    assert not (folder / "initial-password").exists()

    postgres.initialise(folder, "another")
    server = postgres.start(folder, port)
    assert asked(port, "word", "select n from kept") == 7
    assert end(server) == 0


def test_an_initialisation_that_was_cut_off_is_done_again(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18\n")
    (tmp_path / "unfinished").touch()

    postgres.initialise(tmp_path, "word")

    (port,) = free(1, ())
    server = postgres.start(tmp_path, port)
    assert asked(port, "word") == "postgres"
    assert end(server) == 0


def test_a_killed_server_starts_again(tmp_path: Path):
    (port,) = free(1, ())
    postgres.initialise(tmp_path, "word")
    server = postgres.start(tmp_path, port)
    workers = psutil.Process(server.pid).children()
    server.kill()
    server.wait()
    # They see by themselves that their server has gone, and hold its memory until then.
    psutil.wait_procs(workers)

    again = postgres.start(tmp_path, port)

    assert asked(port, "word") == "postgres"
    assert end(again) == 0


def test_a_server_that_cannot_start_names_its_log(tmp_path: Path):
    with pytest.raises(StackError, match=rf"did not start on port 1: see {tmp_path}/postgres.log"):
        postgres.start(tmp_path, 1)

    assert "could not access directory" in (tmp_path / "postgres.log").read_text()
