"""Observers with one fault each. See `faults`."""

from __future__ import annotations

import sys

import torch
from tests.helpers.faulty_components import fault

import stylekit
from stylekit.testing import ObserverSuite


class Lines:
    """Prints a line a step."""

    def __init__(self, params):
        self.quiet = True

    @stylekit.hookimpl
    def run_started(self, run):
        self.quiet = run.quiet

    @stylekit.hookimpl
    def step_finished(self, step):
        if not self.quiet:
            print(step.index, file=sys.stderr)


@fault(ObserverSuite)
class Sound(Lines):
    pass


@fault(ObserverSuite, "test_hooks_are_lifecycle_hooks", "step_done")
class MisspellsAHook(Lines):
    @stylekit.hookimpl
    def step_done(self, step):
        pass


@fault(ObserverSuite, "test_hooks_are_no_wrappers", "without arguments")
class Wraps(Lines):
    @stylekit.hookimpl(wrapper=True)
    def stage_started(self, stage):
        return (yield)


@fault(ObserverSuite, "test_a_whole_run_is_watched", "run_finished raises KeyError")
class ExpectsALoss(Lines):
    @stylekit.hookimpl
    def artifact_written(self, artifact):
        self.written = artifact

    @stylekit.hookimpl
    def stage_started(self, stage):
        self.stages = getattr(self, "stages", 0) + 1

    @stylekit.hookimpl
    def run_finished(self, result):
        if result.artifacts and self.stages == 2:
            result.losses["total"]


@fault(ObserverSuite, "test_a_run_that_fails_is_watched", "at once, run_failed raises")
class ExpectsAStep(Lines):
    @stylekit.hookimpl
    def step_finished(self, step):
        self.latest = step

    @stylekit.hookimpl
    def run_failed(self, error):
        self.line = f"{error} after step {self.latest.index}"


@fault(ObserverSuite, "test_an_unknown_length_is_watched", "ZeroDivisionError")
class DividesByTheTotal(Lines):
    @stylekit.hookimpl
    def step_finished(self, step):
        self.part = step.index / step.stage.total_steps


@fault(ObserverSuite, "test_nothing_is_changed", "a separate torch.Generator")
class DrawsRandomNumbers(Lines):
    @stylekit.hookimpl
    def run_finished(self):
        torch.rand(1)


@fault(ObserverSuite, "test_stdout_is_left_alone", "sys.stderr")
class PrintsToStdout(Lines):
    @stylekit.hookimpl
    def step_finished(self, step):
        if not self.quiet:
            print(step.index)


@fault(ObserverSuite, "test_quiet_is_quiet", "run.quiet")
class IsNeverQuiet(Lines):
    @stylekit.hookimpl
    def step_finished(self, step):
        print(step.index, file=sys.stderr)


@fault(ObserverSuite, "test_observers_are_independent", "a new one each time")
class IsOne(Lines):
    one = None

    def __new__(cls, params):
        cls.one = cls.one or super().__new__(cls)
        return cls.one
