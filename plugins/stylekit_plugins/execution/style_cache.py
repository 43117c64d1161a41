"""The styles of a run: read when their turn comes; of many, the latest few stay in memory."""

from __future__ import annotations

from collections.abc import Callable

from stylekit.inputs.syntax import StyleSource
from stylekit.methods.base import Style

Group = tuple[StyleSource, ...]
Styles = tuple[Style, ...]

KEPT_BYTES = 512 * 2**20
"""Memory of the styles that are kept; a group that needs more is kept alone."""


class KeptStyles:
    """Reads each group of styles once, as long as what is read in between fits into memory.

    Args:
        read: reads a group.
    """

    def __init__(self, read: Callable[[Group], Styles]) -> None:
        self._read = read
        self._kept: dict[Group, Styles] = {}

    def of(self, group: Group) -> Styles:
        """Return the styles of a group.

        Raises:
            InputError: a style cannot be read.
            MemoryLimitError: a style does not fit into memory.
        """
        # The latest last.
        styles = self._kept.pop(group, None)
        if styles is None:
            styles = self._read(group)
        self._kept[group] = styles
        while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > KEPT_BYTES:
            del self._kept[next(iter(self._kept))]
        return styles


def _size(styles: Styles) -> int:
    return sum(style.frame.pixels.nbytes for style in styles)
