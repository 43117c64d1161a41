"""A folder of images as one video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame, MappedFrames
from stylekit_plugins.media.folder import FolderAdapter
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams, SequenceParams


class SequenceAdapter:
    """Reads the images of a folder, sorted by name, as the frames of a video.

    Args:
        params: the frame rate.
    """

    def __init__(self, params: SequenceParams) -> None:
        self._params = params

    def read(self, source: str) -> Clip:
        """Return the video; its images are read with default limits."""
        return self.assemble(source, lambda path: ImageAdapter(ImageParams()).read(path).image)

    def assemble(self, source: str, read: Callable[[str], Frame]) -> Clip:
        """Return the video, whose images are read lazily.

        Raises:
            InputError: the folder is missing or contains no images; on access, an image cannot be
                read or differs from the first one in size.
        """
        paths = self.expand(source)
        fps = self._params.fps
        width, height = _size(read(paths[0]))

        def load(index: int) -> Frame:
            frame = read(paths[index])
            if _size(frame) != (width, height):
                raise InputError(
                    f"{paths[index]} is {frame.width} x {frame.height} pixels, and the first frame "
                    f"of {source} is {width} x {height}.",
                    "Resize them: all frames of a video have one size.",
                )
            return replace(frame, time=index / fps)

        times = [index / fps for index in range(len(paths))]
        return Clip(MappedFrames(len(paths), load), source, fps, times)

    def expand(self, source: str) -> list[str]:
        """List the files of the frames, in order.

        Raises:
            InputError: the folder is missing or contains no images.
        """
        return FolderAdapter().expand(source)

    def check(self, clip: Clip, path: str) -> None:
        """Refuse: image sequences are read-only.

        Raises:
            InputError: always.
        """
        self.write(clip, path)

    def write(self, clip: Clip, path: str) -> None:
        """Refuse: image sequences are read-only.

        Raises:
            InputError: always.
        """
        raise InputError(
            f"Cannot write {path}: image sequences are read-only.",
            "Write a video with --keep-frames.",
        )


def _size(frame: Frame) -> tuple[int, int]:
    return frame.width, frame.height
