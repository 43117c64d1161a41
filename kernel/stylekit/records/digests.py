"""SHA-256 of files and frames; an unchanged file is read once."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.errors import InputError
from stylekit.files.atomic import sha256_of

if TYPE_CHECKING:
    from stylekit.images.frames import Frame

_CACHED = 1 << 15
"""Number of cached digests: the files of long image sequences are hashed several times."""


def digest_of_file(path: Path) -> str:
    """Hash a file, as 64 hex digits.

    Raises:
        InputError: it cannot be read.
    """
    try:
        status = path.stat()
        return _digest(str(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from None


def digest_of_files(paths: Sequence[Path]) -> str:
    """Hash files in order; one alone has its own digest. Names do not count.

    Raises:
        InputError: one cannot be read.
    """
    digests = [digest_of_file(path) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def digest_of_frame(frame: Frame) -> str:
    """Hash the pixels and the alpha of a frame."""
    hashed = hashlib.sha256()
    for plane in (frame.pixels, frame.alpha):
        if plane is not None:
            hashed.update(f"{tuple(plane.shape)}".encode())
            hashed.update(plane.detach().cpu().contiguous().numpy().data)
    return hashed.hexdigest()


@functools.lru_cache(_CACHED)
def _digest(path: str, device: int, inode: int, size: int, changed: int) -> str:
    return sha256_of(Path(path))
