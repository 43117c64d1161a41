"""The tutorial of PLUGINS.md, done as it says: files written, commands run, output compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.third_party.conftest import Environment, executable, execute

pytestmark = pytest.mark.slow

FILE = re.compile(r"# (\S+\.(?:py|toml))\n")
OTHER_LOSS = 'factory="stylekit_charcoal.loss:CharcoalLoss",\n'
PARAMS = '            params="stylekit_charcoal.params:CharcoalParams",\n'


@dataclass(frozen=True)
class Command:
    """A command that the tutorial shows, and the output below it."""

    words: list[str]
    output: list[str]


def steps(repository: Path) -> Iterator[tuple[str, str] | Command]:
    """Yield the files (name and text) and commands of the tutorial in its order."""
    text = (repository / "PLUGINS.md").read_text(encoding="utf-8")
    tutorial = text.partition("\n## Tutorial\n")[2].partition("\n## Reference\n")[0]
    for language, block in re.findall(r"```(\w+)\n(.*?)```", tutorial, re.DOTALL):
        if language == "console":
            for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, *output = shown.splitlines()
                yield Command(shlex.split(line), output)
        else:
            named = FILE.match(block)
            assert named, block
            yield named[1], block


def test_every_step_of_the_tutorial_works(
    repository: Path,
    make_environment: Callable[..., Environment],
    stylekit_wheel: Path,
    tmp_path: Path,
) -> None:
    environment = make_environment(stylekit_wheel)
    done = 0
    for step in steps(repository):
        if isinstance(step, Command):
            run(step, environment, tmp_path)
            done += 1
            continue
        name, text = step
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        manifest = tmp_path / "stylekit_charcoal/__init__.py"
        if name.endswith("params.py"):
            # The sentence that follows: name the model below `factory`.
            source = manifest.read_text(encoding="utf-8")
            if PARAMS not in source:
                manifest.write_text(source.replace(OTHER_LOSS, OTHER_LOSS + PARAMS), "utf-8")
    assert done >= 10
    images = [tmp_path / f"{name}.png" for name in ("first", "second", "third", "fourth")]
    assert len({image.read_bytes() for image in images}) == 4


def run(command: Command, environment: Environment, folder: Path) -> None:
    """Run a command in the folder of the plugin, and compare what it prints."""
    program, *words = command.words
    if program == "pip":
        if words == ["install", "-e", "."]:
            environment.pip("install", "--no-deps", "--no-build-isolation", "-e", str(folder))
        # All else is among the dependencies already.
        return
    start = [
        str(executable(environment.folder, "python")),
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
    ]
    if program == "stylekit":
        start = [str(executable(environment.folder, "stylekit"))]
    ran = execute([*start, *words], folder)
    refused = any(line.startswith("Error") for line in command.output)
    assert ran.returncode == (2 if refused else 0), ran.stdout + ran.stderr
    printed = (ran.stdout + ran.stderr).splitlines()
    for expected in command.output:
        pattern = f"*{expected.replace('[', '[[]').replace('...', '*')}*"
        assert any(fnmatchcase(line, pattern) for line in printed), (expected, printed)
