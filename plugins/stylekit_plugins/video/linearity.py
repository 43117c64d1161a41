"""How evenly a clip goes from style to style when the shares of the styles change evenly.

Measured at the same things in each frame (`following`); where nothing is to be seen all the time,
in stretches, whose sums are added up. (Means of features, such as Gram matrices, follow the shares
whatever the method: they tell nothing.)

    Rsq    part of the variance over time that the shares explain: m_t = A + B a_t, by least squares
    kappa  mean |m_{t+1} - 2 m_t + m_{t-1}| / mean |m_{t+1} - m_t|; 0 on a straight line, about
           sqrt(3) for noise
    step   largest change from frame to frame / median change, beyond what the content changes
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
from stylekit_plugins.video.chart import Chart, drawn
from stylekit_plugins.video.params import LinearityParams
from stylekit_plugins.video.style_path import Eye, style_path
from stylekit_plugins.video.track_segments import LEAST, Stretch, stretches

_MOST = 120
"""Frames that are looked at, evenly spread."""


@dataclass(frozen=True)
class Linearity:
    """The figures of one clip; see above."""

    rsq: float
    kappa: float
    step: float


class LinearityMetric:
    """Measures one clip that was made with styles at moments."""

    def __init__(self, params: LinearityParams) -> None:
        self.params = params

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the chosen figure.

        Raises:
            UsageError: the styles have no moments.
            InputError: too few frames, or nothing is to be seen in four of them in a row.
        """
        figures = linearity(result, content, self._shares(content, styles))
        return float(getattr(figures, self.params.figure))

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load the network that `report` sees styles with."""
        self._eye = Eye(weights("vgg16")).to(device)

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return all figures, and those of each frame; `prepare` comes first.

        Raises:
            UsageError, InputError: see `score_pair`.
        """
        shares = self._shares(content, styles)
        chosen = frames_to_see(result, content)
        parts = stretches(result, content, chosen)
        asked = torch.from_numpy(shares[chosen])
        frames = [result.frames[index] for index in chosen]
        path = style_path(self._eye, frames, [style.frame for style in styles], asked)
        found = _figures(parts, shares)
        figures = {
            **asdict(found),
            "slope": path.slope,
            "style_loss": float(path.losses.mean()),
        }
        steps = _changes([part.made for part in parts])
        own = _changes([part.original for part in parts])
        gap = torch.full((1,), math.nan)
        names = [short_name(style.frame.origin) for style in styles][1:]
        ways = {f"{name}, seen": line for name, line in zip(names, path.shares.T, strict=True)}
        wishes = {f"{name}, asked": line for name, line in zip(names, asked.T[1:], strict=True)}
        charts = {
            "Shares of the styles": ways | wishes,
            "Change from frame to frame": {
                "result": torch.cat((gap, steps)),
                "content": torch.cat((gap, own)),
            },
            "Style loss": {"result": path.losses},
        }
        times = [content.times[index] for index in chosen]
        lines = {
            title: {name: line.tolist() for name, line in group.items()}
            for title, group in charts.items()
        }
        return Report(
            scores=figures,
            values={
                "frames": chosen,
                "times": times,
                "stretches": [[part.frames[0], part.frames[-1]] for part in parts],
                "lines": lines,
            },
            tables=[Table("Linearity", ("figure", "value"), [[k, v] for k, v in figures.items()])],
            files={"linearity.png": drawn([Chart(k, v) for k, v in lines.items()], times)},
        )

    def _shares(self, content: Clip, styles: tuple[Style, ...]) -> np.ndarray:
        schedule = Schedule(styles, content, self.params.interp)
        return np.array([schedule.shares(k) for k in range(len(content.frames))])


def linearity(result: Clip, content: Clip, shares: np.ndarray) -> Linearity:
    """Return the figures of a clip.

    Args:
        shares: of each style at each frame, (T, K).
    """
    return _figures(stretches(result, content, frames_to_see(result, content)), shares)


def frames_to_see(result: Clip, content: Clip) -> list[int]:
    """Return the frames that are looked at.

    Raises:
        InputError: too few frames, or not as many in both.
    """
    count = len(result.frames)
    if count < LEAST or len(content.frames) != count:
        raise InputError(
            f"{result.origin} has {count} frames and {content.origin} {len(content.frames)}: "
            "linearity needs four at least, and as many in both."
        )
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, _MOST))})


def _figures(parts: Sequence[Stretch], shares: np.ndarray) -> Linearity:
    made = [part.made for part in parts]
    return Linearity(
        rsq=explained(made, [torch.from_numpy(shares[part.frames]) for part in parts]),
        kappa=curvature(made),
        step=step_ratio(made, [part.original for part in parts]),
    )


def explained(made: Sequence[Tensor], shares: Sequence[Tensor]) -> float:
    """Return Rsq of values (T, N) of each stretch for shares (T, K), which add up to 1."""
    rest = spread = 0.0
    for values, asked in zip(made, shares, strict=True):
        values = values.double()
        ones = torch.ones(len(values), 1, dtype=torch.float64)
        design = torch.cat((ones, asked[:, 1:].double()), dim=1)
        fitted = design @ torch.linalg.lstsq(design, values).solution
        rest += float((values - fitted).square().mean(dim=1).sum())
        spread += float((values - values.mean(dim=0)).square().mean(dim=1).sum())
    return 1 - rest / spread if spread > 0 else 1.0


def curvature(made: Sequence[Tensor]) -> float:
    """Return kappa of values (T, N) of each stretch."""
    moved = float(_changes(made).mean())
    return float(_changes([values.diff(dim=0) for values in made]).mean()) / moved if moved else 0.0


def step_ratio(made: Sequence[Tensor], original: Sequence[Tensor]) -> float:
    """Return the largest step relative to the median one, of values (T, N) and their content's."""
    changes = (_changes(made) - _changes(original)).clamp(min=1e-6)
    return float(changes.max() / changes.median())


def _changes(values: Sequence[Tensor]) -> Tensor:
    """Return the mean changes from frame to frame of each stretch, one after the other."""
    return torch.cat([each.diff(dim=0).abs().mean(dim=1) for each in values])
