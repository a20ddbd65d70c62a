"""The fault of a lost answer: an order is accepted and remembered, and its sender never hears of it."""


class Losses:
    def __init__(self, every: int) -> None:
        self._every = every
        self._accepted = 0

    def strikes(self) -> bool:
        """Count an accepted order; every n-th loses its answer, none when n is 0."""
        self._accepted += 1
        return self._every > 0 and self._accepted % self._every == 0
