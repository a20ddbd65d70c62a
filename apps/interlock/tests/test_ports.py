from __future__ import annotations

import os
import socket

import pytest

from interlock.stack.ports import check, free
from interlock.stack.refusal import StackError


def test_a_taken_port_is_refused_naming_the_variable_and_the_holder():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StackError, match=rf"port {port} is taken.*process {os.getpid()}.*set API_PORT"):
            check("127.0.0.1", port, "API_PORT")


def test_a_port_is_free_again_when_its_holder_has_closed_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    check("127.0.0.1", port, "API_PORT")


def test_an_address_that_is_not_ours_is_refused_with_the_reason():
    with pytest.raises(StackError, match=r"API_PORT: cannot listen on 192\.0\.2\.1:8000"):
        check("192.0.2.1", 8000, "API_PORT")


def test_free_ports_differ_and_avoid_those_that_are_spoken_for():
    found = free(20, avoid=())

    assert len(set(found)) == 20
    assert not set(free(5, avoid=tuple(found))) & set(found)
