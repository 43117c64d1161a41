"""A method that yields or returns something wrong is named, and so is its plugin."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import stylekit
from stylekit import Clip, FeedForward, Host, Job, Method, MethodSpec, Stage, Step
from stylekit.errors import PluginError, StylekitError, to_user_error
from stylekit.methods.checked import CheckedMethod

STAGE = Stage("all", 1, 32, 21, total_steps=1, total_cost=1.0)


def step(job: Job, total: float = 1.0, **changes: Any) -> Step:
    values = {"losses": {"total": torch.tensor(total)}, **changes}
    return Step(STAGE, 1, snapshot=lambda: job.content, **values)


def half_size(job: Job) -> Iterator[Any]:
    yield STAGE
    image = job.content.image
    return Clip((image.resized(image.width // 2, image.height // 2),))


def nothing(job: Job) -> Iterator[Any]:
    yield STAGE


def a_tensor(job: Job) -> Iterator[Any]:
    yield STAGE
    return job.content.image.pixels


def step_first(job: Job) -> Iterator[Any]:
    yield step(job)
    return job.content


def no_total(job: Job) -> Iterator[Any]:
    yield STAGE
    yield step(job, losses={"style": torch.ones(())})
    return job.content


def nan_total(job: Job) -> Iterator[Any]:
    yield STAGE
    yield step(job, float("nan"))
    return job.content


def nan_pixels(job: Job) -> Iterator[Any]:
    yield STAGE
    image = job.content.image
    return Clip((image.with_pixels(image.pixels * float("nan")),))


def a_word(job: Job) -> Iterator[Any]:
    yield "done"


def no_generator(job: Job) -> Any:
    return job.content


def path_in_state(job: Job) -> Iterator[Any]:
    yield STAGE
    yield step(job, state=lambda: {"best": {"file": Path("x")}})
    return job.content


def raises(job: Job) -> Iterator[Any]:
    yield STAGE
    raise KeyError("oops")


class Wrong(Method):
    """Does what its test wants."""

    work: Callable[[Job], Any]

    def __init__(self, params: object) -> None:
        pass

    def stylize(self, job: Job) -> Any:
        return type(self).work(job)


class Plugin:
    @stylekit.hookimpl
    def register_methods(self) -> list[MethodSpec]:
        return [
            MethodSpec(name="wrong", summary="Wrong.", factory=f"{__name__}:Wrong", styles=(0, 0)),
            MethodSpec(name="bare", summary="Bare.", factory=f"{__name__}:Bare", styles=(0, 0)),
            MethodSpec(name="none", summary="None.", factory=f"{__name__}:none", styles=(0, 0)),
        ]


class Bare(Method):
    """Forgets to write `stylize`."""


def none(params: object) -> None:
    """Forget to return the method."""


def run(name: str = "wrong", **options: Any) -> None:
    host = Host({"odd": Plugin()})
    host.run(name, content="sample:chelsea", size=32, device="cpu", **options)


@pytest.mark.parametrize(
    ("work", "problem"),
    [
        (half_size, "a result has the shape (3, 10, 16) instead of (3, 21, 32)"),
        (nothing, "`stylize` returned None"),
        (a_tensor, "`stylize` returned a Tensor"),
        (step_first, "it yielded a Step before its first Stage"),
        (no_total, "the losses of a Step have no 'total'"),
        (nan_total, "the total loss of its last step is nan"),
        (nan_pixels, "pixels that are not finite"),
        (a_word, "it yielded a str"),
        (no_generator, "`stylize` is not a generator"),
    ],
)
def test_an_error_names_the_plugin(
    work: Callable[[Job], Any], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__].Wrong, "work", staticmethod(work), raising=False)
    with pytest.raises(PluginError) as raised:
        run()
    assert "Method 'wrong' of plugin odd" in raised.value.message
    assert problem in raised.value.message


def test_a_state_that_cannot_be_read_back_is_refused_when_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Wrong, "work", staticmethod(path_in_state), raising=False)
    with pytest.raises(PluginError, match=r"plugin odd .*state\['best'\]\['file'\] is a P"):
        run(out=tmp_path / "a.png", checkpoint_seconds=0)


def test_a_bug_names_the_plugin_and_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wrong, "work", staticmethod(raises), raising=False)
    with pytest.raises(KeyError) as raised:
        run()
    message = to_user_error(raised.value).message
    assert message.startswith("This is a bug in Method 'wrong' of plugin odd")
    assert f"in {__name__}, line" in message


@pytest.mark.parametrize(
    ("name", "lack"), [("bare", "an object without stylize"), ("none", "makes nothing")]
)
def test_a_factory_that_makes_no_method_is_a_plugin_error(name: str, lack: str) -> None:
    with pytest.raises(StylekitError) as raised:
        run(name)
    assert "Plugin odd" in raised.value.message
    assert lack in raised.value.message


def test_a_checked_method_is_of_the_class_that_it_checks() -> None:
    method = CheckedMethod(Wrong(None), "Method 'wrong'")
    assert isinstance(method, Wrong)
    assert not isinstance(method, FeedForward)
