"""Frames of a video file, decoded when they are asked for: the same ones in any order."""

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
from stylekit_plugins.media.interlacing import NEIGHBORS, deinterlaced
from stylekit_plugins.media.pixels import upright
from stylekit_plugins.media.probe import Video
from stylekit_plugins.media.reading import Packet, Reader

_AHEAD = 48
"""Frames that are rather decoded and left out than jumped over."""

_TRIES = (1, 2, 3)
"""Which entries before a frame are tried, counted backwards; open GOPs need the last but one."""

_FAILURES = 3
"""Frames to which no entry led, after which every frame is decoded from the beginning."""


class VideoFrames(LazyFrames):
    """The frames of a video; one is kept, and asking in order is fastest."""

    def __init__(self, video: Video) -> None:
        self._video = video
        self._reader: Reader | None = None
        self._frames: Iterator[tuple[int, Any]] = iter(())
        self._next = 0
        self._failed_jumps = 0

    def __del__(self) -> None:
        # Containers and their streams hold each other: the file would be open for a while yet, and
        # Windows renames no file that is open.
        if self._reader is not None:
            self._reader.close()

    def __len__(self) -> int:
        return len(self._video.moments)

    def load(self, index: int) -> Frame:
        """Decode a frame.

        Raises:
            InputError: it cannot be decoded any more.
        """
        video = self._video
        try:
            if not self._is_ahead(index):
                self._jump(index)
            decoded = self._go_on(index)
        except _LostError:
            self._failed_jumps += 1
            self._start_over()
            decoded = self._go_on(index)
        origin = f"{video.path} (frame {index + 1})"
        made = Frame.from_array(upright(decoded, video.size, video.turns, video.aspect), origin)
        return Frame(made.pixels, None, origin, video.time(index))

    def _is_ahead(self, index: int) -> bool:
        if self._reader is None or index < self._next:
            return False
        entries = self._entries(index)
        return index <= self._next + _AHEAD or not entries or entries[-1][0] <= self._next

    def _jump(self, index: int) -> None:
        """Go to an entry that leads to a frame, or to the beginning.

        Raises:
            _LostError: no entry that was tried leads to it.
        """
        entries = self._entries(index) if self._failed_jumps < _FAILURES else ()
        if not entries or entries[-1][0] == 0:
            self._start_over()
            return
        for back in _TRIES[: len(entries)]:
            try:
                self._seek(entries[-back][1], index)
                return
            except (_LostError, av.FFmpegError):
                continue
        raise _LostError

    def _seek(self, packet: Packet, index: int) -> None:
        """Go to a packet, and decode until just before a frame.

        Raises:
            _LostError: the packet does not lead to the frame.
            av.FFmpegError: the file cannot be sought in.
        """
        self._reader = self._reader or Reader(self._video.path, self._video.damaged)
        self._reader.seek(packet)
        found = self._finished(self._recognized(self._reader, index))
        for number, frame in found:
            if number == index:
                self._frames = chain([(number, frame)], found)
                self._next = index
                return
        raise _LostError

    def _start_over(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = Reader(self._video.path, self._video.damaged)
        self._frames = self._finished(enumerate(self._reader))
        self._next = 0

    def _go_on(self, index: int) -> Any:
        for number, frame in self._frames:
            self._next = number + 1
            if number == index:
                return frame
        raise InputError(f"Frame {index + 1} of {self._video.path} is gone: the file has changed.")

    def _entries(self, index: int) -> tuple[tuple[int, Packet], ...]:
        """Return the entries that lead to a frame."""
        least = index - NEIGHBORS if self._video.interlaced else index
        entries = self._video.entries
        return entries[: bisect_right(entries, least, key=lambda entry: entry[0])]

    def _recognized(self, reader: Reader, index: int) -> Iterator[tuple[int, Any]]:
        """Number the frames after a jump: from the first one that is known, each must be known.

        Raises:
            _LostError: a frame is not that of plain reading, or they begin after `index`.
        """
        marks = self._video.marks
        number: int | None = None
        for decoded in reader:
            mark = decoded.mark()
            if number is None:
                number = self._places.get(mark)
                if number is None:
                    continue
                if number > (index - NEIGHBORS if self._video.interlaced else index):
                    raise _LostError
            elif number >= len(marks) or marks[number] != mark:
                raise _LostError
            yield number, decoded
            number += 1
        if number != len(marks):
            raise _LostError

    @cached_property
    def _places(self) -> dict[int, int]:
        """The number of each frame by its mark, if no other frame has that mark."""
        marks = self._video.marks
        several = {mark for mark, count in Counter(marks).items() if count > 1}
        return {mark: place for place, mark in enumerate(marks) if mark not in several}

    def _finished(self, frames: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        if self._video.interlaced:
            return deinterlaced(frames)
        return ((number, decoded.frame) for number, decoded in frames)


class _LostError(Exception):
    """The frames after a jump are not those of plain reading."""
