"""Errors for users: what is wrong, with which input, and what to do next.

Each class fixes the exit code that the command line returns for it. Anything that is not a
`StylekitError` is a bug and exits with 1.
"""

from __future__ import annotations

import re
import traceback

_LONGEST = 4000
"""Longest message in characters: a message may quote an input."""


class StylekitError(Exception):
    """Base of every error that stylekit raises on purpose.

    Args:
        message: what is wrong and with which input, in one sentence.
        hint: what to do next; shown on its own line.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]} ... ({len(message) - _LONGEST} characters more)"
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(StylekitError):
    """An invalid name, parameter or combination (exit code 2)."""

    exit_code = 2


class InputError(StylekitError):
    """A file that cannot be read or written (exit code 2)."""

    exit_code = 2


class DamagedWeightsError(InputError):
    """A weights file whose checksum or contents are wrong (exit code 2)."""


class PluginError(UsageError):
    """A plugin is broken, blocked or incompatible, or its component is (exit code 2)."""


class MissingExtraError(UsageError):
    """An extra that a component or a feature needs is not installed (exit code 2)."""


class WeightsError(StylekitError):
    """Trained weights are unavailable (exit code 3)."""

    exit_code = 3


class MemoryLimitError(StylekitError):
    """The job does not fit into memory (exit code 4); the message names a size that fits."""

    exit_code = 4


class Interrupted(StylekitError):  # noqa: N818 - it is an outcome, not a mistake
    """The user stopped the command (exit code 130); results so far are kept."""

    exit_code = 130


# The last alternative is the message of oneDNN.
_OUT_OF_MEMORY = re.compile(
    "out of memory|not enough memory|can't allocate memory|could not create a primitive"
)


def to_user_error(error: Exception) -> StylekitError:
    """Convert an exception to a StylekitError: itself, out of memory, or a bug."""
    cause: BaseException | None = error
    while cause is not None:
        text = str(cause) if isinstance(cause, RuntimeError) else ""
        if isinstance(cause, MemoryError) or _OUT_OF_MEMORY.search(text):
            return MemoryLimitError("The device ran out of memory.", "Try a smaller --size.")
        # A decoder may have mistaken a lack of memory for a damaged file.
        cause = cause.__cause__
    if isinstance(error, StylekitError):
        return error
    notes = (note for note in getattr(error, "__notes__", ()) if note.startswith(_OF_PLUGIN))
    culprit = next(notes, _OF_PLUGIN + "stylekit or a plugin").removeprefix(_OF_PLUGIN)
    return StylekitError(
        f"This is a bug in {culprit}: {type(error).__name__}: {error}",
        "Please report it with the output of the same command with --debug; "
        "--no-plugins says whether a third-party plugin is at fault.",
    )


_OF_PLUGIN = "Raised by "


def mark_as_of_plugin(error: BaseException, name: str) -> None:
    """Note which plugin raised an error; `to_user_error` names it."""
    if not any(note.startswith(_OF_PLUGIN) for note in getattr(error, "__notes__", ())):
        error.add_note(_OF_PLUGIN + name)


def one_line(error: BaseException) -> str:
    """Return type and text of an exception on one line, even if its `__str__` fails."""
    return " ".join("".join(traceback.format_exception_only(error)).split())
