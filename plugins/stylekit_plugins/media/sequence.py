"""A folder of pictures as one clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame, MappedFrames
from stylekit_plugins.media.folder import FolderAdapter
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams, SequenceParams


class SequenceAdapter:
    """Reads the pictures of a folder, in the order of their names, as the frames of a clip.

    Args:
        params: the frame rate.
    """

    def __init__(self, params: SequenceParams) -> None:
        self._params = params

    def read(self, source: str) -> Clip:
        """Return the clip, whose images are read with default limits; see `assemble`."""
        return self.assemble(source, lambda path: ImageAdapter(ImageParams()).read(path).image)

    def assemble(self, source: str, read: Callable[[str], Frame]) -> Clip:
        """Return the clip; each picture is read when it is asked for.

        Raises:
            InputError: the folder is missing or has no pictures; later, a picture cannot be read,
                or is not of the size of the first one.
        """
        paths = self.expand(source)
        fps = self._params.fps
        width, height = _size(read(paths[0]))

        def made(index: int) -> Frame:
            frame = read(paths[index])
            if _size(frame) != (width, height):
                raise InputError(
                    f"{paths[index]} is {frame.width} x {frame.height} pixels, and the first frame "
                    f"of {source} is {width} x {height}.",
                    "Frames of a clip have one size.",
                )
            return replace(frame, time=index / fps)

        times = [index / fps for index in range(len(paths))]
        return Clip(MappedFrames(len(paths), made), source, fps, times)

    def expand(self, source: str) -> list[str]:
        """List the files of the frames, in order.

        Raises:
            InputError: the folder is missing or has no pictures.
        """
        return FolderAdapter().expand(source)

    def check(self, clip: Clip, path: str) -> None:
        """Refuse: an image sequence is only read.

        Raises:
            InputError: always.
        """
        self.write(clip, path)

    def write(self, clip: Clip, path: str) -> None:
        """Refuse: an image sequence is only read.

        Raises:
            InputError: always.
        """
        raise InputError(
            f"Cannot write {path}: image sequences are only read.",
            "Write a video, and give --keep-frames.",
        )


def _size(frame: Frame) -> tuple[int, int]:
    return frame.width, frame.height
