"""What is worth a line: the level of the logger `stylekit` in this process."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def log_level(level: int) -> Iterator[None]:
    """Log nothing below a level under `stylekit` while the block runs, in all threads."""
    logger = logging.getLogger("stylekit")
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


def shows_information() -> bool:
    """Return whether somebody reads information of `stylekit`: not with `--quiet`."""
    logger = logging.getLogger("stylekit")
    is_enabled = logger.isEnabledFor(logging.INFO)
    return is_enabled and any(handler.level <= logging.INFO for handler in logger.handlers)
