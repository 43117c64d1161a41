"""What is known of a video file after one pass over it; loads no decoder."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylekit_plugins.media.packets import Packet


@dataclass(frozen=True)
class Video:
    """A probed video file.

    Attributes:
        size: width and height of most of its frames in pixels of the file; others are scaled to it.
        time_base: seconds per time unit, exactly.
        timestamps: of the frames, in time units, from 0, increasing.
        last_duration: of the last frame, in time units.
        frame_rate: average frames per second.
        aspect: width of a pixel in the file relative to its height; decoded pixels are square.
        quarter_turns: counterclockwise, until the image is upright.
        notes: sentences for the user.
        fingerprints: of the frames; see `Decoded.fingerprint`.
        keyframes: indices of frames where decoding can start, and the packets to seek to.
        time_offsets: seconds to add to the file's own timestamps, per part; see `PartCounter`.
        broadcast: the container allows timestamps that start again.
        interlaced: some frames are interlaced; all reading deinterlaces them.
        damaged: decoding is reproducible in a single thread only.
    """

    path: str
    size: tuple[int, int]
    time_base: Fraction
    timestamps: tuple[int, ...]
    last_duration: int
    frame_rate: Fraction
    aspect: Fraction
    quarter_turns: int
    notes: tuple[str, ...]
    fingerprints: tuple[int, ...]
    keyframes: tuple[tuple[int, Packet], ...]
    time_offsets: tuple[Fraction, ...]
    broadcast: bool
    interlaced: bool
    damaged: bool

    def time(self, index: int) -> float:
        """Return the timestamp of a frame in seconds after the first frame."""
        return float(self.timestamps[index] * self.time_base)
