"""What an evaluator promises, by its scope: see `stylekit.evaluation`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.errors import InputError, UsageError, WeightsError
from stylekit.evaluation.classifier import Classifier
from stylekit.evaluation.evaluator import Evaluator, Sets
from stylekit.evaluation.experiment import Experiment
from stylekit.evaluation.report import Report
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit.registry.catalogue import Component
from stylekit.specs import EvaluatorSpec, Spec
from stylekit.testing.images import clip, frame, left_alone
from stylekit.testing.suite import ComponentSuite
from stylekit.weights.manager import WeightsManager

NEEDED: Mapping[str, Callable[..., object]] = {
    "pair": Evaluator.evaluate,
    "set": Evaluator.evaluate_sets,
    "classifier": Classifier.classes,
    "experiment": Experiment.experiment,
}
"""The method that a scope needs."""


class EvaluatorSuite(ComponentSuite):
    """Checks of an evaluator of any scope.

    Where weights that it needs are not on this machine, it is skipped; nothing is fetched. Of an
    experiment only the spec and the parameters are checked.

    Attributes:
        size: of the pictures that it is shown, in pixels each way.
        clips: it measures clips, and no pictures.
        whens: the moments of two styles, for measures that look at how styles follow one another.
    """

    spec_type: ClassVar[type[Spec]] = EvaluatorSpec
    size: ClassVar[int] = 96
    clips: ClassVar[bool] = False
    whens: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def weights(self, host: Host) -> Callable[[str], LoadedWeights]:
        """Loads the weights of a network."""
        return WeightsManager(host.catalogue, {}, offline=True).load

    @pytest.fixture
    def ready(
        self, instance: Any, weights: Callable[[str], LoadedWeights], device: torch.device
    ) -> Any:
        """The evaluator, prepared if it must be."""
        if hasattr(instance, "prepare"):
            try:
                instance.prepare(weights, device)
            except WeightsError as error:
                pytest.skip(error.message)
        return instance

    @pytest.fixture
    def figure(
        self,
        entry: Component[Any],
        ready: Any,
        weights: Callable[[str], LoadedWeights],
        device: torch.device,
    ) -> Callable[[Clip], Any]:
        """Measures a result: the figure of a pair, or of a set of three like it."""
        content, styles = self.content, self.styles
        if entry.spec.scope == "pair":
            with self.hint():
                ready.evaluate(content, content, styles)
            return lambda result: ready.evaluate(result, content, styles)
        if entry.spec.scope != "set":
            pytest.skip(f"it measures nothing: its scope is '{entry.spec.scope}'")
        lookup_name = [frame(seed, self.size, self.size) for seed in (20, 21, 22)]

        def of_set(result: Clip) -> Any:
            given = [replace(result.image, pixels=_moved(result.image, k)) for k in range(3)]
            contents = [content.image] * 3
            try:
                return ready.evaluate_sets(Sets(given, contents, lookup_name, device, weights))
            except WeightsError as error:
                pytest.skip(error.message)

        return of_set

    @contextmanager
    def hint(self) -> Iterator[None]:
        """Skip a measure that refuses pictures, and say what it may need instead."""
        try:
            yield
        except (InputError, UsageError) as error:
            if self.clips:
                raise
            pytest.skip(f"it refuses these pictures ({error.message}); clips = True, or `size`?")

    @property
    def content(self) -> Clip:
        """The content."""
        if self.clips:
            return clip(10, 6, self.size, self.size)
        return Clip((frame(10, self.size, self.size),), "content")

    @property
    def styles(self) -> tuple[Style, ...]:
        """One style, or one for each moment."""
        moments = self.whens or (None,)
        return tuple(
            Style(frame(20 + number, self.size, self.size), 1 / len(moments), when)
            for number, when in enumerate(moments)
        )

    @property
    def best(self) -> Clip:
        """The best result there can be: the content itself, for measures of what is kept."""
        return self.content

    @property
    def worst(self) -> Clip:
        """A bad result: the content under noise, another in each frame."""
        content = self.content
        noisy = [replace(shown, pixels=_noisy(shown, k)) for k, shown in enumerate(content)]
        return replace(content, frames=tuple(noisy))

    @property
    def gray(self) -> Clip:
        """A result that is the same everywhere."""
        content = self.content
        gray = [replace(x, pixels=torch.full_like(x.pixels, 0.5)) for x in content]
        return replace(content, frames=tuple(gray))

    def test_it_has_what_its_scope_needs(self, entry: Component[Any], instance: Any) -> None:
        """The methods that the kernel calls."""
        needed = NEEDED[entry.spec.scope].__name__
        assert callable(getattr(instance, needed, None)), (
            f"The scope '{entry.spec.scope}' needs a method `{needed}`."
        )

    def test_figure_is_a_number(self, figure: Callable[[Clip], Any]) -> None:
        """Finite, also for a picture that is gray all over."""
        for result, what in ((self.worst, "a noisy result"), (self.gray, "a gray result")):
            value = figure(result)
            try:
                finite = math.isfinite(float(value))
            except (TypeError, ValueError):
                pytest.fail(f"The figure of {what} is no number but {value!r}.")
            assert finite, f"The figure of {what} is {value}."

    def test_figure_is_the_same_each_time(self, figure: Callable[[Clip], Any]) -> None:
        """What is drawn at random is seeded, and leaves others' random numbers alone."""
        both = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            both.append(float(figure(self.worst)))
        assert both[0] == both[1], (
            f"The same result has the figures {both[0]:g} and {both[1]:g}: seed random numbers."
        )

    def test_direction_is_as_declared(
        self, entry: Component[Any], figure: Callable[[Clip], Any]
    ) -> None:
        """Better results have better figures: `higher_is_better` and `styles` say which are."""
        good = self.best
        if entry.spec.scope == "set" or (entry.spec.styles and not self.clips):
            good = Clip((self.styles[0].frame,), "style")
        better, worse = float(figure(good)), float(figure(self.worst))
        higher = entry.spec.higher_is_better
        assert better > worse if higher else better < worse, (
            f"What is as good as can be has the figure {better:g}, and noise {worse:g}: the spec "
            f"says higher_is_better={higher} and styles={entry.spec.styles}."
        )

    def test_images_are_left_alone(self, figure: Callable[[Clip], Any]) -> None:
        """Others measure them, too."""
        result = self.worst
        with left_alone("The result", *(shown.pixels for shown in result)):
            figure(result)

    def test_report_is_a_report(self, entry: Component[Any], ready: Any) -> None:
        """An evaluator of pairs with a `report` says the same there."""
        if entry.spec.scope != "pair" or not hasattr(ready, "report"):
            return
        with self.hint():
            report = ready.report(self.worst, self.content, self.styles)
        assert isinstance(report, Report), f"`report` returns {type(report).__name__}, no Report."
        assert report.figures, "The report has no figures."

    def test_classes_are_in_order(self, entry: Component[Any], instance: Any) -> None:
        """Those of a classifier, by the index of their logit."""
        if entry.spec.scope != "classifier":
            return
        indices = [one.index for one in instance.classes()]
        assert indices == list(range(len(indices))), (
            "classes() must be in the order of the logits: index 0, 1, 2 and so on."
        )
        assert len(indices) > 1, "There is nothing to tell apart: classes() has less than two."

    def test_logits_are_those_of_single_images(
        self,
        entry: Component[Any],
        instance: Any,
        weights: Callable[[str], LoadedWeights],
        device: torch.device,
    ) -> None:
        """Of pictures of any size, alone or with others."""
        if entry.spec.scope != "classifier":
            return
        try:
            classify = instance.ready(weights, device)
        except WeightsError as error:
            pytest.skip(error.message)
        images = [frame(0, 120, 90), frame(1, 64, 80)]
        both: Tensor = classify(images)
        shape = (2, len(instance.classes()))
        assert tuple(both.shape) == shape, f"Logits are {tuple(both.shape)}, not {shape}."
        assert both.dtype is torch.float32, f"Logits are {both.dtype}, not float32."
        assert both.device.type == "cpu", f"Logits are on {both.device}: .cpu()"
        assert bool(both.isfinite().all()), "Some logits are not finite."
        alone = torch.cat([classify([image]) for image in images])
        assert torch.allclose(both, alone, rtol=1e-3, atol=1e-3), (
            "A picture's logits depend on which others are there: is batch normalization training?"
        )


def _noisy(shown: Frame, seed: int) -> Tensor:
    noise = torch.rand(shown.pixels.shape, generator=torch.Generator().manual_seed(seed))
    return torch.lerp(shown.pixels, noise, 0.7)


def _moved(shown: Frame, by: int) -> Tensor:
    return shown.pixels.roll(7 * by, dims=-1)
