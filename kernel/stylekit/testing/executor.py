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
from stylekit.runs.executor import Executor, Run, RunRequest
from stylekit.specs import ExecutorSpec, MethodSpec, Spec
from stylekit.testing.images import frame
from stylekit.testing.suite import ComponentSuite

COUNT = 3
"""Pictures of a batch."""


class Witness:
    """A plugin that writes down what the lifecycle hooks say."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.written: list[Path] = []

    @stylekit.hookimpl
    def run_started(self) -> None:
        """Note the start."""
        self.said.append("run_started")

    @stylekit.hookimpl
    def artifact_written(self, artifact: Artifact) -> None:
        """Note the file."""
        self.written.append(artifact.path)

    @stylekit.hookimpl
    def run_finished(self) -> None:
        """Note the end."""
        self.said.append("run_finished")


class ExecutorSuite(ComponentSuite):
    """Checks of an executor, which is compared with the built-in one on small pictures.

    The work is that of an installed method that needs neither weights nor components.
    """

    spec_type: ClassVar[type[Spec]] = ExecutorSpec
    # What is run, read and written is others'.
    discover: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let what an executor writes unasked go to a folder of the test."""
        here = tmp_path / "here"
        here.mkdir()
        monkeypatch.chdir(here)

    @pytest.fixture
    def witness(self) -> Witness:
        """What the hooks of the tested executor said."""
        return Witness()

    @pytest.fixture
    def host(self, witness: Witness) -> Host:
        """The host that has the executor, and a witness."""
        return self.make_host({"witness": witness})

    @pytest.fixture
    def contents(self, tmp_path: Path) -> list[str]:
        """Picture files."""
        folder = tmp_path / "contents"
        folder.mkdir()
        paths = [folder / f"{number}.png" for number in range(COUNT)]
        for number, path in enumerate(paths):
            frame(number).to_pil().save(path)
        return [str(path) for path in paths]

    def prepare(self, host: Host, found: Component[Any], contents: list[str], **more: Any) -> Run:
        """Return the run of a batch by the executor, which is not begun."""
        layer: dict[str, Any] = {
            "method": quick_method(host),
            "content": contents,
            "executor": found.id,
            "device": "cpu",
            "offline": True,
            **more,
        }
        if self.params:
            layer[self.wanted(host)] = dict(self.params)
        return host.start(host.plan(layer), write="out" in more, quiet=True)

    def test_tasks_are_all_that_is_asked_for(
        self, host: Host, found: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """Each content once, each to a file of its own."""
        out = tmp_path / "out"
        plan = self.prepare(host, found, contents, out=f"{out}/").plan
        executor: Executor = plan.executor.make()
        tasks = executor.tasks(RunRequest(plan, host.registry.manager))
        named = sorted(task.content for task, _ in tasks)
        assert named == sorted(contents), f"Of {contents}, `tasks` returns {named}."
        targets = {target for _, target in tasks if target is not None}
        assert len(targets) == COUNT, (
            f"{COUNT} results need {COUNT} files; `tasks` returns {sorted(map(str, targets))}."
        )
        assert not out.exists() or not any(out.iterdir()), "`tasks` must not do the work."

    def test_files_are_those_of_the_built_in_one(
        self, host: Host, found: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """Where a run is carried out changes none of its bytes."""
        made, expected = tmp_path / "made", tmp_path / "expected"
        self.prepare(host, found, contents, out=f"{made}/").to_end()
        self.prepare(host, built_in(host), contents, out=f"{expected}/").to_end()
        for path in expected.glob("*.png"):
            other = made / path.name
            assert other.exists(), f"{path.name} was not written."
            assert other.read_bytes() == path.read_bytes(), f"{path.name} has other pixels."
            record = other.with_name(f"{other.stem}.stylekit.json")
            assert record.exists(), f"{path.name} has no record."

    def test_steps_come_as_they_are_done(
        self, host: Host, found: Component[Any], contents: list[str]
    ) -> None:
        """Progress is made of them; each is a `Step` with its losses."""
        steps = list(self.prepare(host, found, contents))
        assert len(steps) >= COUNT, f"{COUNT} results came with {len(steps)} steps."
        for step in steps:
            assert isinstance(step, Step), f"`execute` yields {type(step).__name__}, not Step."

    def test_result_has_all_that_was_made(
        self, host: Host, found: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """Its artifacts are the files, its clips the pictures."""
        result = self.prepare(host, found, contents, out=f"{tmp_path / 'out'}/").to_end()
        assert len(result.artifacts) == COUNT, (
            f"{COUNT} files were asked for, and `result.artifacts` has {len(result.artifacts)}."
        )
        assert len(result.clips) == COUNT, f"`result.clips` has {len(result.clips)}."

    def test_nothing_is_written_unasked(
        self, host: Host, found: Component[Any], contents: list[str]
    ) -> None:
        """With `RunRequest.write` off, the result has the pictures and no folder has files."""
        here = Path.cwd()
        result = self.prepare(host, found, contents).to_end()
        assert not any(here.iterdir()), f"{sorted(here.iterdir())} was written."
        assert not result.artifacts, "`result.artifacts` names files that nobody asked for."

    def test_a_bad_content_stops_nothing(
        self, host: Host, found: Component[Any], contents: list[str], tmp_path: Path
    ) -> None:
        """The others are made; it is told at the end."""
        Path(contents[1]).write_bytes(b"no picture")
        run = self.prepare(host, found, contents, out=f"{tmp_path / 'out'}/")
        try:
            run.to_end()
        except InputError as error:
            told = f"{error.message} {error.hint or ''}"
        else:
            told = ""
        done = len(run.result.artifacts)
        assert done == COUNT - 1, f"With one bad picture of {COUNT}, {done} were made."
        assert contents[1] in run.result.failures, (
            f"`result.failures` names {sorted(run.result.failures)}, and not {contents[1]}."
        )
        assert contents[1] in told, f"No InputError at the end names {contents[1]}: '{told}'."

    def test_observers_hear_of_it(
        self,
        host: Host,
        found: Component[Any],
        contents: list[str],
        witness: Witness,
        tmp_path: Path,
    ) -> None:
        """The lifecycle hooks of this process are called, wherever the work is done."""
        self.prepare(host, found, contents, out=f"{tmp_path / 'out'}/").to_end()
        assert witness.said[:1] == ["run_started"], "The hook run_started was not called first."
        assert witness.said[-1:] == ["run_finished"], "The hook run_finished was not called."
        assert len(witness.written) == COUNT, (
            f"{COUNT} files were written, and artifact_written was called {len(witness.written)} "
            "times."
        )


def quick_method(host: Host) -> str:
    """Return a method that needs no style, no weights and no components."""
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
