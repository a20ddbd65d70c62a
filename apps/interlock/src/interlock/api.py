"""The API as the commands see it: where it is, its key, its refusals as one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO

import click
import httpx
import msgspec
from msgspec import Struct

from chassis.settings import SettingsError, load

PATIENCE_SECONDS = 15.0


class Refused(click.ClickException):
    """One sentence for the person at the terminal; the exit code is 1."""

    def show(self, file: IO[str] | None = None) -> None:
        click.echo(f"interlock: {self.format_message()}", file=file, err=file is None)


class NothingRuns(Refused):
    """There is no stack to ask; code 2 is taken, by click for a wrong command line."""

    exit_code = 3


class Place(Struct, frozen=True, kw_only=True):
    """Where the stack keeps its things; the variables are those that `up` reads."""

    interlock_home: str = ".interlock"
    api_port: int = 0
    trading_api_key: str = ""

    @property
    def home(self) -> Path:
        return Path(self.interlock_home).expanduser()


class _State(Struct):
    api_url: str


class _Failure(Struct):
    detail: str = ""


def place() -> Place:
    try:
        return load(Place)
    except SettingsError as e:
        raise Refused(str(e)) from e


def address(where: Place) -> str:
    """Find the API: the port that is asked for, else where the running stack says, else the default."""
    if where.api_port:
        return f"http://127.0.0.1:{where.api_port}"
    try:
        return msgspec.json.decode((where.home / "run" / "stack.json").read_bytes(), type=_State).api_url
    except (OSError, msgspec.MsgspecError):
        return "http://127.0.0.1:8000"


def key(where: Place) -> str:
    if where.trading_api_key:
        return where.trading_api_key
    file = where.home / "api-key"
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as e:
        raise NothingRuns(
            f"no API key in {file}: start a stack with `interlock up`, or say with INTERLOCK_HOME where one lives"
        ) from e
    except (OSError, UnicodeDecodeError) as e:
        raise Refused(f"the API key in {file} cannot be read: {str(e).lower()}") from e


def ask(
    method: str, path: str, *, body: Mapping[str, object] | None = None, params: Mapping[str, str | int] | None = None
) -> bytes:
    """Give the answer's JSON; raise `Refused` where there is none."""
    where = place()
    url = address(where)
    headers = {"Authorization": f"Bearer {key(where)}"}
    try:
        # A proxy of the environment has no business with a stack on this machine.
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = client.request(method, path, json=body, params=params)
    except httpx.ConnectError as e:
        raise NothingRuns(f"nothing answers at {url}: is the stack up? start it with `interlock up`") from e
    except (httpx.HTTPError, ValueError) as e:
        raise Refused(f"{url} did not answer as expected: {str(e).lower() or type(e).__name__}") from e
    if not answer.is_success:
        raise Refused(f"{_detail(answer)} (status {answer.status_code})")
    return answer.content


def _detail(answer: httpx.Response) -> str:
    try:
        detail = msgspec.json.decode(answer.content, type=_Failure).detail
    except msgspec.MsgspecError:
        detail = ""
    return detail or f"{answer.request.url} refused"
