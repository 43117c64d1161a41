"""Images that a Python caller has in memory, and hints in Python for that caller."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from stylekit.errors import InputError, StylekitError
from stylekit.images.frames import Clip, as_frame
from stylekit.inputs.syntax import MEMORY, StyleSource


def as_sources(value: Any, role: str, in_memory: dict[str, Any]) -> list[str]:
    """Return source strings for what a Python caller has; images in memory get a name each.

    Args:
        value: a source, path, image, `Clip`, or `(any of these, weight)`; or a list of them.
        role: `content`, `style`, `region` or another key.
        in_memory: collects the frames and clips by their names.

    Raises:
        InputError: a value is not an image.
    """
    if isinstance(value, tuple) and not _has_weight(value):
        value = list(value)
    return [
        _source(item, role, in_memory) for item in (value if isinstance(value, list) else [value])
    ]


def _has_weight(value: Any) -> bool:
    """Tell `(image, 2.0)`, an image with its weight, from several images."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[1], int | float)
        and not isinstance(value[1], bool)
    )


def _source(value: Any, role: str, in_memory: dict[str, Any]) -> str:
    if _has_weight(value):
        image, weight = value
        if role != "style" or not 0 < weight < float("inf"):
            raise InputError(
                f"{role}: ({type(image).__name__}, {weight!r}) is not an image with a weight.",
                "Only styles have weights: style=[(image, 2.0), other], each above 0.",
            )
        return StyleSource(_source(image, role, in_memory), weight=float(weight)).text
    if isinstance(value, str | Path):
        return str(value)
    name = f"{MEMORY}:{role}-{len(in_memory) + 1}"
    if str(getattr(value, "dtype", "")) in ("bool", "torch.bool"):
        value = value * 1.0  # A mask.
    try:
        if isinstance(value, Clip):
            name += f"-{_digest(value)}"
            value = replace(value, origin=name)
        in_memory[name] = value if isinstance(value, Clip) else as_frame(value, name)
    except InputError as error:
        raise InputError(f"{role}: {error.message}", error.hint) from None
    return name


def _digest(clip: Clip) -> str:
    """Tell clips apart: a run resumes only with the same frames."""
    digest = hashlib.sha256()
    for frame in clip:
        digest.update(frame.to_array().tobytes())
    return digest.hexdigest()[:12]


_OPTION = re.compile(r"--(?!set\b)([a-z][a-z-]*)(?: (?=[A-Z0-9'])([A-Z0-9]+))?")
_SETTING = re.compile(r"--set ([a-zA-Z_]\w*)(?:\.([\w.]+))?=(\S+?)(?=[,.;]?(?:\s|$))")


def in_python(error: StylekitError) -> StylekitError:
    """Write the options in an error as arguments: `--size 176` becomes `size=176`."""
    error.message = _in_python(error.message)
    error.hint = error.hint and _in_python(error.hint)
    return error


def _in_python(text: str) -> str:

    def setting(match: re.Match[str]) -> str:
        table, key, value = match.groups()
        return f'{table}={{"{key}": {value}}}' if key else f"{table}={value}"

    def option(match: re.Match[str]) -> str:
        name, value = match[1].replace("-", "_"), match[2]
        switches = ("resume", "overwrite", "offline", "trust_config", "each_style", "keep_frames")
        return f"{name}={value or (True if name in switches else '')}"

    return _OPTION.sub(option, _SETTING.sub(setting, text))
