"""A method names its slots: components of any kind, which become keys of the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

import stylekit
from stylekit import Clip, FeedForward, Frame, Host, Job, MethodSpec, MetricSpec, RegionSpec, Slot
from stylekit.errors import PluginError, UsageError
from stylekit.params import Params

SMALL: dict[str, Any] = {"content": "sample:chelsea", "size": 32, "device": "cpu"}


class Judged(FeedForward):
    """Scales the image by the score of its metric, outside the area of its region."""

    def __init__(self, params: Params) -> None:
        pass

    def forward_image(self, job: Job) -> torch.Tensor:
        image = job.content.image
        score = job.components["judge"].evaluate(job.content, job.content, ())
        mask = job.components["where"].mask("", image, job.read_image)
        inverted = job.components["before"].forward_image(job)
        assert job.specs["judge"].name.startswith("half")
        return torch.lerp(image.pixels[None] * score, inverted, mask)


class Half:
    """Scores every result 0.5."""

    def __init__(self, params: Params) -> None:
        pass

    def evaluate(self, result: Clip, content: Clip, styles: tuple[Any, ...]) -> float:
        return 0.5


class Quarter(Half):
    def evaluate(self, result: Clip, content: Clip, styles: tuple[Any, ...]) -> float:
        return 0.25


class Left:
    """The left half."""

    def __init__(self, params: Params) -> None:
        pass

    def mask(self, source: str, image: Frame, read: Any) -> torch.Tensor:
        return (torch.arange(image.width) < image.width // 2).float().expand(image.height, -1)


class Inverted(FeedForward):
    def __init__(self, params: Params) -> None:
        pass

    def forward_image(self, job: Job) -> torch.Tensor:
        return 1 - job.content.image.pixels[None]


class Plugin:
    """A method whose slots no built-in method has."""

    @stylekit.hookimpl
    def register_methods(self) -> Iterator[MethodSpec]:
        yield MethodSpec(
            name="judged",
            summary="Judge.",
            styles=(0, 0),
            slots={
                "judge": Slot("metric", "half"),
                "where": Slot("region", "left"),
                "before": Slot("method", "inverted"),
            },
            factory=f"{__name__}:Judged",
        )
        yield MethodSpec(
            name="inverted", summary="Invert.", styles=(0, 0), factory=f"{__name__}:Inverted"
        )

    @stylekit.hookimpl
    def register_metrics(self) -> list[MetricSpec]:
        return [
            MetricSpec(name="half", summary="Half.", factory=f"{__name__}:Half"),
            MetricSpec(name="half-of-half", summary="Quarter.", factory=f"{__name__}:Quarter"),
        ]

    @stylekit.hookimpl
    def register_regions(self) -> list[RegionSpec]:
        return [RegionSpec(name="left", summary="Left.", factory=f"{__name__}:Left")]


@pytest.fixture(scope="module")
def host() -> Host:
    return Host({"odd": Plugin()})


def test_any_kind_of_component_fills_a_slot(host: Host) -> None:
    result = host.run("judged", **SMALL)
    content = host.run("identity", **SMALL).image.pixels
    left, right = slice(0, 16), slice(16, 32)
    assert torch.equal(result.image.pixels[..., left], 1 - content[..., left])
    torch.testing.assert_close(
        result.image.pixels[..., right], content[..., right] / 2, atol=1 / 255, rtol=0
    )


def test_the_record_names_what_fills_a_slot_and_repeats_the_run(host: Host) -> None:
    result = host.run("judged", judge="half-of-half", **SMALL)
    config = result.record["config"]
    assert config["judge"] == "odd:half-of-half"
    assert (config["where"], config["before"]) == ("odd:left", "odd:inverted")
    kinds = {part["id"]: part["kind"] for part in result.record["components"]}
    assert kinds["odd:half-of-half"] == "metric"
    assert kinds["odd:inverted"] == "method"
    again = host.run(config=result.record)
    assert torch.equal(again.image.pixels, result.image.pixels)


def test_a_misspelled_slot_or_component_is_suggested(host: Host) -> None:
    with pytest.raises(UsageError, match="Did you mean 'judge'"):
        host.plan({"method": "judged", "juge": "half"})
    with pytest.raises(UsageError, match="Did you mean 'half'"):
        host.plan({"method": "judged", "judge": "halff"})
    with pytest.raises(UsageError, match="expected the name of a component"):
        host.plan({"method": "judged", "judge": 3})


def test_a_method_without_the_slot_says_so_by_the_option(host: Host) -> None:
    with pytest.raises(UsageError, match="Method 'judged' has no --backbone") as raised:
        host.plan({"method": "judged", "backbone": "vgg16"})
    assert "Known: before, judge, where" in str(raised.value)
    with pytest.raises(UsageError, match="Method 'judged' has no --color"):
        host.plan({"method": "judged", "color": "luminance"})


def test_a_preset_fills_slots(host: Host) -> None:
    plan = host.plan({"preset": "crowson-w2", "method": "judged"})
    assert set(plan.slots) == {"judge", "where", "before"}


@pytest.mark.parametrize(
    ("slots", "problem"),
    [
        ({"Depth": Slot("metric", "half")}, "slot 'Depth' must be a lower-case word"),
        ({"depth": Slot("observer", "log")}, "cannot hold a component of kind 'observer'"),
        ({"depth": Slot("depths", "log")}, "cannot hold a component of kind 'depths'"),
        ({"depth": "half"}, "must be"),
    ],
)
def test_a_slot_that_cannot_be_filled_breaks_its_plugin(
    slots: dict[str, Any], problem: str
) -> None:
    class Bad:
        @stylekit.hookimpl
        def register_methods(self) -> list[MethodSpec]:
            spec = MethodSpec(name="bad", summary="Bad.", slots=slots, factory="a:B")
            return [spec]

    with pytest.raises(PluginError, match=problem):
        Host({"bad": Bad()}, discover=False)


def test_a_slot_cannot_take_a_run_key(host: Host) -> None:
    class Greedy:
        @stylekit.hookimpl
        def register_methods(self) -> list[MethodSpec]:
            slots = {"size": Slot("metric", "half")}
            return [MethodSpec(name="greedy", summary="Bad.", slots=slots, factory="a:B")]

    with pytest.raises(PluginError, match="slot 'size', which is a key of every run"):
        Host({"greedy": Greedy(), "odd": Plugin()}).plan({"method": "greedy"})
