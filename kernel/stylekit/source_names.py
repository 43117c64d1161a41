"""What a source string says by itself: scheme, a style's moment and weight, an existing file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from stylekit.errors import InputError, UsageError
from stylekit.suggest import did_you_mean

# One letter is a Windows drive, not a scheme.
_SCHEME = re.compile(r"([a-z][a-z0-9+-]+):(.*)", re.DOTALL)
_STYLE = re.compile(r"(.+?)(?:@(\d+(?:\.\d+)?(?:s|f|%)?))?(?:\*([^*@/]+))?", re.DOTALL)


@dataclass(frozen=True)
class StyleSource:
    """A style source with its moment and its weight (not yet normalised)."""

    source: str
    when: str | None = None
    weight: float = 1.0


def parse_style(text: str) -> StyleSource:
    """Split `SRC[@WHEN][*WEIGHT]`; a file whose own name looks like that is taken as it is.

    Raises:
        UsageError: the weight is no positive number.
    """
    match = _STYLE.fullmatch(text)
    if match is None or exists(text):
        return StyleSource(text)
    source, when, weight = match.groups()
    if weight is None:
        return StyleSource(source, when)
    try:
        value = float(weight)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(
            f"Style '{text}': the weight '{weight}' is no positive number.",
            "Write for example night.jpg*0.5.",
        )
    return StyleSource(source, when, value)


def split_scheme(source: str) -> tuple[str, str]:
    """Return the scheme, or nothing, and what follows it."""
    match = _SCHEME.fullmatch(source)
    return (match[1], match[2]) if match else ("", source)


def exists(path: str | Path) -> bool:
    """Tell whether a file or folder is there; a name that no file system takes is not there."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def missing_file(path: Path, what: str = "file") -> InputError:
    """Return the error for a missing file; it names the nearest one in the same folder."""
    parent = path.parent
    try:
        beside = [entry.name for entry in parent.iterdir()] if parent.is_dir() else None
    except (OSError, ValueError):
        beside = []
    if beside is None:
        return InputError(f"No such {what}: {path}", f"There is no folder {parent}.")
    hint = did_you_mean(path.name, beside)
    return InputError(
        f"No such {what}: {path}", hint.split(" Known:")[0] if "Did" in hint else None
    )
