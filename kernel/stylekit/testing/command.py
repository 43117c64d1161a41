"""What a command promises: see `stylekit.cli.Command`."""

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
        argv: arguments of a quick run of the command; None: it is not run.
        json: whether it prints a JSON object with `--json`.
    """

    spec_type: ClassVar[type[Spec]] = CommandSpec
    discover: ClassVar[bool] = True
    argv: ClassVar[tuple[str, ...] | None] = None
    json: ClassVar[bool] = True

    @pytest.fixture(autouse=True)
    def _elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Work in a folder of the test: a command may write files."""
        monkeypatch.chdir(tmp_path)

    def test_help_is_shown(self, host: Host, entry: Component[Any]) -> None:
        """`--help` works: no option is one of every command, and all texts can be formatted."""
        try:
            text = _parser(host, entry).format_help()
            for parser in _subparsers(_parser(host, entry)):
                text += parser.format_help()
        except Exception as error:
            pytest.fail(
                f"`stylekit {entry.spec.name} --help` fails: {type(error).__name__}: {error}. Is "
                "an option one of every command (--json, --quiet, --debug, -p), or a % not doubled?"
            )

    def test_help_is_quick(self, entry: Component[Any]) -> None:
        """Its module imports torch and pydantic only when the command runs."""
        module = entry.spec.factory.partition(":")[0]
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
            # The module exists in this process only.
            return
        assert not done.stdout.split(), (
            f"`--help` imports {done.stdout.strip()} with '{module}': import it in `run`."
        )

    def test_run_succeeds(self, host: Host, entry: Component[Any]) -> None:
        """The command returns exit code 0."""
        code, _, _ = self.run_command(host, entry)
        assert code == 0, f"It returned {code!r}; 0 is success."

    def test_output_goes_through_the_console(self, host: Host, entry: Component[Any]) -> None:
        """All output goes through the console, which knows `--json` and `--quiet`."""
        _, _, printed = self.run_command(host, entry)
        assert not printed, f"It printed {printed!r} by itself: use console.data, or log."

    def test_json_is_one_object(self, host: Host, entry: Component[Any]) -> None:
        """With `--json` it prints one JSON object."""
        if not self.json:
            return
        _, output, _ = self.run_command(host, entry, "--json")
        try:
            value = json.loads(output)
        except ValueError as error:
            pytest.fail(f"With --json it prints no valid JSON ({error}): use console.object once.")
        assert isinstance(value, dict), f"With --json it prints {value!r}, not an object."

    def run_command(self, host: Host, entry: Component[Any], *more: str) -> tuple[int, str, str]:
        """Return the exit code, the output of the console, and what was printed around it."""
        if self.argv is None:
            pytest.skip('name arguments to run it with: argv = ("...",)')
        name, _ = Commands(host.registry.records).find(entry.id)
        argv = [name, *self.argv, *more]
        arguments = _parser(host, entry).parse_args(argv, argparse.Namespace(argv=argv))
        output, printed = io.StringIO(), io.StringIO()
        with redirect_stdout(printed):
            code: int = arguments.run(arguments, host, Console(json="--json" in more, out=output))
        return code, output.getvalue(), printed.getvalue()


def _parser(host: Host, entry: Component[Any]) -> argparse.ArgumentParser:
    # Loaded here too, so that an error of its import is not taken for one of the parser.
    load(entry)
    commands = Commands(host.registry.records)
    name, _ = commands.find(entry.id)
    return make_parser(commands, name)


def _subparsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        sub
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for sub in action.choices.values()
    ]
