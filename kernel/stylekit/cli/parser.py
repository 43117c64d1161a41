"""The parser of the command line: options anywhere, suggestions, errors as exceptions."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from stylekit.cli.completion import VARIABLE
from stylekit.cli.help import HelpFormatter, print_colored
from stylekit.errors import UsageError
from stylekit.text import did_you_mean


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` with suggestions, errors as exceptions, and no abbreviations.

    Attributes:
        is_command: it knows all arguments of its command line.
    """

    is_command = False

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
        """Parse, also where options stand between positional arguments.

        Raises:
            UsageError: the parser is that of a command, and the command has no such argument.
        """
        if args is None or VARIABLE in os.environ or _has_commands(self):
            return super().parse_known_args(args, namespace)
        namespace, unknown = super().parse_known_args(positionals_last(self, args), namespace)
        unknown = [word for word in unknown if word != "--"]
        if unknown and self.is_command:
            raise self._unknown(unknown[0])
        return namespace, unknown

    def error(self, message: str) -> NoReturn:
        """Raise a UsageError instead of exiting, so that all errors look alike."""
        hint = f"See `{self.prog} --help`."
        if match := re.fullmatch(r"argument ([^:]+): (.*)", message, re.DOTALL):
            raise UsageError(f"{match[1]}: {_in_words(match[2])}.", hint)
        raise UsageError(message[:1].upper() + message[1:] + ".", hint)

    def _unknown(self, word: str) -> UsageError:
        if not word.startswith("-"):
            return UsageError(f"'{word}' is one argument too many.", f"See `{self.prog} --help`.")
        options = self._option_string_actions
        hint = did_you_mean(word, options, f"`{self.prog} --help`")
        return UsageError(f"Unknown option {word}.", hint)


_PHRASES = {
    r"expected (one|at least one) argument": "a value is missing",
    r"invalid int value: (.*)": r"\1 is not a whole number",
    r"invalid float value: (.*)": r"\1 is not a number",
    r"ignored explicit argument .*": "this option takes no value",
}
"""What argparse says, for people."""


def _in_words(message: str) -> str:
    for pattern, phrase in _PHRASES.items():
        if match := re.fullmatch(pattern, message):
            return match.expand(phrase)
    return message


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
