"""`stylekit run me.jpg night.jpg`: which of the names on a command line are contents or styles."""

from __future__ import annotations

import mimetypes
import shlex
from collections.abc import Sequence

from stylekit.cli.patterns import expanded
from stylekit.errors import UsageError
from stylekit.files.paths import is_folder

Sources = list[str] | None
"""Sources of one option; None: it was not given."""


def contents_and_styles(
    names: Sequence[str], content: Sources, style: Sources, each_style: bool = False
) -> tuple[Sources, Sources]:
    """Return the contents and the styles; patterns are replaced by the files that they match.

    Of two or more names the last one is the style, and a single one is a content. Beside --style
    all names are contents, and beside --content all are styles.

    Args:
        names: those without an option.
        content: values of --content.
        style: values of --style.

    Raises:
        UsageError: a name is ambiguous, or cannot be a style.
        InputError: a pattern matches no file.
    """
    content = None if content is None else expanded(content)
    style = None if style is None else expanded(style)
    if not names:
        return content, style
    if content is not None and style is not None:
        raise UsageError(
            f"Is '{names[0]}' a content or a style? Both --content and --style are given.",
            "Leave out one of the two options, or name it with one of them.",
        )
    if content is not None:
        return content, expanded(names)
    if style is not None:
        return expanded(names), style
    if len(names) == 1:
        return expanded(names), None
    contents, styles = expanded(names[:-1]), expanded(names[-1:])
    _check_order(contents, styles[-1], each_style)
    # `run *.jpg night.jpg`: the painting lies among the photographs.
    others = [name for name in contents if name not in styles]
    return others or contents, styles


def _check_order(contents: Sequence[str], style: str, each_style: bool) -> None:
    """Refuse a style that can only be a content."""
    looks = _looks(style)
    if not looks or each_style or any(map(_looks, contents)):
        return
    swapped = shlex.join(["stylekit", "run", style, contents[0]])
    raise UsageError(
        f"The last name is the style, and {style} is a {looks}.",
        f"To stylize it: {swapped}",
    )


def _looks(name: str) -> str:
    """Return `folder` or `video` for a name that looks like one."""
    if is_folder(name):
        return "folder"
    kind = mimetypes.guess_type(name)[0] or ""
    return "video" if kind.startswith("video/") else ""
