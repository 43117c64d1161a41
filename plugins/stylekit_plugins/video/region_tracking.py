"""A region of the first frame, tracked through a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from stylekit.errors import UsageError
from stylekit.images.frames import Frame
from stylekit.protocols import DerivedRegionSource
from stylekit_plugins.video.optical_flow import Motion, estimate_motion

SMOOTHING = 0.2
"""Standard deviation of the average over the motion inside an area, as a fraction of its side."""


class Follow(DerivedRegionSource):
    """Moves a region along the optical flow, from frame to frame.

    Each frame looks up its pixels in the first frame, through the composed motion, so that the edge
    does not blur; the edge moves with the inside of the region. Objects that enter the video later
    are outside of the region.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params
        self._first: tuple[str, Frame, Tensor] | None = None
        self._latest: tuple[int, Motion] | None = None

    def mask_from(
        self,
        source: str,
        frames: Sequence[Frame],
        index: int,
        other: Callable[[str, Frame], Tensor],
    ) -> Tensor:
        """Return the mask of a frame, (H, W) in [0, 1].

        Raises:
            UsageError: the source names no region.
        """
        if not source:
            raise UsageError(
                "follow: needs a region of the first frame.",
                "For example --region follow:box:20,30,100,80 or follow:mask.png.",
            )
        first = frames[0]
        if self._first is None or self._first[0] != source or self._first[1].origin != first.origin:
            self._first, self._latest = (source, first, other(source, first)), None
        mask = self._first[2]
        start, path = 0, None
        if self._latest is not None and self._latest[0] <= index:
            start, path = self._latest
        for later in range(start + 1, index + 1):
            previous = mask if path is None else path.warp(mask[None])[0]
            motion = _rigid_edge(estimate_motion(frames[later], frames[later - 1]), previous)
            path = motion if path is None else motion.compose(path)
        if path is None:
            return mask
        self._latest = index, path
        return path.warp(mask[None])[0].clamp(0, 1)


def _rigid_edge(motion: Motion, area: Tensor) -> Motion:
    """Return a motion whose values around the edge of an area are those of its inside.

    At the edge of a moving object the flow averages both sides, and an area would lose its outline
    within a few frames.

    Args:
        area: (H, W), in the frame that the motion leads to.
    """
    inside = (motion.warp(area[None])[0] > 0.5).numpy()
    # Deeper inside, the surroundings affect the flow less.
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    weights = depth**2 * motion.reliable.numpy()
    sigma = max(2.0, SMOOTHING * float(np.sqrt(inside.sum())))
    total = cv2.GaussianBlur(weights, (0, 0), sigma)
    flow = motion.flow.permute(1, 2, 0).numpy()
    weighted = cv2.GaussianBlur(flow * weights[..., None], (0, 0), sigma)
    near = (total > 0.01)[..., None]
    averaged = np.where(near, weighted / np.maximum(total, 0.01)[..., None], flow)
    return Motion(torch.from_numpy(averaged).permute(2, 0, 1).contiguous(), motion.reliable)
