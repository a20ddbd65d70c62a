"""The short way through nats-py reads and writes what the protocol says."""

from __future__ import annotations

import nats.errors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.jetstream.wire import Incoming, QuickClient, QuickParser, command

HEAD = b"NATS/1.0\r\nInterlock-Cause: 7\r\ntraceparent: 00-a:b-01\r\n\r\n"


class Listening(QuickClient):
    """A client without a server, that keeps what it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[int, tuple[bytes, bytes, bytes, bytes]]] = []
        self.pongs = 0

    async def take(self, sid: int, message: tuple[bytes, bytes, bytes, bytes]) -> None:
        self.heard.append((sid, message))

    async def _process_pong(self) -> None:
        self.pongs += 1


def line(sid: int, reply: bytes, data: bytes, head: bytes) -> bytes:
    words = [b"HMSG" if head else b"MSG", b"a.b", b"%d" % sid, *([reply] if reply else [])]
    sizes = [b"%d" % len(head)] * bool(head) + [b"%d" % (len(head) + len(data))]
    return b" ".join([*words, *sizes]) + b"\r\n" + head + data + b"\r\n"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(1, 99), st.sampled_from([b"", b"re.ply"]), st.binary(), st.sampled_from([b"", HEAD]))
    ),
    st.integers(1, 50),
)
async def test_messages_are_read_whole_however_the_bytes_are_cut(
    sent: list[tuple[int, bytes, bytes, bytes]], size: int
):
    client = Listening()
    parser = QuickParser(client)
    wire = b"".join(line(*one) + b"PONG\r\n" for one in sent)
    for start in range(0, len(wire), size):
        await parser.parse(wire[start : start + size])
    assert client.heard == [(sid, (b"a.b", reply, data, head)) for sid, reply, data, head in sent]
    assert client.pongs == len(sent)


async def test_a_line_that_is_no_protocol_is_an_error():
    with pytest.raises(nats.errors.ProtocolError):
        await QuickParser(Listening()).parse(b"HELLO\r\n")
    with pytest.raises(nats.errors.ProtocolError):
        await QuickParser(Listening()).parse(b"MSG a.b 1 many\r\n")


def test_headers_are_read_with_colons_in_their_values():
    message = Incoming("a", "", b"", HEAD)
    assert message.headers() == {"Interlock-Cause": "7", "traceparent": "00-a:b-01"}


def test_a_status_is_a_header_too():
    assert Incoming("a", "", b"", b"NATS/1.0 503\r\n\r\n").headers() == {"Status": "503"}
    assert Incoming("a", "", b"", b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 4\r\n\r\n").headers() == {
        "Status": "100", "Nats-Last-Consumer": "4",
    }  # fmt: skip


def test_a_publish_is_written_with_its_sizes():
    assert command("a.b", "", b"xyz", None) == b"PUB a.b  3\r\nxyz\r\n"
    assert command("a.b", "re", b"xyz", {"k": "v"}) == b"HPUB a.b re 18 21\r\nNATS/1.0\r\nk: v\r\n\r\nxyz\r\n"


async def test_without_a_connection_nothing_is_taken():
    with pytest.raises(nats.errors.ConnectionClosedError):
        QuickClient().post("a", "", b"", None)
