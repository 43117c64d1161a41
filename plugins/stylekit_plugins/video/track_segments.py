"""Tracking of points through a video in segments.

Where a camera turns away, or a video has cuts, no point stays visible throughout. The video is
then halved, and halved again, until enough points are visible in all frames of each segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from stylekit.images.frames import Clip
from stylekit_plugins.video.tracking import TrackingError, track

MIN_FRAMES = 4
"""Minimum frames of a segment; fewer say next to nothing about linearity."""


@dataclass(frozen=True)
class TrackSegment:
    """T consecutive sampled frames that show the same N values.

    Args:
        frames: their indices.
        result_values: values of the result at the tracked points, (T, N) in [0, 1].
        content_values: values of the content at the same points, (T, N) in [0, 1].
    """

    frames: Sequence[int]
    result_values: Tensor
    content_values: Tensor


def track_segments(result: Clip, content: Clip, sampled: Sequence[int]) -> list[TrackSegment]:
    """Return as few segments as possible; each starts with the last frame of the previous one.

    Args:
        sampled: indices of the frames to track, in order.

    Raises:
        TrackingError: too few points are visible in four consecutive sampled frames.
    """
    try:
        return [TrackSegment(sampled, *track(result, content, sampled))]
    except TrackingError:
        middle = len(sampled) // 2
        if middle + 1 < MIN_FRAMES:
            raise
        first_half, second_half = sampled[: middle + 1], sampled[middle:]
        return [
            *track_segments(result, content, first_half),
            *track_segments(result, content, second_half),
        ]
