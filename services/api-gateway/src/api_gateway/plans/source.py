"""The text of a file, or of what an address answers."""

from __future__ import annotations

import re
import time
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast
from urllib import request

from api_gateway.plans.problem import Problem

LARGEST = 8_000_000
SILENCE_SECONDS, DEADLINE_SECONDS = 5.0, 10.0

# Not the usual opener: that one also follows a redirect to ftp.
_OPENER = request.OpenerDirector()
for _handler in (
    request.HTTPHandler,
    request.HTTPSHandler,
    request.HTTPDefaultErrorHandler,
    request.HTTPErrorProcessor,
    request.HTTPRedirectHandler,
):
    _OPENER.add_handler(_handler())


def is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def shown(source: str) -> str:
    """Name it without what may be secret: an address often has a key in its query."""
    if not is_address(source):
        return source
    return re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", source)[0])


def text(source: str) -> str | Problem:
    """Read it as UTF-8; of an address for so many seconds, and in a thread."""
    found = _fetched(source) if is_address(source) else _read(Path(source))
    if isinstance(found, str):
        return Problem(shown(source), 0, 0, found)
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        before = found[: e.start]
        return Problem(shown(source), before.count(b"\n") + 1, 0, f"found the byte {found[e.start]}, expected UTF-8")


def _read(file: Path) -> bytes | str:
    try:
        with file.open("rb") as opened:
            found = opened.read(LARGEST + 1)
    except OSError as e:
        return f"cannot be read: {(e.strerror or str(e)).lower()}"
    return found if len(found) <= LARGEST else _TOO_LARGE


def _fetched(address: str) -> bytes | str:
    try:
        with cast("HTTPResponse", _OPENER.open(address, timeout=SILENCE_SECONDS)) as answer:
            return _whole(answer)
    except (OSError, HTTPException, ValueError) as e:
        return f"cannot be fetched: {e}"


def _whole(answer: HTTPResponse) -> bytes | str:
    until, found = time.monotonic() + DEADLINE_SECONDS, bytearray()
    while part := answer.read1(65_536):
        found += part
        if len(found) > LARGEST:
            return _TOO_LARGE
        if time.monotonic() > until:
            return f"was not there after {DEADLINE_SECONDS:g} s"
    promised = answer.headers.get("Content-Length", "")
    if promised.isdecimal() and int(promised) != len(found):
        return f"broke off after {len(found)} of {promised} bytes"
    return bytes(found)


_TOO_LARGE = f"has more than {LARGEST} bytes"
