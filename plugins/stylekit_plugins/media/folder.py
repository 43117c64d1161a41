"""A folder of pictures, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from stylekit.errors import InputError
from stylekit.frames import Clip
from stylekit_plugins.media import READS
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams


class FolderAdapter:
    """Reads every picture of a folder.

    Args:
        params: as for a single image file.
    """

    def __init__(self, params: ImageParams) -> None:
        self._image = ImageAdapter(params)

    def read(self, source: str) -> Iterable[Clip]:
        """Return the pictures of a folder in natural order (`img2` before `img10`), one clip each.

        Each file is read when its turn comes, so that one picture at a time is in memory. Hidden
        files, files without a picture's suffix and subfolders are left out.

        Raises:
            InputError: it is missing, no folder, not readable or without pictures; while
                iterating: a picture that cannot be read.
        """
        paths = _pictures(Path(source))
        return (clip for path in paths for clip in self._image.read(str(path)))

    def write(self, clip: Clip, path: str) -> None:
        """Refuse: folders are only read.

        Raises:
            InputError: always.
        """
        raise InputError(f"Cannot write {path}: folders are only read.", "Name an image file.")


def _pictures(folder: Path) -> list[Path]:
    try:
        entries = list(folder.iterdir())
        found = [path for path in entries if _is_picture(path)]
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


def _is_picture(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in READS and path.is_file()


def natural_key(name: str) -> list[str | int]:
    """Return a sort key under which `img2` comes before `img10`, whatever the case of letters."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]
