"""Errors for people: what was wrong, with which input, and what to do next.

Each class fixes the exit code that the command line returns for it. Anything that is not a
`StylekitError` is a bug and exits with 1.
"""

from __future__ import annotations

import traceback


class StylekitError(Exception):
    """Base of every error that stylekit raises on purpose.

    Args:
        message: what was wrong and with which input, in one sentence.
        hint: what to do next; shown on its own line.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(StylekitError):
    """A name, parameter or combination that makes no sense (exit code 2)."""

    exit_code = 2


class InputError(StylekitError):
    """A file that cannot be read or written as asked (exit code 2)."""

    exit_code = 2


class DamagedWeightsError(InputError):
    """A weights file whose checksum or contents are wrong (exit code 2)."""


class PluginError(UsageError):
    """A plugin, or something that only a broken or blocked plugin provides, was asked for."""


class WeightsError(StylekitError):
    """Trained weights that cannot be had here (exit code 3)."""

    exit_code = 3


class MemoryLimitError(StylekitError):
    """The job does not fit into memory (exit code 4); the message names a size that does."""

    exit_code = 4


class Interrupted(StylekitError):  # noqa: N818 - it is an outcome, not a mistake
    """The user stopped the run (exit code 130); what was done so far is kept."""

    exit_code = 130


def one_line(error: BaseException) -> str:
    """Return type and text of any exception on one line, even if its text cannot be had."""
    return " ".join("".join(traceback.format_exception_only(error)).split())
