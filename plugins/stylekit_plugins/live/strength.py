"""The strength of a method, which keys change while it paints."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

from stylekit.params import Params

NAME = "strength"
"""The parameter that the keys change, of any method that has one with two limits."""

_STEPS = 20
"""Presses of a key from the least to the largest strength."""


class Strength:
    """A number within limits, for the keys of several threads; `value` is the latest.

    Args:
        params: those of the method at the start; without a strength, keys have no effect.
    """

    def __init__(self, params: Params) -> None:
        self._lock = threading.Lock()
        self.limits = _limits(params)
        self.value: float | None = None
        if self.limits is not None:
            self.value = float(getattr(params, NAME))

    @property
    def step(self) -> float:
        """How much one press of a key changes: 0.05 for a range from 0 to 1."""
        least, most = self.limits or (0.0, 0.0)
        return (most - least) / _STEPS

    def set(self, value: float) -> None:
        """Set the strength, within its limits; a value that is not finite is ignored."""
        if self.limits is None or not math.isfinite(value):
            return
        least, most = self.limits
        # Many small steps must meet the limits and 1 exactly.
        self.value = round(min(max(value, least), most), 6)

    def disable(self) -> bool:
        """Let keys have no effect from now on; return whether they had one."""
        with self._lock:
            had_one = self.value is not None
            self.limits = self.value = None
            return had_one

    def turn(self, presses: int) -> None:
        """Change by so many presses of a key, up or down."""
        with self._lock:
            if self.value is not None:
                self.set(self.value + presses * self.step)


def _limits(params: Params) -> tuple[float, float] | None:
    """Return the least and the largest strength that the method takes."""
    field = type(params).model_fields.get(NAME)
    if field is None or not isinstance(getattr(params, NAME), int | float):
        return None
    least, most = (_bound(field.metadata, names) for names in (("ge", "gt"), ("le", "lt")))
    return None if least is None or most is None else (least, most)


def _bound(metadata: Sequence[object], names: Sequence[str]) -> float | None:
    for constraint in metadata:
        for name in names:
            value = getattr(constraint, name, None)
            if isinstance(value, int | float):
                return float(value)
    return None
