"""Reports of the video metrics: scores, values of each frame, and charts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from tests.plugins.video.test_linearity import clips

from stylekit import Frame
from stylekit.images.frames import Clip
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit_plugins.video.chart import Chart, draw_charts
from stylekit_plugins.video.linearity import LinearityMetric, linearity
from stylekit_plugins.video.params import LinearityParams, TemporalParams
from stylekit_plugins.video.style_path import GramExtractor, style_path
from stylekit_plugins.video.temporal import Temporal

Read = Callable[[str], Frame]


@pytest.fixture(scope="module")
def extractor(vgg16_parameters: LoadedWeights) -> GramExtractor:
    return GramExtractor(vgg16_parameters)


@pytest.fixture(scope="module")
def styles(read: Read) -> list[Frame]:
    return [read(f"sample:{name}").resized(96, 96) for name in ("swirls", "poppies", "mosaic")]


def test_the_styles_themselves_are_at_the_ends_of_the_path(
    extractor: GramExtractor, styles: list[Frame]
) -> None:
    path = style_path(extractor, styles, styles, torch.eye(3))
    assert path.losses.tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert path.positions.flatten().tolist() == pytest.approx([0, 0, 1, 0, 0, 1], abs=1e-4)
    assert path.slope == pytest.approx(1, abs=1e-4)


def test_a_video_that_never_changes_has_no_slope(
    extractor: GramExtractor, styles: list[Frame]
) -> None:
    later = torch.linspace(0, 1, 4)
    weights = torch.stack((1 - later, later), dim=1)
    path = style_path(extractor, [styles[0]] * 4, styles[:2], weights)
    assert path.slope == pytest.approx(0, abs=1e-6)
    assert path.losses[0] == pytest.approx(0, abs=1e-6)
    assert (path.losses.diff() > 0).all()


def test_the_report_on_linearity(vgg16_parameters: LoadedWeights, styles: list[Frame]) -> None:
    result, content, _ = clips(0)
    evaluator = LinearityMetric(LinearityParams())
    evaluator.prepare(lambda network: vgg16_parameters, torch.device("cpu"))
    key_styles = (Style(styles[0], at="0"), Style(styles[1], at="end"))
    report = evaluator.report(result, content, key_styles)
    assert report.scores["rsq"] == pytest.approx(linearity(*clips(0)).rsq)
    assert set(report.scores) == {"rsq", "kappa", "step", "slope", "style_loss"}
    assert len(report.values["lines"]["Style loss"]["result"]) == len(result.frames)
    chart = report.files["linearity.png"]
    assert isinstance(chart, Frame)
    assert (chart.width, chart.height) == (960, 3 * 260)


def test_the_report_on_flicker() -> None:
    result, content, _ = clips(0.1)
    report = Temporal(TemporalParams()).report(result, content, ())
    short = Temporal(TemporalParams()).score_pair(result, content, ())
    assert report.scores["e_warp_result_short"] == pytest.approx(short)
    assert report.scores["e_warp_content_short"] < short / 10
    assert len(report.values["frames"]["result, long"]) == len(result.frames) - 1
    assert isinstance(report.files["temporal.png"], Frame)


def test_frames_without_reliable_flow_are_left_out() -> None:
    """Frames without reliable flow have no error; the mean is that of the others."""
    random = np.random.default_rng(0)
    noise = [Frame.from_array(random.integers(0, 255, (64, 64, 3), np.uint8)) for _ in range(3)]
    clip = Clip(tuple(noise), "noise", 25.0)
    assert Temporal(TemporalParams()).score_pair(clip, clip, ()) >= 0


def test_a_chart_has_its_lines_in_their_places() -> None:
    chart = draw_charts(
        [Chart("Title", {"rising": [0.0, 1.0], "gap": [float("nan"), 0.5]})], [0.0, 2.0]
    )
    pixels = chart.to_array()
    blue = (pixels == (0x00, 0x72, 0xB2)).all(axis=2)
    rows, columns = np.nonzero(blue[:, : 960 - 200])
    # From the lower left to the upper right.
    assert columns.min() == pytest.approx(84, abs=2)
    assert columns.max() == pytest.approx(960 - 200, abs=2)
    assert rows[columns.argmin()] > rows[columns.argmax()] + 150
