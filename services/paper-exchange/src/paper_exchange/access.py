"""Who may act for which account."""

import base64
import binascii
from collections.abc import Mapping

LONGEST_NAME = 64


class Access:
    def __init__(self, listed: str) -> None:
        """Take `key:secret:account,…`; when it is empty, the pair name, name opens the account name."""
        triples = [entry.strip().split(":") for entry in listed.split(",") if entry.strip()]
        wrong = next((triple for triple in triples if len(triple) != len(("key", "secret", "account"))), None)
        if wrong is not None:
            raise ValueError(f"EXCHANGE_ACCOUNTS was {':'.join(wrong[:1])}…, expected key:secret:account")
        self._accounts = {(key, secret): account for key, secret, account in triples}

    def account(self, key: str, secret: str) -> str | None:
        if self._accounts:
            return self._accounts.get((key, secret))
        is_name = key.isprintable() and 0 < len(key) <= LONGEST_NAME  # bytes that are no UTF-8 are not printable
        return key if is_name and key == secret else None

    def account_of(self, headers: Mapping[str, str]) -> str | None:
        """Find the account that a request's headers open."""
        key, secret = headers.get("APCA-API-KEY-ID", ""), headers.get("APCA-API-SECRET-KEY", "")
        if not key:
            key, secret = _authorized(headers.get("Authorization", ""))
        return self.account(key, secret)


def _authorized(authorization: str) -> tuple[str, str]:
    """Read key and secret; a token is both, so it opens an account where names do."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials, credentials
    if scheme.lower() != "basic":
        return "", ""
    try:
        key, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return key, secret
