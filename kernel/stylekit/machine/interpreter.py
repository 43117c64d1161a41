"""Other processes of this Python."""

from __future__ import annotations

import sys


def python(*arguments: str) -> list[str]:
    """Give the command line of this interpreter with arguments of its own.

    It imports nothing from the working folder (`-P`): pictures are unpacked and worked on in
    folders that may hold a `pip.py` or a `random.py`, and such a file must not run.
    """
    return [sys.executable, "-P", *arguments]
