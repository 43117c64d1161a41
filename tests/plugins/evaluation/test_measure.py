"""Existing results are scored without holding all of them in memory."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

import stylekit
from stylekit.images.frames import Frame
from stylekit_plugins.evaluation.measure import Measurement
from stylekit_plugins.evaluation.plan import make_evaluation_plan

COUNT = 20


def frames_in_memory() -> int:
    gc.collect()
    return sum(type(thing) is Frame for thing in gc.get_objects())


class Counting:
    """Counts how many frames are in memory at the end of both sets."""

    def __init__(self, params: object) -> None:
        pass

    def score_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        before = frames_in_memory()
        for result, content in zip(results, contents, strict=True):
            assert result.width == content.width == 12
        return float(max(before, frames_in_memory()))


class Plugin:
    @stylekit.hookimpl
    def register_metrics(self) -> Iterable[stylekit.MetricSpec]:
        yield stylekit.MetricSpec(
            name="counting",
            summary="Count frames.",
            scope="set",
            styles=False,
            factory=f"{__name__}:Counting",
        )


def test_sets_are_read_image_by_image(tmp_path: Path) -> None:
    for number in range(COUNT):
        Image.new("RGB", (12, 8), (number, 0, 0)).save(tmp_path / f"{number:02}.png")
    host = stylekit.Host({"counting": Plugin()})
    folder = str(tmp_path)
    stated = {"evaluator": "counting", "result": [folder], "content": [folder]}
    before = frames_in_memory()
    plan = make_evaluation_plan(host.catalogue, [stated])
    assert Measurement(plan).report().scores["counting"] <= before + 4
