"""Temporal smoothing of per-frame values within a scene.

A moving average turns a sudden style change into a transition; linear changes stay linear up to the
ends of a scene. `benchmarks/notes/video.md` has the measurements behind the constants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from stylekit.methods.base import Job
from stylekit_plugins.video.scenes import Scenes

_SUDDEN = 1.25
"""Transition length of a sudden change, relative to the distance between two styles."""

SINGLE_CHANGE_FACTOR = 1.4
"""Factor on the transition length of the only sudden change of a video.

No style between two others has to be reached then. Nearly all frames become part of the transition,
so that none of them changes much more than the median.
"""

_GRADUAL = 0.5
"""Window of a gradual change, relative to the same distance; only its corners need smoothing."""


StyleWeights = Callable[[int], Sequence[float]] | None
"""The weights of the styles at a frame; None: they are constant."""


class TemporalSmoother:
    """Averages values over the frames of a video.

    Args:
        scenes: of the video; no average crosses their bounds.
        length: of the averaging window, in frames.
    """

    def __init__(self, scenes: Scenes, length: float) -> None:
        self._scenes, self._length = scenes, length
        self.window = cache(self._window)
        """Returns the frames of the window around a frame, and their weights."""

    def style_weights(self, job: Job) -> StyleWeights:
        """Return the smoothed weights of the styles at each frame; None: they are constant."""
        style_weights = job.style_weights_at
        if style_weights is None:
            return None

        @cache
        def smoothed(index: int) -> tuple[float, ...]:
            frames, weights = self.window(index)
            average = weights @ torch.tensor([list(style_weights(each)) for each in frames])
            # Extrapolation beyond the ends of a scene can leave [0, 1].
            average = average.clamp(min=0)
            return tuple((average / average.sum()).tolist())

        return smoothed

    def _window(self, index: int) -> tuple[range, Tensor]:
        first, last = self._scenes.around(index, _reach(self._length))
        return window_weights(index, first, last, self._length)


def max_window(style_weights: StyleWeights, count: int, single_factor: float = 1.0) -> float:
    """Return the longest averaging window, in frames, that still shows every style.

    The shortest distance between two styles (each at the mean of the frames where its weight is
    highest) limits the window: a sudden change may use more than all of it, a gradual one half.

    Args:
        count: of the frames.
        single_factor: factor on the window of a sudden change that is the only one.
    """
    if style_weights is None:
        return math.inf
    weights = torch.tensor([list(style_weights(index)) for index in range(count)])
    highest = weights >= weights.amax(dim=0) - 1e-6
    frames = torch.arange(count, dtype=torch.float32)
    centers = (highest * frames[:, None]).sum(dim=0) / highest.sum(dim=0)
    distances = centers.sort().values.diff()
    if not len(distances):
        return math.inf
    distance = float(distances.min())
    fastest_frames = 1 / max(float(weights.diff(dim=0).abs().max()), 1e-6)
    sudden = _SUDDEN * (single_factor if len(distances) == 1 else 1)
    return max(sudden * (distance + 1 - fastest_frames), _GRADUAL * distance)


def style_rate(style_weights: StyleWeights, index: int) -> float:
    """Return the fraction of the style weights, in [0, 1], that changes from the previous frame."""
    if style_weights is None:
        return 0.0
    pairs = zip(style_weights(index - 1), style_weights(index), strict=True)
    return sum(abs(later - earlier) for earlier, later in pairs) / 2


def window_weights(index: int, first: int, last: int, length: float) -> tuple[range, Tensor]:
    """Return the frames of the averaging window around a frame, and their weights.

    A window that is centered on the frame turns a jump into a straight line. Beyond the ends of a
    scene values are extrapolated by point reflection, so that a straight line stays one.

    Args:
        first, last: bounds of the scene; the frame lies between them.
        length: of the window, in frames; up to 1, the window is the frame alone.

    Returns:
        Consecutive frames, and weights (N,) that add up to 1; some may be negative near an end.
    """
    reach = _reach(length)
    if not reach:
        return range(index, index + 1), torch.ones(1)
    frames = range(max(first, index - reach), min(last, index + reach) + 1)
    weights = torch.zeros(len(frames))
    offsets = torch.arange(-reach, reach + 1)
    # The window covers its outermost frames only in part.
    window = (length / 2 + 0.5 - offsets.abs()).clamp(max=1) / length
    for position, weight in zip((offsets + index).tolist(), window, strict=True):
        end = min(max(position, frames[0]), frames[-1])
        weights[end - frames[0]] += weight
        if end != position:
            # 2 v(end) - v(mirrored); where the scene is too short for that, v(end).
            mirrored = min(max(2 * end - position, frames[0]), frames[-1])
            weights[end - frames[0]] += weight
            weights[mirrored - frames[0]] -= weight
    return frames, weights


def _reach(length: float) -> int:
    """Return how many frames the window covers on each side."""
    return max(math.ceil(length / 2 - 0.5), 0)
