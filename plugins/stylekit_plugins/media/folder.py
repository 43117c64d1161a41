"""A folder stands for the pictures in it."""

from __future__ import annotations

import re
from pathlib import Path

from stylekit.errors import InputError
from stylekit_plugins.media import READS


class FolderAdapter:
    """Lists the pictures of a folder.

    Args:
        params: none; here because every component is made with its parameters.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def expand(self, source: str) -> list[str]:
        """Return the pictures of a folder in natural order (`img2` before `img10`).

        Hidden files, files without a picture's suffix and subfolders are left out.

        Raises:
            InputError: it is missing, no folder, not readable or without pictures.
        """
        return [str(path) for path in _images(Path(source))]


def _images(folder: Path) -> list[Path]:
    try:
        entries = list(folder.iterdir())
        found = [path for path in entries if _is_image(path)]
        subfolders = any(path.is_dir() for path in entries)
    except FileNotFoundError:
        raise InputError(f"No such folder: {folder}", "Check the name.") from None
    except NotADirectoryError:
        raise InputError(
            f"Cannot read {folder}: it is no folder.", "Name the picture without 'folder:'."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"Cannot read folder {folder}: {reason}.") from None
    if not found:
        raise InputError(
            f"Folder {folder} has no pictures in it.",
            "Its subfolders are not looked into; name one of them."
            if subfolders
            else f"Pictures are files that end in {', '.join(READS)}.",
        )
    return sorted(found, key=lambda path: (natural_key(path.name), path.name))


def _is_image(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in READS and path.is_file()


def natural_key(name: str) -> list[str | int]:
    """Return a sort key under which `img2` comes before `img10`, whatever the case of letters."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]
