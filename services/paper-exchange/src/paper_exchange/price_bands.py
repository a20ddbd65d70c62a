"""The bands of the limit-up limit-down plan: 5 % around the last five minutes, 20 % below three dollars."""

from collections import deque

from paper_exchange.bars import Candle

MINUTES = 5
STEP = 0.01  # by how much the average must have moved for the bands to follow


class PriceBands:
    """The bands of one symbol."""

    def __init__(self) -> None:
        self._closes: deque[float] = deque(maxlen=MINUTES)
        self._reference = 0.0

    def after(self, minute: Candle) -> tuple[float, float]:
        """Give the lower and the upper band once a minute has ended."""
        self._closes.append(float(minute.close))
        average = sum(self._closes) / len(self._closes)
        if abs(average - self._reference) >= STEP * self._reference:
            self._reference = average
        width = self._reference * (0.05 if self._reference >= 3 else 0.2)  # noqa: PLR2004 - dollars, said above
        return round(self._reference - width, 2), round(self._reference + width, 2)
