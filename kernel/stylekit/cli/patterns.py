"""Patterns of file names, for shells that do not expand them (those of Windows)."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable

from stylekit.errors import InputError
from stylekit.files.paths import exists
from stylekit.inputs.syntax import split_scheme

_WEIGHT = re.compile(r"(.+)\*([^*]+)")
"""A style with its weight, `night.jpg*0.5`."""


def expanded(sources: Iterable[str]) -> list[str]:
    """Replace each pattern, such as `photos/*.jpg`, by the files that it matches, sorted.

    The name of a file is no pattern, whatever it contains, and neither is a source with a scheme
    (`sample:coffee`) or with a weight (`night.jpg*0.5`).

    Raises:
        InputError: no file matches a pattern.
    """
    return [each for source in sources for each in _files(source)]


def _files(source: str) -> list[str]:
    if not glob.has_magic(source) or exists(source):
        return [source]
    weighted = _WEIGHT.fullmatch(source)
    if weighted and (exists(weighted[1]) or re.fullmatch(r"[0-9.]+", weighted[2])):
        return [source]
    if split_scheme(source)[0]:
        return [source]
    files = sorted(glob.glob(source, recursive=True))  # noqa: PTH207 - a Path would lose `./`
    if not files:
        raise InputError(f"No file matches '{source}'.")
    return files
