"""The classes of the user's own network, from a text file."""

from __future__ import annotations

import re
from pathlib import Path

from stylekit.errors import InputError
from stylekit.evaluation.classifier import ImageClass
from stylekit.files.paths import missing_file

_LINE = re.compile(r"(?:(n\d{8})(?:\s+|$))?(.*)")


def read_class_list(path: Path) -> tuple[ImageClass, ...]:
    """Read the classes of a file: one a line, in the order of the logits.

    A line is a name, a WordNet id, or the id and a name: `n02123045 tabby`.

    Raises:
        InputError: the file is missing or empty.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise missing_file(path, "list of classes") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the classes in {path}: {error}") from None
    classes: list[ImageClass] = []
    for line in filter(None, map(str.strip, lines)):
        match = _LINE.fullmatch(line)
        assert match is not None
        key = match[1] or ""
        classes.append(ImageClass(len(classes), match[2].strip() or key, key))
    if not classes:
        raise InputError(
            f"{path} lists no classes.", "Write one a line, in the order of the network's outputs."
        )
    return tuple(classes)
