"""What an observer promises: see the lifecycle hooks in `stylekit.hookspecs`."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pluggy
import pytest
import torch

from stylekit import hookspecs
from stylekit.events import Artifact, RunInfo, Stage, Step
from stylekit.images.frames import Clip
from stylekit.registry.catalogue import Component, load_object
from stylekit.registry.observers import refuse_wrappers
from stylekit.result import Result
from stylekit.specs import ObserverSpec, Spec
from stylekit.testing.images import frame
from stylekit.testing.suite import ComponentSuite

Emitted = tuple[str, dict[str, Any]]


class ObserverSuite(ComponentSuite):
    """Checks of an observer, by the hooks of short runs: some fail, some have no known length."""

    spec_type: ClassVar[type[Spec]] = ObserverSpec

    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Work in a folder of the test: an observer may write files."""
        monkeypatch.chdir(tmp_path)

    @pytest.fixture
    def manager(self, instance: Any) -> pluggy.PluginManager:
        """A plugin manager that has the observer."""
        return listening(instance)

    def another(self, entry: Component[Any]) -> pluggy.PluginManager:
        """Return a plugin manager that has another observer of the same kind."""
        return listening(load_object(entry.spec.factory, entry)(self.params_for(entry)))

    def test_hooks_are_lifecycle_hooks(self, instance: Any) -> None:
        """A misspelled hook, or one with an unknown argument, would never be called."""
        try:
            manager = listening(instance)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            pytest.fail(f"{error}. The lifecycle hooks are {', '.join(hookspecs.LIFECYCLE)}.")

    def test_hooks_are_no_wrappers(self, instance: Any) -> None:
        """No hook is a wrapper, which could delay or change a run."""
        manager = listening(instance)
        for hook in hookspecs.LIFECYCLE:
            try:
                refuse_wrappers(manager, hook, NAME)
            except TypeError as error:
                pytest.fail(f"{error}: write @hookimpl without arguments.")

    def test_a_whole_run_is_watched(self, manager: pluggy.PluginManager) -> None:
        """It takes all hooks of a run with two images."""
        _emit(manager, [*beginning(), *beginning()[1:], *ending()], "a whole run")

    def test_a_run_that_fails_is_watched(
        self, manager: pluggy.PluginManager, entry: Component[Any]
    ) -> None:
        """It takes the failure of a run, after a step or at once."""
        failed: Emitted = ("run_failed", {"run": RUN, "error": ValueError("for the test")})
        _emit(manager, [*beginning(), failed], "a run that fails")
        at_once: list[Emitted] = [("run_started", {"run": RUN}), failed]
        _emit(self.another(entry), at_once, "a run that fails at once")

    def test_an_unknown_length_is_watched(self, manager: pluggy.PluginManager) -> None:
        """It takes a run whose number of images and cost of stages are unknown."""
        run = RunInfo("tested:method", "cpu", {}, None, False)
        stage = Stage("one pass", 1, 64, 48)
        step = Step(stage, 1, {"total": torch.zeros(())}, lambda: Clip((frame(),)))
        events: list[Emitted] = [
            ("run_started", {"run": run}),
            ("stage_started", {"run": run, "stage": stage}),
            ("step_finished", {"run": run, "step": step}),
            ("run_finished", {"run": run, "result": Result()}),
        ]
        _emit(manager, events, "a run of unknown length")

    def test_nothing_is_changed(self, manager: pluggy.PluginManager) -> None:
        """An observer changes neither losses nor images, configuration or random numbers."""
        events = [*beginning(), *ending()]
        run, step = events[0][1]["run"], events[-3][1]["step"]
        before = copy.deepcopy(dict(run.config)), float(step.losses["total"])
        pixels = step.snapshot().image.pixels.clone()
        random = torch.get_rng_state()
        _emit(manager, events, "a whole run")
        assert dict(run.config) == before[0], "The run's configuration was changed."
        assert float(step.losses["total"]) == before[1], "A loss was changed."
        assert torch.equal(step.snapshot().image.pixels, pixels), "An image was changed."
        assert torch.equal(torch.get_rng_state(), random), (
            "Random numbers of the run were used: draw from a separate torch.Generator."
        )

    def test_stdout_is_left_alone(
        self, manager: pluggy.PluginManager, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """stdout is for data: progress goes to stderr."""
        _emit(manager, [*beginning(), *ending()], "a whole run")
        assert not capfd.readouterr().out, "It printed to stdout: print to sys.stderr."

    def test_quiet_is_quiet(self, entry: Component[Any], capfd: pytest.CaptureFixture[str]) -> None:
        """It prints nothing if `run.quiet` is set."""
        quiet = RunInfo(RUN.method, RUN.device, RUN.config, RUN.total, True)
        events = [(hook, {**facts, "run": quiet}) for hook, facts in [*beginning(), *ending()]]
        _emit(self.another(entry), events, "a quiet run")
        captured = capfd.readouterr()
        assert not captured.out + captured.err, "It prints although run.quiet is set."

    def test_observers_are_independent(self, entry: Component[Any]) -> None:
        """The factory makes a new observer for each run."""
        params = self.params_for(entry)
        one, two = (load_object(entry.spec.factory, entry)(params) for _ in range(2))
        assert one is not two or not vars(one), (
            "The factory returns the same object for two runs: make a new one each time."
        )


NAME = "tested"

RUN = RunInfo("tested:method", "cpu", {"method": "tested:method", "seed": 0}, 2, False)


def listening(observer: object) -> pluggy.PluginManager:
    """Return a plugin manager that has an observer."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(observer, NAME)
    return manager


def beginning() -> list[Emitted]:
    """Return the hooks of a run up to its second step, with their arguments."""
    run = RunInfo(RUN.method, RUN.device, dict(RUN.config), RUN.total, RUN.quiet)
    stage = Stage("64 px", 2, 64, 48, "content.png", 2, 1.0, 2.0)
    image = Clip((frame(),), "content.png")

    def steps() -> Iterator[Emitted]:
        for index in (1, 2):
            losses = {"total": torch.tensor(1 / index), "content": torch.tensor(0.5 / index)}
            step = Step(stage, index, losses, lambda: image)
            yield "step_finished", {"run": run, "step": step}

    return [
        ("run_started", {"run": run}),
        ("stage_started", {"run": run, "stage": stage}),
        *steps(),
    ]


def ending() -> list[Emitted]:
    """Return the hooks of a run after its last step, with their arguments."""
    artifact = Artifact(Path("night.png"), Path("night.stylekit.json"), "0" * 64)
    result = Result()
    result.clips.append(Clip((frame(),), "content.png"))
    result.artifacts.append(artifact)
    return [
        ("artifact_written", {"run": RUN, "artifact": artifact}),
        ("run_finished", {"run": RUN, "result": result}),
    ]


def _emit(manager: pluggy.PluginManager, events: list[Emitted], what: str) -> None:
    for hook, facts in events:
        try:
            getattr(manager.hook, hook)(**facts)
        except Exception as error:
            pytest.fail(
                f"In {what}, {hook} raises {type(error).__name__}: {error}. An observer that fails "
                "is switched off."
            )
