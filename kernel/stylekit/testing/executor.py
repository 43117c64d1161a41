"""What an executor promises: see `stylekit.runs.executor.Executor`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

import stylekit
from stylekit.errors import InputError
from stylekit.events import Artifact, Step
from stylekit.host import Host
from stylekit.registry.catalogue import Component
from stylekit.runs.executor import Executor, RunRequest
from stylekit.runs.run import Run
from stylekit.specs import ExecutorSpec, MethodSpec, Spec
from stylekit.testing.images import frame
from stylekit.testing.suite import ComponentSuite

COUNT = 3
"""Images of a batch."""


class HookRecorder:
    """A plugin that records the calls of lifecycle hooks."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.paths: list[Path] = []

    @stylekit.hookimpl
    def run_started(self) -> None:
        """Record the start."""
        self.calls.append("run_started")

    @stylekit.hookimpl
    def artifact_written(self, artifact: Artifact) -> None:
        """Record the file."""
        self.paths.append(artifact.path)

    @stylekit.hookimpl
    def run_finished(self) -> None:
        """Record the end."""
        self.calls.append("run_finished")


class ExecutorSuite(ComponentSuite):
    """Checks of an executor, by comparison with the built-in one on small images.

    It runs an installed method that needs neither weights nor components.
    """

    spec_type: ClassVar[type[Spec]] = ExecutorSpec
    # The method and the media adapters come from installed plugins.
    discover: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Work in a folder of the test: an executor may write files there by mistake."""
        here = tmp_path / "here"
        here.mkdir()
        monkeypatch.chdir(here)

    @pytest.fixture
    def recorder(self) -> HookRecorder:
        """The recorded hooks of the tested executor."""
        return HookRecorder()

    @pytest.fixture
    def host(self, recorder: HookRecorder) -> Host:
        """The host that has the executor and the recorder."""
        return self.make_host({"recorder": recorder})

    @pytest.fixture
    def contents(self, tmp_path: Path) -> list[str]:
        """Image files."""
        folder = tmp_path / "contents"
        folder.mkdir()
        paths = [folder / f"{number}.png" for number in range(COUNT)]
        for number, path in enumerate(paths):
            frame(number).to_pil().save(path)
        return [str(path) for path in paths]

    def prepare(self, host: Host, entry: Component[Any], contents: list[str], **more: Any) -> Run:
        """Prepare the run of a batch by the executor, without starting it."""
        layer: dict[str, Any] = {
            "method": quick_method(host),
            "content": contents,
            "executor": entry.id,
            "device": "cpu",
            "offline": True,
            **more,
        }
        if self.params:
            layer[self.lookup_name(host)] = dict(self.params)
        return host.start(host.plan(layer), write="out" in more, quiet=True)

    def test_tasks_are_all_that_is_requested(
        self, host: Host, entry: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """`tasks` returns each content once, with a separate file for each."""
        out = tmp_path / "out"
        plan = self.prepare(host, entry, contents, out=f"{out}/").plan
        executor: Executor = plan.executor.make()
        tasks = executor.tasks(RunRequest(plan))
        contents_of_tasks = sorted(task.content for task, _ in tasks)
        assert contents_of_tasks == sorted(contents), (
            f"Of {contents}, `tasks` returns {contents_of_tasks}."
        )
        targets = {target for _, target in tasks if target is not None}
        assert len(targets) == COUNT, (
            f"{COUNT} results need {COUNT} files; `tasks` returns {sorted(map(str, targets))}."
        )
        assert not out.exists() or not any(out.iterdir()), "`tasks` must not do the work."

    def test_files_are_those_of_the_built_in_one(
        self, host: Host, entry: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """Another executor changes no byte of the results."""
        tested, expected = tmp_path / "tested", tmp_path / "expected"
        self.prepare(host, entry, contents, out=f"{tested}/").to_end()
        self.prepare(host, built_in(host), contents, out=f"{expected}/").to_end()
        for path in expected.glob("*.png"):
            other = tested / path.name
            assert other.exists(), f"{path.name} was not written."
            assert other.read_bytes() == path.read_bytes(), f"{path.name} has other pixels."
            record = other.with_name(f"{other.stem}.stylekit.json")
            assert record.exists(), f"{path.name} has no record."

    def test_steps_come_as_they_are_done(
        self, host: Host, entry: Component[Any], contents: list[str]
    ) -> None:
        """`execute` yields each `Step` with its losses, for progress bars."""
        steps = list(self.prepare(host, entry, contents))
        assert len(steps) >= COUNT, f"{COUNT} results came with {len(steps)} steps."
        for step in steps:
            assert isinstance(step, Step), f"`execute` yields {type(step).__name__}, not Step."

    def test_result_is_complete(
        self, host: Host, entry: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """`result.artifacts` has all files, and `result.clips` all images."""
        result = self.prepare(host, entry, contents, out=f"{tmp_path / 'out'}/").to_end()
        assert len(result.artifacts) == COUNT, (
            f"{COUNT} files were requested, but `result.artifacts` has {len(result.artifacts)}."
        )
        assert len(result.clips) == COUNT, f"`result.clips` has {len(result.clips)}."

    def test_nothing_is_written_unasked(
        self, host: Host, entry: Component[Any], contents: list[str]
    ) -> None:
        """With `RunRequest.write` off, the result has the images, and no file is written."""
        here = Path.cwd()
        result = self.prepare(host, entry, contents).to_end()
        assert not any(here.iterdir()), f"{sorted(here.iterdir())} was written."
        assert not result.artifacts, "`result.artifacts` names files that were not requested."

    def test_a_bad_content_stops_nothing(
        self, host: Host, entry: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """An unusable image does not stop a batch; an error at the end reports it."""
        Path(contents[1]).write_bytes(b"no image")
        run = self.prepare(host, entry, contents, out=f"{tmp_path / 'out'}/")
        try:
            run.to_end()
        except InputError as error:
            message = f"{error.message} {error.hint or ''}"
        else:
            message = ""
        done = len(run.result.artifacts)
        assert done == COUNT - 1, f"With one bad image of {COUNT}, {done} results were made."
        assert contents[1] in run.result.failures, (
            f"`result.failures` names {sorted(run.result.failures)}, and not {contents[1]}."
        )
        assert contents[1] in message, f"No InputError at the end names {contents[1]}: '{message}'."

    def test_lifecycle_hooks_are_called(
        self,
        host: Host,
        entry: Component[Any],
        contents: list[str],
        recorder: HookRecorder,
        tmp_path: Path,
    ) -> None:
        """The lifecycle hooks are called in this process, wherever the work is done."""
        self.prepare(host, entry, contents, out=f"{tmp_path / 'out'}/").to_end()
        assert recorder.calls[:1] == ["run_started"], "The hook run_started was not called first."
        assert recorder.calls[-1:] == ["run_finished"], "The hook run_finished was not called."
        assert len(recorder.paths) == COUNT, (
            f"{COUNT} files were written, but artifact_written was called {len(recorder.paths)} "
            "times."
        )


def quick_method(host: Host) -> str:
    """Return the id of a method that needs no style, no weights and no components."""
    for component in host.catalogue.all(MethodSpec):
        spec = component.spec
        if not (spec.slots or spec.networks or spec.clips or spec.styles[0]):
            return component.id
    pytest.skip("No method is installed that needs neither styles nor weights.")


def built_in(host: Host) -> Component[ExecutorSpec]:
    """Return the executor to compare with."""
    for component in host.catalogue.all(ExecutorSpec):
        if component.plugin.origin == "built-in":
            return component
    pytest.skip("No built-in executor is installed.")
