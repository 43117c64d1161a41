"""What an experiment promises: see `stylekit.evaluation.experiment`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from stylekit.errors import StylekitError, UsageError, WeightsError
from stylekit.evaluation.classifier import ImageClass, LogitFunction
from stylekit.evaluation.experiment import Cell, Experiment, Stylized, Variant
from stylekit.evaluation.metric import BoundMetric
from stylekit.evaluation.report import Report
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.params import Params
from stylekit.protocols import LoadedWeights
from stylekit.registry.catalogue import Component
from stylekit.registry.discovery import PluginRecord
from stylekit.runs.plan import ConfiguredComponent
from stylekit.specs import EvaluatorSpec, ExperimentSpec, MethodSpec, MetricSpec, Spec
from stylekit.testing.images import frame
from stylekit.testing.suite import ComponentSuite

SIDE = 64
"""Width and height of the images of `ToyContext`."""


class ToyMetric:
    """Mean absolute difference from the content."""

    def __init__(self, params: object) -> None:
        pass

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Score one result."""
        return float((result.image.pixels - content.image.pixels).abs().mean())


class ToyContext:
    """A `stylekit.evaluation.ExperimentContext` that needs no network and no run.

    It has four images of two classes, two styles, and two methods: `blend` mixes content and style,
    and `fragile` fails at one image. Every metric is `ToyMetric`, every classifier looks at the
    brightness, and no weights are available.

    Args:
        folder: an empty folder.
        plugin: plugin of the methods and metrics.
    """

    def __init__(self, folder: Path, plugin: PluginRecord) -> None:
        self.folder = folder / "results"
        self.device = torch.device("cpu")
        self.seed = 0
        self.command = ""
        self.dataset: str | None = str(folder / "dataset")
        self.styles: Sequence[str] = [str(folder / f"style{number}.png") for number in (0, 1)]
        self._plugin = plugin
        for name, gain in (("bright", 1.0), ("dark", 0.3)):
            for number in (0, 1):
                pixels = (0.6 + 0.4 * frame(number, SIDE, SIDE).pixels) * gain
                self._write(Frame(pixels), folder / "dataset" / name / f"{number}.png")
        for number, style in enumerate(self.styles):
            self._write(frame(20 + number, SIDE, SIDE), Path(style))
        self.variants: Sequence[Variant] = [self._variant(name) for name in ("blend", "fragile")]

    def _variant(self, name: str) -> Variant:
        spec = MethodSpec(name=name, summary="A toy method.", factory=f"{__name__}:ToyMetric")
        return Variant(name, Component(spec, self._plugin), {"method": name}, base=name)

    def _write(self, image: Frame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        image.to_pil().save(path)

    def expand(self, source: str) -> list[str]:
        """Return the images of a folder and its folders, or the source itself."""
        paths = sorted(Path(source).rglob("*.png"))
        return [str(path) for path in paths] or [source]

    def read(self, source: str | Path) -> Frame:
        """Read an image."""
        return Frame.from_array(np.asarray(Image.open(source)), origin=str(source))

    def stylize(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Mix every content with every style; `fragile` fails at the first content."""
        stylized = Stylized()
        for number, content in enumerate(contents):
            for place, style in enumerate(styles):
                cell: Cell = (content, style)
                if variant.label == "fragile" and number == 0:
                    stylized.failures[cell] = "This toy method fails at one image."
                    continue
                pixels = torch.lerp(self.read(content).pixels, self.read(style).pixels, 0.3)
                path = self.folder / variant.label / f"{number}-{place}.png"
                self._write(Frame(pixels), path)
                stylized.images[cell] = path
                stylized.seconds[cell] = 0.5
        return stylized

    def weights(self, network: str) -> LoadedWeights:
        """Raise the error for unavailable weights."""
        raise WeightsError(f"The weights of {network} are unavailable in this test.")

    def find(self, spec_type: type[EvaluatorSpec], name: str) -> ConfiguredComponent:
        """Return a toy metric under any name."""
        spec = MetricSpec(
            name=name,
            summary="A toy metric.",
            factory=f"{__name__}:ToyMetric",
            higher_is_better=False,
            styles=False,
        )
        return ConfiguredComponent(Component(spec, self._plugin), Params())

    def metric(self, name: str) -> BoundMetric:
        """Return a toy metric under any name."""
        return BoundMetric(self.find(MetricSpec, name), self.weights, self.device)

    def classifier(self, name: str) -> tuple[Sequence[ImageClass], LogitFunction]:
        """Return the classes `bright` and `dark`, and a function that tells them apart."""

        def logits(images: Sequence[Frame]) -> Tensor:
            brightness = torch.stack([image.pixels.mean() for image in images])
            return 10 * torch.stack((brightness - 0.5, 0.5 - brightness), dim=1)

        return [ImageClass(0, "bright"), ImageClass(1, "dark")], logits

    def weights_used(self) -> Mapping[str, Mapping[str, str]]:
        """Return nothing: no weights are loaded."""
        return {}

    @property
    def versions(self) -> Mapping[str, str]:
        """A fixed version."""
        return {"stylekit": "0"}

    def describe_device(self) -> str:
        """Return the device for people."""
        return "cpu"

    def digest(self) -> str:
        """Return a fixed digest."""
        return "0" * 64

    def settings(self, variant: Variant) -> Mapping[str, Any]:
        """Return the variant's layer."""
        return variant.layer


class ExperimentSuite(ComponentSuite):
    """Checks of an experiment, which runs on a `ToyContext`."""

    spec_type: ClassVar[type[Spec]] = ExperimentSpec

    @pytest.fixture
    def context(self, entry: Component[Any], tmp_path: Path) -> ToyContext:
        """The context, with images in a temporary folder."""
        return ToyContext(tmp_path, entry.plugin)

    @pytest.fixture
    def report(self, instance: Any, context: ToyContext) -> Any:
        """The report of a run."""
        if not isinstance(instance, Experiment):
            pytest.skip("it is no experiment")
        return self.run(instance, context)

    def run(self, instance: Any, context: ToyContext) -> Any:
        """Run an experiment; skip one that needs other inputs than the toy context has."""
        try:
            return instance.run(context)
        except (UsageError, WeightsError) as error:
            pytest.skip(f"it refuses the toy inputs: {error.message}")

    def test_it_is_an_experiment(self, instance: Any) -> None:
        """It has the method of the protocol."""
        assert isinstance(instance, Experiment), "An experiment needs a method `run`."

    def test_report_has_finite_scores(self, report: Any) -> None:
        """`run` returns a `Report` with at least one score, although one result is missing."""
        assert isinstance(report, Report), f"`run` returns {type(report).__name__}, no Report."
        assert report.scores, "The report has no scores."
        for name, score in report.scores.items():
            assert math.isfinite(score), f"The score '{name}' is {score}."

    def test_report_can_be_written(self, report: Any) -> None:
        """Values are JSON, rows have as many cells as columns, and files have plain names."""
        if not isinstance(report, Report):
            pytest.skip("it returns no report")
        try:
            json.dumps(report.to_json(), allow_nan=False)
        except (TypeError, ValueError) as error:
            pytest.fail(f"The report's values are no JSON: {error}")
        for table in report.tables:
            for row in table.rows:
                assert len(row) == len(table.columns), (
                    f"A row of the table '{table.title}' has {len(row)} cells for "
                    f"{len(table.columns)} columns."
                )
        for name in report.files:
            assert Path(name).name == name, f"A file of the report is called '{name}': no folders."

    def test_report_is_the_same_each_time(
        self, report: Any, instance: Any, context: ToyContext
    ) -> None:
        """Random draws are seeded by the context's `seed`."""
        if not isinstance(report, Report):
            pytest.skip("it returns no report")
        torch.manual_seed(1)
        again = self.run(instance, context)
        assert str(again.to_json()) == str(report.to_json()), (
            "A second run has another report: seed random numbers, and leave out times and dates."
        )

    def test_missing_inputs_are_an_error_of_the_user(
        self, instance: Any, context: ToyContext
    ) -> None:
        """Without methods, dataset and styles it raises a `UsageError`, or reports on nothing."""
        if not isinstance(instance, Experiment):
            pytest.skip("it is no experiment")
        context.variants, context.styles, context.dataset = [], [], None
        try:
            instance.run(context)
        except StylekitError:
            pass
        except Exception as error:
            pytest.fail(
                f"Without methods, dataset and styles it raises {type(error).__name__}: {error}. "
                "Raise a UsageError that names the option."
            )
