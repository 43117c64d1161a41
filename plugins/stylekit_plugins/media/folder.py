"""A folder as the list of its images."""

from __future__ import annotations

import re
from pathlib import Path

from stylekit.errors import InputError
from stylekit_plugins.media import READS


class FolderAdapter:
    """Lists the images of a folder.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def expand(self, source: str) -> list[str]:
        """Return the images of a folder in natural order (`img2` before `img10`).

        Hidden files, files without an image suffix and subfolders are left out.

        Raises:
            InputError: the folder is missing, not a folder, unreadable, or contains no images.
        """
        return [str(path) for path in _images(Path(source))]


def _images(folder: Path) -> list[Path]:
    try:
        entries = list(folder.iterdir())
        images = [path for path in entries if _is_image(path)]
        subfolders = any(path.is_dir() for path in entries)
    except FileNotFoundError:
        raise InputError(f"No such folder: {folder}", "Check the name.") from None
    except NotADirectoryError:
        raise InputError(
            f"Cannot read {folder}: it is not a folder.", "Name the image without 'folder:'."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"Cannot read folder {folder}: {reason}.") from None
    if not images:
        raise InputError(
            f"Folder {folder} contains no images.",
            "Subfolders are not searched; name one of them."
            if subfolders
            else f"Image files end in {', '.join(READS)}.",
        )
    return sorted(images, key=lambda path: (natural_key(path.name), path.name))


def _is_image(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in READS and path.is_file()


def natural_key(name: str) -> list[str | int]:
    """Return a case-insensitive sort key that puts `img2` before `img10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]
