"""How far the content may change, and the weight of the painting that keeps it so.

One weight does not suit every painting: with the same one, a painting of strong shapes bends the
photograph too far, and one of many fine shapes leaves content to spare. So the content error that
the arbitrary-style network has in the style of the painting is what a training may spend. After
each validation the weight rises or falls by what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARGIN = 0.96
"""Part of the error that is spent on held-out photographs: others may have more of it."""

LARGEST_CHANGE = 1.5
"""Greatest factor of one change, and its inverse the least: the network follows with a delay."""

RESPONSE = 2
"""Power of the ratio of allowed and measured error by which the weight changes: the error changes
less than the weight does."""

RANGE = (0.1, 10.0)
"""Least and greatest weight of the painting, relative to the one that is set."""

PENALTY = 4
"""Power of a content error above the allowed one, in `score`: no network shall win by it."""


class ContentBudget:
    """The content error that is allowed, and the weight that follows.

    Attributes:
        weight: of the painting, relative to the one that is set.
        allowed: content error at validations; 0: any, and the weight stays.
    """

    def __init__(self, allowed: float = 0.0) -> None:
        self.weight = 1.0
        self.allowed = allowed

    def update(self, content: float) -> None:
        """Change the weight after a validation with this content error."""
        if not self.allowed:
            return
        change = (self.allowed / max(content, 1e-12)) ** RESPONSE
        change = min(max(change, 1 / LARGEST_CHANGE), LARGEST_CHANGE)
        least, greatest = RANGE
        self.weight = min(max(self.weight * change, least), greatest)

    def score(self, losses: Mapping[str, float], painting: float) -> float:
        """Return the score by which validations are compared; lower is better.

        Args:
            losses: `total`, which counts without a budget, and `content`.
            painting: the weighted distance to the painting, and what else counts with one.
        """
        if not self.allowed:
            return losses["total"]
        excess = max(1.0, losses["content"] / self.allowed)
        return float(painting * excess**PENALTY)

    def state(self) -> dict[str, Any]:
        """Return both numbers, for `restore`."""
        return {"allowed": self.allowed, "weight": self.weight}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        self.allowed, self.weight = float(state["allowed"]), float(state["weight"])
