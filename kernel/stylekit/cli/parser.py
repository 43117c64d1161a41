"""The parser of the command line: options anywhere, suggestions, errors as exceptions."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from stylekit.cli.completion import VARIABLE
from stylekit.cli.help import HelpFormatter, print_colored
from stylekit.errors import UsageError
from stylekit.text import did_you_mean


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` with suggestions, errors as exceptions, and no abbreviations."""

    def __init__(self, **options: Any) -> None:
        # An abbreviation breaks as soon as another option begins with the same letters.
        super().__init__(allow_abbrev=False, formatter_class=HelpFormatter, **options)
        self._positionals.title, self._optionals.title = "Arguments", "Options"
        # Newer versions of Python would color the text that `print_help` colors.
        self.color = False

    def print_help(self, file: Any = None) -> None:
        """Print the help, in color on a terminal."""
        stream = sys.stdout if file is None else file
        if stream.isatty():
            print_colored(self.format_help(), stream)
        else:
            super().print_help(stream)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, also where options stand between positional arguments."""
        completing = VARIABLE in os.environ
        if args is not None and not completing and not _has_commands(self):
            args = positionals_last(self, args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise a UsageError instead of exiting, so that all errors look alike."""
        hint = f"See `{self.prog} --help`."
        if "unrecognized arguments:" in message:
            word = message.split("unrecognized arguments:", 1)[1].split()[0]
            if not word.startswith("-"):
                raise UsageError(f"'{word}' is one argument too many.", hint)
            options = list(self._option_string_actions)
            for sub in subparsers(self):
                options += sub._option_string_actions
            raise UsageError(f"Unknown option {word}.", did_you_mean(word, options))
        raise UsageError(message[:1].upper() + message[1:] + ".", hint)


def subparsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Return the parsers of the commands of a parser."""
    return [
        sub
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for sub in action.choices.values()
    ]


def positionals_last(parser: argparse.ArgumentParser, args: Sequence[str]) -> list[str]:
    """Move positional arguments to the end, behind `--`.

    argparse gives a positional argument of several values only the first group of them: of
    `me.jpg --size 256 night.jpg` it would not know `night.jpg`.
    """
    actions = parser._option_string_actions
    options: list[str] = []
    positionals: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word == "--":
            positionals += rest
            break
        if not word.startswith("-") or word == "-":
            positionals.append(word)
            continue
        options.append(word)
        name, equals, _ = word.partition("=")
        action = actions.get(word) or actions.get(name)
        if action is None or (equals and word not in actions):
            continue
        if action.nargs is None and rest and rest[0] != "--":
            options.append(rest.pop(0))
        elif action.nargs in ("+", "*", "?"):
            while rest and (not rest[0].startswith("-") or rest[0] == "-"):
                options.append(rest.pop(0))
    return [*options, "--", *positionals] if positionals else options


def _has_commands(parser: argparse.ArgumentParser) -> bool:
    return any(isinstance(action, argparse._SubParsersAction) for action in parser._actions)
