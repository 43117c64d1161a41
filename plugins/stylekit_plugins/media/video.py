"""Video files, decoded and encoded by FFmpeg's libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from stylekit.images.frames import Clip
from stylekit_plugins.media import encoding
from stylekit_plugins.media.containers import is_video_file
from stylekit_plugins.media.decoding import VideoFrames
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.probe import probe


class VideoAdapter:
    """Reads and writes video files.

    Args:
        params: maximum size of frames to read; codec, quality and audio of files to write.
    """

    def __init__(self, params: VideoParams) -> None:
        self._params = params

    def read(self, source: str) -> Clip:
        """Return a video, whose frames are decoded lazily.

        Frames are upright, in sRGB with 8 or 16 bits, with square pixels, and deinterlaced. They
        keep the file's timestamps, from 0, where these increase.

        Raises:
            InputError: the file is missing, not a video, damaged in all its frames, transparent, or
                larger than `max_megapixels`.
            MemoryLimitError: its frames do not fit into the free memory.
        """
        video = probe(source, self._params.max_megapixels)
        return Clip(
            frames=VideoFrames(video),
            origin=source,
            fps=float(video.frame_rate),
            times=[video.time(index) for index in range(len(video.timestamps))],
            passthrough=video,
            notes=video.notes,
        )

    def recognize(self, source: str) -> Literal["image", "clip"] | None:
        """Return "clip" if FFmpeg recognizes the content as a video container."""
        return "clip" if is_video_file(source, self._params.max_megapixels) else None

    def check(self, clip: Clip, path: str) -> Sequence[str]:
        """Refuse a file that cannot hold a result made of this clip.

        Returns:
            Sentences about tracks that are left out or re-encoded, such as audio.

        Raises:
            InputError: the container cannot hold the codec, or the clip is transparent.
        """
        return encoding.check(clip, path, self._params)

    def write(self, clip: Clip, path: str) -> None:
        """Write a clip with the timestamps and the other tracks of its source.

        Audio and subtitles are copied without re-encoding where the container can hold them. H.264
        and H.265 need even sides: an odd side is resampled to one pixel more.

        Raises:
            InputError: the file cannot be written.
        """
        encoding.encode(clip, path, self._params)
