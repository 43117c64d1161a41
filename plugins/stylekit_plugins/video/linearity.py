"""How linearly a video goes from style to style when the weights of the styles change linearly.

Values are compared at the same tracked points in each frame (`tracking`); where no point stays
visible throughout, the video is split into segments, whose sums are added up. (Means of features,
such as Gram matrices, follow the weights with any method and so discriminate nothing.)

    Rsq    fraction of the variance over time that the weights explain: m_t = A + B a_t, by least
           squares
    kappa  mean |m_{t+1} - 2 m_t + m_{t-1}| / mean |m_{t+1} - m_t|; 0 on a straight line, about
           sqrt(3) for noise
    step   largest change from frame to frame / median change, beyond the change of the content
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.evaluation.report import Report, Table
from stylekit.images.frames import Clip
from stylekit.inputs.schedule import Schedule
from stylekit.inputs.syntax import short_name
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit_plugins.video.chart import Chart, draw_charts
from stylekit_plugins.video.params import LinearityParams
from stylekit_plugins.video.style_path import GramExtractor, style_path
from stylekit_plugins.video.track_segments import MIN_FRAMES, TrackSegment, track_segments

_MAX_FRAMES = 120
"""Maximum number of sampled frames, evenly spread."""


@dataclass(frozen=True)
class Linearity:
    """The scores of one video; the module's docstring defines them."""

    rsq: float
    kappa: float
    step: float


class LinearityMetric:
    """Scores a video that was made with key styles."""

    def __init__(self, params: LinearityParams) -> None:
        self.params = params

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the selected score.

        Raises:
            UsageError: the styles have no timestamps.
            InputError: there are too few frames, or too few points stay visible in four of them.
        """
        scores = linearity(result, content, self._style_weights(content, styles))
        return float(getattr(scores, self.params.score))

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network whose features `report` compares."""
        self._extractor = GramExtractor(weights("vgg16")).to(device)

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return all scores, and the values of each sampled frame; call `prepare` first.

        Raises:
            UsageError, InputError: as in `score_pair`.
        """
        weights = self._style_weights(content, styles)
        sampled = sample_frames(result, content)
        segments = track_segments(result, content, sampled)
        sampled_weights = torch.from_numpy(weights[sampled])
        frames = [result.frames[index] for index in sampled]
        path = style_path(
            self._extractor, frames, [style.frame for style in styles], sampled_weights
        )
        scores = {
            **asdict(_scores(segments, weights)),
            "slope": path.slope,
            "style_loss": float(path.losses.mean()),
        }
        result_changes = _changes([segment.result_values for segment in segments])
        content_changes = _changes([segment.content_values for segment in segments])
        gap = torch.full((1,), math.nan)
        names = [short_name(style.frame.origin) for style in styles][1:]
        measured = {
            f"{name}, measured": line for name, line in zip(names, path.positions.T, strict=True)
        }
        requested = {
            f"{name}, requested": line
            for name, line in zip(names, sampled_weights.T[1:], strict=True)
        }
        charts = {
            "Style weights": measured | requested,
            "Change from frame to frame": {
                "result": torch.cat((gap, result_changes)),
                "content": torch.cat((gap, content_changes)),
            },
            "Style loss": {"result": path.losses},
        }
        times = [content.times[index] for index in sampled]
        lines = {
            title: {name: line.tolist() for name, line in group.items()}
            for title, group in charts.items()
        }
        return Report(
            scores=scores,
            values={
                "frames": sampled,
                "times": times,
                "segments": [[segment.frames[0], segment.frames[-1]] for segment in segments],
                "lines": lines,
            },
            tables=[Table("Linearity", ("score", "value"), [[k, v] for k, v in scores.items()])],
            files={"linearity.png": draw_charts([Chart(k, v) for k, v in lines.items()], times)},
        )

    def _style_weights(self, content: Clip, styles: tuple[Style, ...]) -> np.ndarray:
        schedule = Schedule(styles, content, self.params.interp)
        return np.array([schedule.weights_at(k) for k in range(len(content.frames))])


def linearity(result: Clip, content: Clip, weights: np.ndarray) -> Linearity:
    """Return the scores of a video.

    Args:
        weights: of each style at each frame, (T, K).
    """
    segments = track_segments(result, content, sample_frames(result, content))
    return _scores(segments, weights)


def sample_frames(result: Clip, content: Clip) -> list[int]:
    """Return the indices of at most 120 evenly spread frames.

    Raises:
        InputError: there are too few frames, or the videos differ in their number.
    """
    count = len(result.frames)
    if count < MIN_FRAMES or len(content.frames) != count:
        raise InputError(
            f"{result.origin} has {count} frames and {content.origin} {len(content.frames)}: "
            "linearity needs at least four frames, and the same number in both.",
            "Compare a video with the one that it was made of.",
        )
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, _MAX_FRAMES))})


def _scores(segments: Sequence[TrackSegment], weights: np.ndarray) -> Linearity:
    result_values = [segment.result_values for segment in segments]
    segment_weights = [torch.from_numpy(weights[segment.frames]) for segment in segments]
    return Linearity(
        rsq=r_squared(result_values, segment_weights),
        kappa=curvature(result_values),
        step=step_ratio(result_values, [segment.content_values for segment in segments]),
    )


def r_squared(segments: Sequence[Tensor], weights: Sequence[Tensor]) -> float:
    """Return Rsq of the values (T, N) of each segment, for weights (T, K) that add up to 1."""
    residual = total = 0.0
    for values, segment_weights in zip(segments, weights, strict=True):
        values = values.double()
        ones = torch.ones(len(values), 1, dtype=torch.float64)
        design = torch.cat((ones, segment_weights[:, 1:].double()), dim=1)
        fitted = design @ torch.linalg.lstsq(design, values).solution
        residual += float((values - fitted).square().mean(dim=1).sum())
        total += float((values - values.mean(dim=0)).square().mean(dim=1).sum())
    return 1 - residual / total if total > 0 else 1.0


def curvature(segments: Sequence[Tensor]) -> float:
    """Return kappa of the values (T, N) of each segment."""
    change = float(_changes(segments).mean())
    if not change:
        return 0.0
    return float(_changes([values.diff(dim=0) for values in segments]).mean()) / change


def step_ratio(segments: Sequence[Tensor], content_segments: Sequence[Tensor]) -> float:
    """Return the largest step relative to the median one, of values (T, N) and their content's."""
    changes = (_changes(segments) - _changes(content_segments)).clamp(min=1e-6)
    return float(changes.max() / changes.median())


def _changes(segments: Sequence[Tensor]) -> Tensor:
    """Return the mean changes from frame to frame of each segment, concatenated."""
    return torch.cat([values.diff(dim=0).abs().mean(dim=1) for values in segments])
