"""Passwords and the API key: made once, kept in files that only the owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret(file: Path) -> str:
    """Give the secret of a file, making it the first time."""
    if not (file.exists() and file.read_text(encoding="ascii").strip()):
        write_private(file, secrets.token_hex(24) + "\n")
    return file.read_text(encoding="ascii").strip()


def write_private(file: Path, text: str) -> None:
    """Write a file of mode 0600 whole or not at all, also when the process is killed or the disk is full."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as f:  # noqa: PTH123 - a descriptor
        f.write(text)
    part.replace(file)
