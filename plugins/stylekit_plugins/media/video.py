"""Video files, through FFmpeg's libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from stylekit.images.frames import Clip
from stylekit_plugins.media import encoding
from stylekit_plugins.media.containers import is_video_file
from stylekit_plugins.media.decoding import VideoFrames
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.probe import look_through


class VideoAdapter:
    """Reads and writes video files.

    Args:
        params: what is read at most; codec, quality and sound of what is written.
    """

    def __init__(self, params: VideoParams) -> None:
        self._params = params

    def read(self, source: str) -> Clip:
        """Return the clip of a file; its frames are decoded when they are asked for.

        They are upright, in sRGB, of 8 bits or of 16, of square pixels, and not interlaced. They
        keep the file's timestamps, from 0, where these increase.

        Raises:
            InputError: it is missing, no video, damaged in all its frames, transparent,
                or larger than `max_megapixels`.
            MemoryLimitError: its frames do not fit into the memory that is free.
        """
        video = look_through(source, self._params.max_megapixels)
        return Clip(
            frames=VideoFrames(video),
            origin=source,
            fps=float(video.rate),
            times=[video.time(index) for index in range(len(video.moments))],
            passthrough=video,
            notes=video.notes,
        )

    def recognize(self, source: str) -> Literal["image", "clip"] | None:
        """Return whether FFmpeg knows a file's content as a video container."""
        return "clip" if is_video_file(source, self._params.max_megapixels) else None

    def check(self, clip: Clip, path: str) -> Sequence[str]:
        """Refuse a file that cannot hold a clip made of this one.

        Returns what is left out of it or encoded anew, such as a track of sound.

        Raises:
            InputError: it cannot hold the codec, or the clip is transparent.
        """
        return encoding.check(clip, path, self._params)

    def write(self, clip: Clip, path: str) -> None:
        """Write a clip at the moments of the one that it was made of, with its other tracks.

        Sound and subtitles are copied bit for bit where the file can hold them. H.264 and H.265
        have even sides: frames of an odd size are resampled to one pixel more.

        Raises:
            InputError: it cannot be written.
        """
        encoding.encode(clip, path, self._params)
