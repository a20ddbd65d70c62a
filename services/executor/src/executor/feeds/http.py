"""Questions about prices by REST: bytes, or why there are none."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import requests

from executor.brokers.outcomes import NOT_FOUND, TOO_MANY, pause, short
from executor.feeds.feed import NotEntitledError, QuestionRefusedError, SourceUnavailableError

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
OK = 200
NOT_IN_THE_PLAN, BADLY_PUT = frozenset({402, 403}), frozenset({400, 422})


class Http:
    """One session for each thread: a requests session is not made to be shared."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url, self._headers = url.rstrip("/"), dict(headers)
        self._own = threading.local()

    def get(self, path: str, query: Mapping[str, str]) -> bytes | None:
        """Ask; None where there is no such thing."""
        try:
            answer = self._session().get(
                f"{self._url}/{path}", params=query, headers=self._headers, timeout=(CONNECT_SECONDS, READ_SECONDS)
            )
        except requests.RequestException as e:
            raise SourceUnavailableError(f"{type(e).__name__}: {e}") from e
        status, headers = answer.status_code, answer.headers
        if status == NOT_FOUND:
            return None
        if status == OK:
            return answer.content
        said = f"http {status}: {short(answer.text)}"
        if status in NOT_IN_THE_PLAN:
            raise NotEntitledError(said)
        if status in BADLY_PUT:
            raise QuestionRefusedError(said)
        if status == TOO_MANY:
            raise SourceUnavailableError(
                said, pause(headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", ""))
            )
        raise SourceUnavailableError(said)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
        return session
