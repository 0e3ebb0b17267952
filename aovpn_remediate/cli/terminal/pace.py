"""How long it still takes, judged by what is done so far. Pure: the time is handed in."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST = 3
_STEP = 5
"""Seconds are rounded up to it: more would be a promise."""
_MINUTE = 60
_HOUR = 3600


@dataclass
class Pace:
    """How many of some hosts are done. With several at once, it is the rate that tells."""

    began: float
    total: int = 0
    done: int = 0

    def left(self, now: float) -> float | None:
        """Seconds; None before three hosts are done."""
        if self.done >= self.total:
            return 0.0
        if self.done < _LEAST:
            return None
        return (self.total - self.done) * (now - self.began) / self.done


def in_words(seconds: float) -> str:
    """`about 40 s left`, `about 3 min left`, `about 1 h 20 min left`."""
    if seconds <= _MINUTE - _STEP:
        return f"about {max(_rounded_up(seconds, _STEP), _STEP)} s left"
    if seconds <= _HOUR - _MINUTE:
        return f"about {_rounded_up(seconds, _MINUTE) // _MINUTE} min left"
    minutes = _rounded_up(seconds, 10 * _MINUTE) // _MINUTE
    hours, rest = divmod(minutes, _MINUTE)
    return f"about {hours} h {rest} min left" if rest else f"about {hours} h left"


def _rounded_up(seconds: float, step: int) -> int:
    return -int(-seconds // step) * step
