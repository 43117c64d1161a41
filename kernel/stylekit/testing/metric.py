"""What a metric promises: see `stylekit.evaluation.metric`."""

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
from stylekit.evaluation.metric import PairMetric, PreparedMetric, ReportingMetric, SetMetric
from stylekit.evaluation.report import Report
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit.registry.catalogue import Component
from stylekit.specs import MetricSpec, Spec
from stylekit.testing.images import clip, frame, left_alone
from stylekit.testing.suite import ComponentSuite
from stylekit.weights.manager import WeightsManager

PROTOCOLS: Mapping[str, Any] = {"pair": PairMetric, "set": SetMetric}
"""The protocol of each scope."""


class MetricSuite(ComponentSuite):
    """Checks of a metric.

    Nothing is fetched: checks that need missing weights are skipped.

    Attributes:
        size: width and height in pixels of the images that it scores.
        clips: whether it scores videos, and no single images.
        whens: timestamps of the key styles, for metrics of how styles follow one another.
    """

    spec_type: ClassVar[type[Spec]] = MetricSpec
    size: ClassVar[int] = 96
    clips: ClassVar[bool] = False
    whens: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def weights(self, host: Host) -> Callable[[str], LoadedWeights]:
        """Loads the weights of a network."""
        return WeightsManager(host.catalogue, {}, offline=True).load

    @pytest.fixture
    def metric(
        self, instance: Any, weights: Callable[[str], LoadedWeights], device: torch.device
    ) -> Any:
        """The metric, prepared if it needs that."""
        if isinstance(instance, PreparedMetric):
            try:
                instance.prepare(weights, device)
            except WeightsError as error:
                pytest.skip(error.message)
        return instance

    @pytest.fixture
    def score(self, entry: Component[Any], metric: Any) -> Callable[[Clip], Any]:
        """Scores a result, or a set of three results like it."""
        content, styles = self.content, self.styles
        if not isinstance(metric, PROTOCOLS[entry.spec.scope]):
            pytest.skip("it lacks the method of its scope")
        if entry.spec.scope == "pair":
            with self.hint():
                metric.score_pair(content, content, styles)
            return lambda result: metric.score_pair(result, content, styles)
        paintings = [frame(seed, self.size, self.size) for seed in (20, 21, 22)]

        def score_set(result: Clip) -> Any:
            results = [replace(result.image, pixels=_shifted(result.image, k)) for k in range(3)]
            return metric.score_sets(results, [content.image] * 3, paintings)

        return score_set

    @contextmanager
    def hint(self) -> Iterator[None]:
        """Skip a metric that refuses these images, and suggest what the suite should set."""
        try:
            yield
        except (InputError, UsageError) as error:
            if self.clips:
                raise
            pytest.skip(f"it refuses these images ({error.message}); clips = True, or `size`?")

    @property
    def content(self) -> Clip:
        """The content."""
        if self.clips:
            return clip(10, 6, self.size, self.size)
        return Clip((frame(10, self.size, self.size),), "content")

    @property
    def styles(self) -> tuple[Style, ...]:
        """One style, or one for each timestamp."""
        timestamps = self.whens or (None,)
        return tuple(
            Style(frame(20 + number, self.size, self.size), 1 / len(timestamps), timestamp)
            for number, timestamp in enumerate(timestamps)
        )

    @property
    def best(self) -> Clip:
        """The best possible result for metrics of content: the content itself."""
        return self.content

    @property
    def worst(self) -> Clip:
        """A bad result: the content under noise, which differs from frame to frame."""
        content = self.content
        noisy = [replace(shown, pixels=_noisy(shown, k)) for k, shown in enumerate(content)]
        return replace(content, frames=tuple(noisy))

    @property
    def gray(self) -> Clip:
        """A uniformly gray result."""
        content = self.content
        gray = [replace(x, pixels=torch.full_like(x.pixels, 0.5)) for x in content]
        return replace(content, frames=tuple(gray))

    def test_it_scores_as_its_scope_says(self, entry: Component[Any], instance: Any) -> None:
        """A metric of scope `pair` has `score_pair`, one of scope `set` has `score_sets`."""
        scope = entry.spec.scope
        protocol = PROTOCOLS[scope]
        assert isinstance(instance, protocol), (
            f"The scope '{scope}' needs the method of `{protocol.__name__}`: "
            f"`{'score_pair' if scope == 'pair' else 'score_sets'}`."
        )

    def test_score_is_a_number(self, score: Callable[[Clip], Any]) -> None:
        """It is finite, also for a uniformly gray image."""
        for result, what in ((self.worst, "a noisy result"), (self.gray, "a gray result")):
            value = score(result)
            try:
                finite = math.isfinite(float(value))
            except (TypeError, ValueError):
                pytest.fail(f"The score of {what} is {value!r}, not a number.")
            assert finite, f"The score of {what} is {value}."

    def test_score_is_the_same_each_time(self, score: Callable[[Clip], Any]) -> None:
        """Random draws are seeded, and leave others' random numbers alone."""
        both = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            both.append(float(score(self.worst)))
        assert both[0] == both[1], (
            f"The same result has the scores {both[0]:g} and {both[1]:g}: seed random numbers."
        )

    def test_direction_is_as_declared(
        self, entry: Component[Any], score: Callable[[Clip], Any]
    ) -> None:
        """Better results have better scores: `higher_is_better` and `styles` say which are."""
        good = self.best
        if entry.spec.scope == "set" or (entry.spec.styles and not self.clips):
            good = Clip((self.styles[0].frame,), "style")
        better, worse = float(score(good)), float(score(self.worst))
        higher = entry.spec.higher_is_better
        assert better > worse if higher else better < worse, (
            f"The best possible result has the score {better:g}, and noise {worse:g}: the spec "
            f"says higher_is_better={higher} and styles={entry.spec.styles}."
        )

    def test_images_are_left_alone(self, score: Callable[[Clip], Any]) -> None:
        """Other metrics score the same images."""
        result = self.worst
        with left_alone("The result", *(shown.pixels for shown in result)):
            score(result)

    def test_report_is_a_report(self, entry: Component[Any], metric: Any) -> None:
        """A metric of scope `pair` with a method `report` returns a `Report` with scores."""
        if entry.spec.scope != "pair" or not isinstance(metric, ReportingMetric):
            return
        with self.hint():
            report: object = metric.report(self.worst, self.content, self.styles)
        assert isinstance(report, Report), f"`report` returns {type(report).__name__}, no Report."
        assert report.scores, "The report has no scores."


def _noisy(shown: Frame, seed: int) -> Tensor:
    noise = torch.rand(shown.pixels.shape, generator=torch.Generator().manual_seed(seed))
    return torch.lerp(shown.pixels, noise, 0.7)


def _shifted(shown: Frame, count: int) -> Tensor:
    return shown.pixels.roll(7 * count, dims=-1)
