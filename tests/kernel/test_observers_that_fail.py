"""Observers of per-run objects that cannot be used: each gets a warning, and the run continues."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import torch

import stylekit
from stylekit import Host, hookimpl
from stylekit.errors import UsageError


class Still(stylekit.Method):
    """Returns the photograph."""

    def __init__(self, params: object) -> None:
        pass

    def stylize(self, job: stylekit.Job) -> Generator[stylekit.Stage | stylekit.Step, None, object]:
        image = job.content.image
        stage = stylekit.Stage("still", 2, image.width, image.height)
        yield stage
        for index in (1, 2):
            yield stylekit.Step(stage, index, {"total": torch.ones(())}, lambda: job.content)
        return job.content


class Leaving:
    def __init__(self, params: object) -> None:
        raise SystemExit(0)


class Wrapping:
    def __init__(self, params: object) -> None:
        pass

    @hookimpl(wrapper=True)
    def step_finished(self) -> Generator[None, None, None]:
        yield


class Misspelled:
    def __init__(self, params: object) -> None:
        pass

    @hookimpl
    def step_finished(self, stepp: object) -> None:
        raise AssertionError("never called")


class Counting:
    steps: list[int] = []  # noqa: RUF012 - shared with the test on purpose

    def __init__(self, params: object) -> None:
        pass

    @hookimpl
    def step_finished(self, step: stylekit.Step) -> None:
        self.steps.append(step.index)


class Plugin:
    def __init__(self, *observers: type) -> None:
        self.observers = observers

    @hookimpl
    def register_methods(self) -> list[stylekit.MethodSpec]:
        return [
            stylekit.MethodSpec(
                name="still", summary="", styles=(0, 0), factory=f"{__name__}:Still"
            )
        ]

    @hookimpl
    def register_observers(self) -> list[stylekit.ObserverSpec]:
        return [
            stylekit.ObserverSpec(
                name=cls.__name__.lower(), summary="", factory=f"{__name__}:{cls.__name__}"
            )
            for cls in self.observers
        ]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Leaving, "'mine:leaving' cannot start"),
        (Wrapping, "cannot be a wrapper"),
        (Misspelled, "stepp"),
    ],
)
def test_one_warning_and_the_others_go_on(bad: type, words: str, warned: list[str]) -> None:
    Counting.steps.clear()
    host = Host({"mine": Plugin(bad, Counting)})
    plan = host.plan({"method": "still", "content": ["sample:chelsea"], "size": 32})
    run = host.start(plan, write=False, quiet=True)
    assert [step.index for step in run] == [1, 2]
    assert len(warned) == 1
    assert words in warned[0]
    assert Counting.steps == [1, 2]
    assert len(run.result.clips) == 1


def test_preferences_of_an_unknown_kind_are_refused() -> None:
    with pytest.raises(UsageError, match=r"prefer\.losss"):
        Host().plan({"prefer": {"losss": {"gram": "losses"}}})


def test_plugin_names_have_no_dots() -> None:
    from stylekit.errors import PluginError

    with pytest.raises(PluginError, match="lower-case"):
        Host({"my.plugin": Plugin()})
