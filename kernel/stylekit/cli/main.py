"""Entry point of the `stylekit` command: parse, dispatch, turn errors into exit codes."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NoReturn

from stylekit.cli.console import Console
from stylekit.errors import StylekitError, UsageError
from stylekit.suggest import did_you_mean
from stylekit.version import __version__

COMMANDS = {
    "run": "Transfer style to pictures.",
    "train": "Train the networks of a method on pictures of your own.",
    "evaluate": "Measure results, classify pictures, or compare methods in an experiment.",
    "export": "Write a method that is one network to a file for other programs.",
    "list-plugins": "Show the installed plugins and what they offer.",
    "describe": "Show a component with its parameters.",
    "schema": "Print the JSON schema of a component's parameters.",
    "weights": "Show, fetch and verify trained weights.",
    "doctor": "Check this installation.",
}


class Parser(argparse.ArgumentParser):
    """argparse with suggestions, errors as exceptions, and no abbreviations."""

    def __init__(self, **options: Any) -> None:
        # An abbreviation breaks as soon as another option begins with the same letters.
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting, so that all errors look alike."""
        hint = f"See `{self.prog} --help`."
        if "unrecognized arguments:" in message:
            word = message.split("unrecognized arguments:", 1)[1].split()[0]
            options = list(self._option_string_actions)
            for sub in _subparsers(self):
                options += sub._option_string_actions
            raise UsageError(f"Unknown option {word}.", did_you_mean(word, options))
        raise UsageError(message[:1].upper() + message[1:] + ".", hint)


def _subparsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        sub
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for sub in action.choices.values()
    ]


def common_options() -> Parser:
    """Return the options that every command has."""
    parser = Parser(add_help=False)
    group = parser.add_argument_group("options of every command")
    group.add_argument("--json", action="store_true", help="print one JSON object to stdout")
    group.add_argument("--quiet", action="store_true", help="no progress, only errors")
    group.add_argument("--debug", action="store_true", help="show tracebacks")
    group.add_argument("--no-plugins", action="store_true", help="load built-in plugins only")
    group.add_argument(
        "-p", dest="block", action="append", default=[], metavar="no:NAME", help="block a plugin"
    )
    return parser


def make_parser(command: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the command that is used gets its options, which saves start-up."""
    parser = Parser(
        prog="stylekit",
        description="Neural style transfer; everything that makes a picture is a plugin.",
        epilog="`stylekit COMMAND --help` shows a command's options. A first picture: stylekit run",
    )
    parser.add_argument("--version", action="version", version=f"stylekit {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    common = common_options()
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary, parents=[common])
        if name == command:
            _module(name).add_arguments(sub)
    return parser


def _module(command: str):  # type: ignore[no-untyped-def]
    return importlib.import_module("stylekit.cli." + command.replace("-", "_"))


def common_last(words: Sequence[str]) -> list[str]:
    """Move the options of every command from before the command to after it."""
    before: list[str] = []
    rest = list(words)
    while rest and rest[0] in ("--json", "--quiet", "--debug", "--no-plugins", "-p"):
        before += rest[: 2 if rest[0] == "-p" else 1]
        del rest[: 2 if rest[0] == "-p" else 1]
    return [*rest[:1], *before, *rest[1:]]


def blocked_names(arguments: Sequence[str]) -> list[str]:
    """Return the NAMEs of `-p no:NAME`.

    Raises:
        UsageError: an argument of another form.
    """
    for argument in arguments:
        if not argument.startswith("no:") or argument == "no:":
            raise UsageError(f"-p {argument}: only -p no:NAME, which blocks a plugin, is known.")
    return [argument.removeprefix("no:") for argument in arguments]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (see DESIGN: 0, 1, 2, 3, 4, 130)."""
    words = common_last(sys.argv[1:] if argv is None else argv)
    command = next((word for word in words if word in COMMANDS), None)
    console = Console("--json" in words, "--quiet" in words, "--debug" in words)
    # A scheduler's TERM deserves the same care as Ctrl-C: the best picture so far is kept.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        misspelt = next((word for word in words if not word.startswith("-")), None)
        if misspelt is not None and misspelt not in COMMANDS and command is None:
            raise UsageError(f"Unknown command '{misspelt}'.", did_you_mean(misspelt, COMMANDS))
        # The words themselves too: some files say which command made them.
        arguments = make_parser(command).parse_args(words, argparse.Namespace(words=words))
        run: Callable[[argparse.Namespace, Console], int] = _module(arguments.command).run
        # What a plugin prints is not ours to mix into the data on stdout.
        with contextlib.redirect_stdout(sys.stderr):
            return run(arguments, console)
    except StylekitError as error:
        console.trace(traceback.format_exc())
        console.error(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        console.error("Interrupted; nothing was written.")
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `stylekit list-plugins | head -1`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.out.fileno())
        return 0
    except Exception as error:
        console.trace(traceback.format_exc())
        console.error(
            f"This is a bug in stylekit or a plugin: {type(error).__name__}: {error}",
            "Please report it with the output of the same command with --debug; "
            "--no-plugins tells whether a third-party plugin is at fault.",
        )
        return 1


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
