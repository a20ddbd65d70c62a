"""One request to Tradier: its bytes, or one of the three errors."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import msgspec
import requests
from requests.auth import AuthBase

from executor.brokers.broker import Allowance, OutcomeUnknownError
from executor.brokers.outcomes import lost, seconds_until
from executor.brokers.tradier.access import Access
from executor.brokers.tradier.errors import MILLISECOND, meaning

JSON = {"Accept": "application/json"}
"""Without it Tradier answers in XML."""


class Http:
    """One session for each thread: a requests session is not made to be shared. `seconds`: to connect, to read."""

    def __init__(self, access: Access, seconds: tuple[float, float]) -> None:
        self.allowance: Allowance | None = None
        self._access, self._seconds = access, seconds
        self._own = threading.local()

    def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> bytes:
        try:
            answer = self._session().request(
                method, f"{self._access.url}/{path}", params=query, data=form, timeout=self._seconds,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as e:
            raise lost(e) from e
        self._note(answer)
        if (failure := meaning(answer)) is not None:
            raise failure
        return answer.content

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            session.auth = _Bearer(self._access.token)
            session.headers.update(JSON)
        return session

    def _note(self, answer: requests.Response) -> None:
        left, most, reset = (
            answer.headers.get(f"X-Ratelimit-{name}", "") for name in ("Available", "Allowed", "Expiry")
        )
        if left.isdigit() and most.isdigit():
            self.allowance = Allowance(int(left), int(most), seconds_until(reset, MILLISECOND))


class _Bearer(AuthBase):
    """Beside a `.netrc` a plain header would not last: requests puts what it finds there in its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


@contextmanager
def reading() -> Generator[None]:
    """Read an answer; one that cannot be read says nothing about what was done."""
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        raise OutcomeUnknownError(f"the answer cannot be read: {e}") from e
