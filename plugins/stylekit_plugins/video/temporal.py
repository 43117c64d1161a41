"""Warping error: how much a video changes where nothing but motion should change it.

W.-S. Lai, J.-B. Huang, O. Wang, E. Shechtman, E. Yumer, M.-H. Yang: "Learning Blind Video Temporal
Consistency" (ECCV 2018), section 4.2:

    E(t, s) = sum_x m(x) mean_c (V_t(x) - (W V_s)(x))^2 / sum_x m(x)

with motion W and reliability m of the *content* video. Short term: the mean over consecutive
frames. Long term: over each frame and the first one (C. Lei, Y. Xing, Q. Chen, NeurIPS 2020). The
content itself has an error, too, from noise and from errors of the flow: a result far below it is
blurred.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from stylekit.errors import InputError
from stylekit.evaluation.report import Report, Table
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit_plugins.video.chart import Chart, draw_charts
from stylekit_plugins.video.optical_flow import Motion, estimate_motion
from stylekit_plugins.video.params import TemporalParams

_TERMS = ("short", "long")
_CLIPS = ("result", "content")


class Temporal:
    """Computes the warping error of one video; lower flickers less, but blur flickers least."""

    def __init__(self, params: TemporalParams) -> None:
        self._term = params.term

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the mean of `E`: squared differences of values in [0, 1].

        Raises:
            InputError: there are fewer than two frames, or the videos differ in their number.
        """
        errors = [error for error, _ in _errors(result, content, self._term == "long")]
        return _mean(errors)

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return the errors of result and content, short and long term, also per frame.

        Raises:
            InputError: as in `score_pair`.
        """
        both = {term: list(_errors(result, content, term == "long")) for term in _TERMS}
        lines = {
            f"{clip}, {term}": [pair[position] for pair in pairs]
            for term, pairs in both.items()
            for position, clip in enumerate(_CLIPS)
        }
        scores = {
            f"e_warp_{clip}_{term}": _mean(lines[f"{clip}, {term}"])
            for clip in _CLIPS
            for term in _TERMS
        }
        rows: list[list[str | float]] = [
            [clip, scores[f"e_warp_{clip}_short"], scores[f"e_warp_{clip}_long"]] for clip in _CLIPS
        ]
        charts = [
            Chart(
                f"Warping error, {term} term", {clip: lines[f"{clip}, {term}"] for clip in _CLIPS}
            )
            for term in _TERMS
        ]
        return Report(
            scores=scores,
            values={"frames": lines, "times": list(content.times)},
            tables=[Table("Warping error", ("clip", "short term", "long term"), rows)],
            files={"temporal.png": draw_charts(charts, content.times[1:])},
        )


def _errors(result: Clip, content: Clip, long: bool) -> Iterator[tuple[float, float]]:
    """Yield `E` of result and content for each frame but the first; NaN: nothing is reliable."""
    count = len(result.frames)
    if count < 2 or len(content.frames) != count:
        raise InputError(
            f"{result.origin} has {count} frames and {content.origin} {len(content.frames)}: the "
            "warping error needs at least two frames, and the same number in both.",
            "Compare a video with the one that it was made of.",
        )
    width, height = result.image.width, result.image.height
    # In order, and each frame once: videos are decoded lazily.
    reference: tuple[Frame, Frame] | None = None
    for frame, original in zip(result, content, strict=True):
        resized = original.resized(width, height)
        if reference is not None:
            motion = estimate_motion(resized, reference[1])
            yield warp_error(frame, reference[0], motion), warp_error(resized, reference[1], motion)
        if reference is None or not long:
            reference = frame, resized


def warp_error(later: Frame, earlier: Frame, motion: Motion) -> float:
    """Return `E` of two frames, for the motion from the later one to the earlier."""
    squares = (later.pixels - motion.warp(earlier.pixels)).square().mean(dim=0)
    weight = float(motion.reliable.sum())
    return float((motion.reliable * squares).sum()) / weight if weight else math.nan


def _mean(errors: list[float]) -> float:
    finite = [error for error in errors if math.isfinite(error)]
    return sum(finite) / len(finite) if finite else 0.0
