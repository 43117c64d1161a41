"""Tracking of the pixels of one frame through a video.

Motion is estimated from frame to frame and composed: small motions are estimated more reliably than
large ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame
from stylekit_plugins.video.optical_flow import Motion, estimate_motion

_MIN_VISIBLE = 0.02
"""Minimum fraction of the image that must be visible in all frames."""

_MIN_SIDE = 256
"""Minimum long side, in pixels, at which motion is estimated."""

_MAX_POINTS = 40_000
"""Approximate maximum of tracked pixels, evenly spread."""


class TrackingError(InputError):
    """Too few points are visible in all frames."""


def track(result: Clip, content: Clip, sampled: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the values of result and content at the same points in each frame, (T, N) each.

    Args:
        sampled: indices of the frames, in order; the points are pixels of the middle one.

    Raises:
        TrackingError: too few points are visible in all of them.
    """
    first = result.image
    scale = max(1.0, _MIN_SIDE / max(first.width, first.height))
    width, height = round(scale * first.width), round(scale * first.height)
    contents, results = (
        [_to_8_bits(clip.frames[index].resized(width, height)) for index in sampled]
        for clip in (content, result)
    )
    middle = len(sampled) // 2
    identity = Motion(torch.zeros(2, height, width), torch.ones(height, width))
    paths = {middle: identity}
    for order in (range(middle, len(sampled) - 1), range(middle, 0, -1)):
        path = identity
        for position in order:
            following = position + order.step
            motion = estimate_motion(
                Frame.from_array(contents[position]), Frame.from_array(contents[following])
            )
            path = path.compose(motion)
            paths[following] = path
    visible = torch.stack([path.reliable for path in paths.values()]).amin(dim=0) > 0.5
    if float(visible.float().mean()) < _MIN_VISIBLE:
        raise TrackingError(
            f"{content.origin}: too few pixels can be tracked across consecutive frames.",
            "Evaluate a part of the video that moves less.",
        )
    points = visible.flatten().nonzero().flatten()
    points = points[:: max(1, len(points) // _MAX_POINTS)]
    return tuple(  # type: ignore[return-value]
        torch.stack(
            [
                paths[k].warp(Frame.from_array(array).pixels).flatten(1)[:, points].flatten()
                for k, array in enumerate(arrays)
            ]
        )
        for arrays in (results, contents)
    )


def _to_8_bits(frame: Frame) -> np.ndarray:
    """Return the 8-bit values of a frame, a quarter of the memory of its floats."""
    return frame.to_array()[..., :3]
