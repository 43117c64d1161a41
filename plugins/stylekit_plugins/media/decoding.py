"""Frames of a video file, decoded lazily; the same ones in any order of access."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import Any

import av

from stylekit.errors import InputError
from stylekit.images.frames import Frame, LazyFrames
from stylekit_plugins.media.interlacing import NEIGHBORS, deinterlace
from stylekit_plugins.media.packets import Packet, Reader
from stylekit_plugins.media.pixels import to_srgb_upright
from stylekit_plugins.media.video_facts import Video

_MAX_SKIP = 48
"""Maximum frames to decode and discard instead of seeking."""

_KEYFRAMES_TRIED = (1, 2, 3)
"""Keyframes before a frame that are tried, counted backwards; open GOPs need the second."""

_MAX_FAILED_SEEKS = 3
"""Failed seeks after which every frame is decoded from the start."""


class VideoFrames(LazyFrames):
    """The frames of a video; access in order is fastest."""

    def __init__(self, video: Video) -> None:
        self._video = video
        self._reader: Reader | None = None
        self._frames: Iterator[tuple[int, Any]] = iter(())
        self._next = 0
        self._failed_seeks = 0

    def __del__(self) -> None:
        # Containers and streams reference each other, so the file would stay open until garbage
        # collection, and Windows cannot rename an open file.
        if self._reader is not None:
            self._reader.close()

    def __len__(self) -> int:
        return len(self._video.timestamps)

    def load(self, index: int) -> Frame:
        """Decode a frame.

        Raises:
            InputError: the frame cannot be decoded any more.
        """
        video = self._video
        try:
            if not self._is_ahead(index):
                self._seek(index)
            decoded = self._decode_until(index)
        except _SeekError:
            self._failed_seeks += 1
            self._restart()
            decoded = self._decode_until(index)
        origin = f"{video.path} (frame {index + 1})"
        values = to_srgb_upright(decoded, video.size, video.quarter_turns, video.aspect)
        return Frame(Frame.from_array(values, origin).pixels, None, origin, video.time(index))

    def _is_ahead(self, index: int) -> bool:
        if self._reader is None or index < self._next:
            return False
        keyframes = self._keyframes_before(index)
        return index <= self._next + _MAX_SKIP or not keyframes or keyframes[-1][0] <= self._next

    def _seek(self, index: int) -> None:
        """Move to a keyframe from which a frame can be decoded, or to the start.

        Raises:
            _SeekError: no keyframe that was tried leads to the frame.
        """
        keyframes = self._keyframes_before(index) if self._failed_seeks < _MAX_FAILED_SEEKS else ()
        if not keyframes or keyframes[-1][0] == 0:
            self._restart()
            return
        for distance in _KEYFRAMES_TRIED[: len(keyframes)]:
            try:
                self._seek_packet(keyframes[-distance][1], index)
                return
            except (_SeekError, av.FFmpegError):
                continue
        raise _SeekError

    def _seek_packet(self, packet: Packet, index: int) -> None:
        """Seek to a packet, and decode until just before a frame.

        Raises:
            _SeekError: the packet does not lead to the frame.
            av.FFmpegError: the file does not support seeking.
        """
        self._reader = self._reader or Reader(self._video.path, self._video.damaged)
        self._reader.seek(packet)
        frames = self._deinterlaced(self._numbered(self._reader, index))
        for number, frame in frames:
            if number == index:
                self._frames = chain([(number, frame)], frames)
                self._next = index
                return
        raise _SeekError

    def _restart(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = Reader(self._video.path, self._video.damaged)
        self._frames = self._deinterlaced(enumerate(self._reader))
        self._next = 0

    def _decode_until(self, index: int) -> Any:
        for number, frame in self._frames:
            self._next = number + 1
            if number == index:
                return frame
        raise InputError(
            f"Frame {index + 1} of {self._video.path} is missing: the file has changed.",
            "Run it again with the unchanged file.",
        )

    def _keyframes_before(self, index: int) -> tuple[tuple[int, Packet], ...]:
        """Return the keyframes up to a frame."""
        least = index - NEIGHBORS if self._video.interlaced else index
        keyframes = self._video.keyframes
        return keyframes[: bisect_right(keyframes, least, key=lambda keyframe: keyframe[0])]

    def _numbered(self, reader: Reader, index: int) -> Iterator[tuple[int, Any]]:
        """Number the frames after a seek, from the first one whose fingerprint is unique.

        Raises:
            _SeekError: a frame differs from sequential decoding, or the first one is after `index`.
        """
        fingerprints = self._video.fingerprints
        number: int | None = None
        for decoded in reader:
            fingerprint = decoded.fingerprint()
            if number is None:
                number = self._numbers.get(fingerprint)
                if number is None:
                    continue
                if number > (index - NEIGHBORS if self._video.interlaced else index):
                    raise _SeekError
            elif number >= len(fingerprints) or fingerprints[number] != fingerprint:
                raise _SeekError
            yield number, decoded
            number += 1
        if number != len(fingerprints):
            raise _SeekError

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """The index of each frame by its fingerprint, where that is unique."""
        fingerprints = self._video.fingerprints
        several = {each for each, count in Counter(fingerprints).items() if count > 1}
        return {each: number for number, each in enumerate(fingerprints) if each not in several}

    def _deinterlaced(self, frames: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        if self._video.interlaced:
            return deinterlace(frames)
        return ((number, decoded.frame) for number, decoded in frames)


class _SeekError(Exception):
    """The frames after a seek differ from sequential decoding."""
