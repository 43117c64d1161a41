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
    """Checks of an observer, which is told of short runs: done, failed, stopped."""

    spec_type: ClassVar[type[Spec]] = ObserverSpec

    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let what it writes go to a folder of the test."""
        monkeypatch.chdir(tmp_path)

    @pytest.fixture
    def manager(self, made: Any) -> pluggy.PluginManager:
        """A plugin manager that has the observer."""
        return listening(made)

    def another(self, found: Component[Any]) -> pluggy.PluginManager:
        """Return a plugin manager that has another observer of the same kind."""
        return listening(load_object(found.spec.factory, found)(self.parameters_of(found)))

    def test_hooks_are_lifecycle_hooks(self, made: Any) -> None:
        """A misspelled hook, or one with an unknown argument, would never be called."""
        try:
            manager = listening(made)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            pytest.fail(f"{error}. The lifecycle hooks are {', '.join(hookspecs.LIFECYCLE)}.")

    def test_hooks_are_no_wrappers(self, made: Any) -> None:
        """A wrapper could hold up or change a run."""
        manager = listening(made)
        for hook in hookspecs.LIFECYCLE:
            try:
                refuse_wrappers(manager, hook, NAME)
            except TypeError as error:
                pytest.fail(f"{error}: write @hookimpl without arguments.")

    def test_a_whole_run_is_watched(self, manager: pluggy.PluginManager) -> None:
        """From the start to the result, twice: a run has several pictures."""
        _tell(manager, [*beginning(), *beginning()[1:], *ending()], "a whole run")

    def test_a_run_that_fails_is_watched(
        self, manager: pluggy.PluginManager, found: Component[Any]
    ) -> None:
        """After a step, or before anything else."""
        failed: Emitted = ("run_failed", {"run": RUN, "error": ValueError("for the test")})
        _tell(manager, [*beginning(), failed], "a run that fails")
        at_once: list[Emitted] = [("run_started", {"run": RUN}), failed]
        _tell(self.another(found), at_once, "a run that fails at once")

    def test_an_unknown_length_is_watched(self, manager: pluggy.PluginManager) -> None:
        """Nobody may know how many pictures there will be, or what a stage costs."""
        run = RunInfo("tested:method", "cpu", {}, None, False)
        stage = Stage("one pass", 1, 64, 48)
        step = Step(stage, 1, {"total": torch.zeros(())}, lambda: Clip((frame(),)))
        events: list[Emitted] = [
            ("run_started", {"run": run}),
            ("stage_started", {"run": run, "stage": stage}),
            ("step_finished", {"run": run, "step": step}),
            ("run_finished", {"run": run, "result": Result()}),
        ]
        _tell(manager, events, "a run of unknown length")

    def test_nothing_is_changed(self, manager: pluggy.PluginManager) -> None:
        """Observers look: losses, pictures and configuration stay as they are."""
        events = [*beginning(), *ending()]
        run, step = events[0][1]["run"], events[-3][1]["step"]
        before = copy.deepcopy(dict(run.config)), float(step.losses["total"])
        shown = step.snapshot().image.pixels.clone()
        random = torch.get_rng_state()
        _tell(manager, events, "a whole run")
        assert dict(run.config) == before[0], "The run's configuration was changed."
        assert float(step.losses["total"]) == before[1], "A loss was changed."
        assert torch.equal(step.snapshot().image.pixels, shown), "A picture was changed."
        assert torch.equal(torch.get_rng_state(), random), (
            "Random numbers of the run were used up: draw from a torch.Generator of your own."
        )

    def test_stdout_is_left_alone(
        self, manager: pluggy.PluginManager, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """It is for data: what people should see goes to stderr."""
        _tell(manager, [*beginning(), *ending()], "a whole run")
        assert not capfd.readouterr().out, "Something went to stdout: print to sys.stderr."

    def test_quiet_is_quiet(self, found: Component[Any], capfd: pytest.CaptureFixture[str]) -> None:
        """`run.quiet`: the user wants no progress."""
        quiet = RunInfo(RUN.method, RUN.device, RUN.config, RUN.total, True)
        told = [(hook, {**facts, "run": quiet}) for hook, facts in [*beginning(), *ending()]]
        _tell(self.another(found), told, "a quiet run")
        captured = capfd.readouterr()
        assert not captured.out + captured.err, "With run.quiet something is printed all the same."

    def test_observers_are_independent(self, found: Component[Any]) -> None:
        """One is made for each run; what it remembers goes with it."""
        params = self.parameters_of(found)
        one, two = (load_object(found.spec.factory, found)(params) for _ in range(2))
        assert one is not two or not vars(one), (
            "The factory returns the same object for two runs: make a new one each time."
        )


NAME = "tested"

RUN = RunInfo("tested:method", "cpu", {"method": "tested:method", "seed": 0}, 2, False)


def listening(observer: object) -> pluggy.PluginManager:
    """Return a plugin manager with an observer."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(observer, NAME)
    return manager


def beginning() -> list[Emitted]:
    """Return what is told of a run up to its second step."""
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
    """Return what is told when the picture is there."""
    artifact = Artifact(Path("night.png"), Path("night.stylekit.json"), "0" * 64)
    result = Result()
    result.clips.append(Clip((frame(),), "content.png"))
    result.artifacts.append(artifact)
    return [
        ("artifact_written", {"run": RUN, "artifact": artifact}),
        ("run_finished", {"run": RUN, "result": result}),
    ]


def _tell(manager: pluggy.PluginManager, events: list[Emitted], what: str) -> None:
    for hook, facts in events:
        try:
            getattr(manager.hook, hook)(**facts)
        except Exception as error:
            pytest.fail(
                f"In {what}, {hook} raises {type(error).__name__}: {error}. An observer that fails "
                "is switched off."
            )
