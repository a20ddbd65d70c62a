"""Who may: one bearer key, and a bound on what anybody may send."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

from msgspec import Struct
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.failures import Refusal, failure
from chassis.settings import SettingsError
from chassis.telemetry import logger

SHORTEST_KEY = 16
LARGEST_BODY = 64 * 1024
TOO_LARGE = f"the body was larger than {LARGEST_BODY} bytes"

OPEN_PATHS = frozenset({"/health", "/api/v1/health", "/docs", "/openapi.json", "/docs/oauth2-redirect"})
OPEN_FOLDER = "/static-offline-docs/"
"""A browser cannot send the key when it opens the documentation page; the page asks for the key itself."""


class KeySettings(Struct, frozen=True, kw_only=True):
    """The key itself wins over the file."""

    trading_api_key: str = ""
    api_key_file: str = ""


def read_key(settings: KeySettings) -> str:
    """Give the key that every request must carry; raise `SettingsError` where there is none or it is too short."""
    if settings.trading_api_key:
        return _long_enough(settings.trading_api_key, "TRADING_API_KEY")
    if not settings.api_key_file:
        raise SettingsError("missing in the environment: API_KEY_FILE (a file with the key) or TRADING_API_KEY")
    file = Path(settings.api_key_file)
    try:
        text = file.read_text(encoding="utf-8").strip()
        mode = stat.S_IMODE(file.stat().st_mode)
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"API_KEY_FILE {file} cannot be read: {str(e).lower()}") from e
    if mode & stat.S_IRWXO:
        logger("access").warning("everybody on this machine may read the API key", file=str(file), mode=f"{mode:04o}")
    return _long_enough(text, f"API_KEY_FILE {file}")


def _long_enough(key: str, name: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"{name} has {len(key)} characters, expected at least {SHORTEST_KEY}")
    return key


class Gate:
    """Let through what carries the key; a path that is not named open is closed, known or not."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._digest = _digest(key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["path"]) or self._knows(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        refusal = failure(401, "unauthorized", "expected the header Authorization: Bearer <API key>")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        await refusal(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(_digest(key.strip()), self._digest)


def is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDER)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class BodyLimit:
    """Refuse a body that is too large before anything reads it, and stop reading one that lied about its length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"
        if length.isdecimal() and int(length) <= LARGEST_BODY:
            await self._app(scope, _bounded(receive), send)
        else:
            await failure(413, "too_large", TOO_LARGE)(scope, receive, send)


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_BODY:
            raise Refusal(413, "too_large", TOO_LARGE)
        return message

    return bounded
