"""Why the stack cannot do what it was asked."""

from __future__ import annotations


class StackError(Exception):
    """One sentence for the person at the terminal."""
