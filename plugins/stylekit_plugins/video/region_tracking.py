"""A region of a clip's first frame, carried along by what moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from stylekit.errors import UsageError
from stylekit.images.frames import Frame
from stylekit_plugins.video.optical_flow import Motion, motion

AROUND = 0.2
"""Part of an area's side over which motions of its inside are averaged."""


class Follow:
    """Moves a region along the optical flow, from frame to frame.

    Each frame looks up its pixels in the first one, along the way that they came, so that the edge
    does not blur; it moves as its inside does. What comes into the picture later is outside of the
    region.

    Args:
        params: none; here because every component is made with its parameters.
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
        """Return the mask in a frame, (H, W) in [0, 1].

        Raises:
            UsageError: no region is named.
        """
        if not source:
            raise UsageError(
                "follow: has to name a region of the first frame.",
                "For example --region follow:box:20,30,100,80 or follow:mask.png.",
            )
        first = frames[0]
        if self._first is None or self._first[0] != source or self._first[1].origin != first.origin:
            self._first, self._latest = (source, first, other(source, first)), None
        mask = self._first[2]
        begun, way = 0, None
        if self._latest is not None and self._latest[0] <= index:
            begun, way = self._latest
        for later in range(begun + 1, index + 1):
            before = mask if way is None else way.moved(mask[None])[0]
            step = _as_a_whole(motion(frames[later], frames[later - 1]), before)
            way = step if way is None else step.followed_by(way)
        if way is None:
            return mask
        self._latest = index, way
        return way.moved(mask[None])[0].clamp(0, 1)


def _as_a_whole(found: Motion, before: Tensor) -> Motion:
    """Return a motion that, around the edge of an area, is that of its inside.

    At the edge of what moves the flow is a mean of both sides, by which an area would lose its
    outline within a few frames.

    Args:
        before: the area, (H, W), in the frame that the motion leads to.
    """
    inner = (found.moved(before[None])[0] > 0.5).numpy()
    # The deeper inside, the less of what is around it has come into the flow.
    depth = cv2.distanceTransform(inner.astype(np.uint8), cv2.DIST_L2, 3)
    counts = depth**2 * found.reliable.numpy()
    deviation = max(2.0, AROUND * float(np.sqrt(inner.sum())))
    around = cv2.GaussianBlur(counts, (0, 0), deviation)
    flow = found.flow.permute(1, 2, 0).numpy()
    inside = cv2.GaussianBlur(flow * counts[..., None], (0, 0), deviation)
    near = (around > 0.01)[..., None]
    whole = np.where(near, inside / np.maximum(around, 0.01)[..., None], flow)
    return Motion(torch.from_numpy(whole).permute(2, 0, 1).contiguous(), found.reliable)
