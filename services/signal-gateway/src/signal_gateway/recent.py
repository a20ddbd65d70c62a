"""A memory of the last so many ids."""

from __future__ import annotations


class Recent:
    def __init__(self, size: int) -> None:
        self._size = size
        self._ids: dict[str, None] = {}

    def __contains__(self, one: object) -> bool:
        return one in self._ids

    def add(self, one: str) -> None:
        """Remember an id and forget the oldest beyond the size."""
        self._ids[one] = None
        if len(self._ids) > self._size:
            del self._ids[next(iter(self._ids))]
