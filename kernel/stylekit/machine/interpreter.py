"""Subprocesses of this Python."""

from __future__ import annotations

import sys


def python(*arguments: str) -> list[str]:
    """Return the command line of this interpreter with arguments.

    It imports nothing from the working folder (`-P`), which may be a folder of downloaded images
    that also holds a `pip.py` or a `random.py`.
    """
    return [sys.executable, "-P", *arguments]
