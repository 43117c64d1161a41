"""What a command promises: see `stylekit.cli.commands.Command`."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, ClassVar

import pytest

from stylekit.cli.commands import Commands, load
from stylekit.cli.console import Console
from stylekit.cli.main import make_parser
from stylekit.host import Host
from stylekit.machine.interpreter import python
from stylekit.registry.catalogue import Component
from stylekit.specs import CommandSpec, Spec
from stylekit.testing.suite import HEAVY, ComponentSuite


class CommandSuite(ComponentSuite):
    """Checks of a command.

    Attributes:
        words: arguments with which it can be run quickly; None: it is not run.
        json: whether it prints an object with `--json`.
    """

    spec_type: ClassVar[type[Spec]] = CommandSpec
    discover: ClassVar[bool] = True
    words: ClassVar[tuple[str, ...] | None] = None
    json: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let what it writes go to a folder of the test."""
        monkeypatch.chdir(tmp_path)

    def test_help_is_shown(self, host: Host, found: Component[Any]) -> None:
        """Its options are no others' already, and their texts can be formatted."""
        try:
            text = _parser(host, found).format_help()
            for parser in _commands(_parser(host, found)):
                text += parser.format_help()
        except Exception as error:
            pytest.fail(
                f"`stylekit {found.spec.name} --help` fails: {type(error).__name__}: {error}. Is "
                "an option one of every command (--json, --quiet, --debug, -p), or a % not doubled?"
            )

    def test_help_is_quick(self, found: Component[Any]) -> None:
        """Its module imports torch and pydantic only when it is run."""
        module = found.spec.factory.partition(":")[0]
        code = (
            "import sys, importlib, stylekit.cli.commands, stylekit.cli.main; "
            f"importlib.import_module({module!r}); "
            f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
        )
        done = subprocess.run(
            python("-c", code),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            # A module of this process alone.
            return
        assert not done.stdout.split(), (
            f"'{module}' imports {done.stdout.strip()} for `--help` already: import it in `run`."
        )

    def test_run_succeeds(self, host: Host, found: Component[Any]) -> None:
        """It returns an exit code of 0."""
        code, _, _ = self.run_it(host, found)
        assert code == 0, f"It returned {code!r}; 0 is success."

    def test_output_goes_through_the_console(self, host: Host, found: Component[Any]) -> None:
        """What is printed otherwise is lost to `--json` and `--quiet`."""
        _, _, printed = self.run_it(host, found)
        assert not printed, f"It printed {printed!r} by itself: use console.data or console.tell."

    def test_json_is_one_object(self, host: Host, found: Component[Any]) -> None:
        """With `--json` other programs read what it says."""
        if not self.json:
            return
        _, said, _ = self.run_it(host, found, "--json")
        try:
            value = json.loads(said)
        except ValueError as error:
            pytest.fail(f"With --json it prints no JSON ({error}): use console.object once.")
        assert isinstance(value, dict), f"With --json it prints {value!r}, and no object."

    def run_it(self, host: Host, found: Component[Any], *more: str) -> tuple[int, str, str]:
        """Return the exit code, what went through the console, and what was printed otherwise."""
        if self.words is None:
            pytest.skip('say how it can be run: words = ("...",)')
        name, _ = Commands(host.registry.records).find(found.id)
        words = [name, *self.words, *more]
        arguments = _parser(host, found).parse_args(words, argparse.Namespace(words=words))
        said, printed = io.StringIO(), io.StringIO()
        with redirect_stdout(printed):
            code: int = arguments.run(arguments, host, Console(json="--json" in more, out=said))
        return code, said.getvalue(), printed.getvalue()


def _parser(host: Host, found: Component[Any]) -> argparse.ArgumentParser:
    # Once more, so that an error of the import is its own and not the parser's.
    load(found)
    commands = Commands(host.registry.records)
    name, _ = commands.find(found.id)
    return make_parser(commands, name)


def _commands(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        sub
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for sub in action.choices.values()
    ]
