"""JetStream's JSON API, as much as we use."""

from __future__ import annotations

import base64
from datetime import datetime

import msgspec
from msgspec import Struct

from chassis.jetstream.connection import Connection

WRONG_LAST_SEQUENCE = frozenset({10071, 10164})
NO_MESSAGE = 10037


class ApiError(Struct, frozen=True):
    code: int
    description: str = ""
    err_code: int = 0


class Ack(Struct, frozen=True):
    """The answer to a publish. `count` is given for a batch, whose last sequence is `seq`."""

    seq: int = 0
    duplicate: bool = False
    count: int = 1
    error: ApiError | None = None


class StreamState(Struct, frozen=True):
    last_seq: int
    first_seq: int = 0
    messages: int = 0


class StreamInfo(Struct, frozen=True):
    created: str
    state: StreamState


class StoredMessage(Struct, frozen=True):
    subject: str
    seq: int
    time: datetime
    data: str = ""
    hdrs: str = ""

    def payload(self) -> bytes:
        return base64.b64decode(self.data)

    def headers(self) -> dict[str, str]:
        lines = base64.b64decode(self.hdrs).decode().split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines if ": " in line)


class ConsumerInfo(Struct, frozen=True):
    num_pending: int


class Answer(Struct, frozen=True):
    """Any answer of the API: its own body stays unread until asked for."""

    error: ApiError | None = None
    message: StoredMessage | None = None


class ApiRefusedError(Exception):
    def __init__(self, subject: str, error: ApiError) -> None:
        super().__init__(f"{subject}: {error.description} ({error.err_code})")
        self.error = error


async def call(connection: Connection, subject: str, request: object = None) -> bytes:
    """Ask the API; raise `ApiRefusedError` where it says no."""
    data = b"" if request is None else msgspec.json.encode(request)
    answer = await connection.ask(f"$JS.API.{subject}", data)
    if error := msgspec.json.decode(answer.data, type=Answer).error:
        raise ApiRefusedError(subject, error)
    return answer.data


async def stream_info(connection: Connection, stream: str) -> StreamInfo:
    return msgspec.json.decode(await call(connection, f"STREAM.INFO.{stream}"), type=StreamInfo)


async def last_message(connection: Connection, stream: str, subject: str) -> StoredMessage | None:
    """Read the last message whose subject fits, from the stream's leader."""
    try:
        answer = await call(connection, f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject})
    except ApiRefusedError as e:
        if e.error.err_code == NO_MESSAGE:
            return None
        raise
    return msgspec.json.decode(answer, type=Answer).message
