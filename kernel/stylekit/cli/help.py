"""The layout of `--help`: a short usage line, paragraphs, examples as they are written."""

from __future__ import annotations

import argparse
import itertools
import textwrap
from collections.abc import Iterable
from typing import Any

_NAMES = 26
"""Characters for the names of options; a longer one has a line of its own."""


class HelpFormatter(argparse.HelpFormatter):
    """Formats help as wide as the terminal."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, max_help_position=_NAMES, **options)

    def _format_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Any,
        prefix: str | None,
    ) -> str:
        """Return the usage in a line: what is required, and `[options]` for all others."""
        actions = list(actions)
        required = [a for a in actions if not a.option_strings or a.required]
        text = super()._format_usage(usage, required, [], prefix).rstrip("\n")
        more = " [options]" if usage is None and len(required) < len(actions) else ""
        return f"{text}{more}\n\n"

    def _format_action(self, action: argparse.Action) -> str:
        """Return an option with its help; the list of commands goes without a line of its own."""
        if isinstance(action, argparse._SubParsersAction):
            return "".join(map(self._format_action, action._get_subactions()))
        return super()._format_action(action)

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        """Return `SRC ...` for an option of one or more values."""
        if action.nargs == argparse.ONE_OR_MORE and isinstance(action.metavar, str):
            return f"{action.metavar} ..."
        return super()._format_args(action, default_metavar)

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Wrap the help of an option; a name that is broken at a hyphen cannot be copied."""
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Wrap the paragraphs of a text; lines that begin with a space are kept."""
        lines = []
        for kept, group in itertools.groupby(text.splitlines(), lambda x: not x or x[0] == " "):
            part = list(group)
            lines += part if kept else self._split_lines(" ".join(part), width)
        return "\n".join(lines)


def print_colored(text: str, stream: Any) -> None:
    """Print help on a terminal, headings and options in color if the user wants colors."""
    from rich.console import Console
    from rich.text import Text

    colored = Text(text)
    colored.highlight_regex(r"(?m)^\w[^\n]*:$|^usage:", "bold")
    colored.highlight_regex(r"(?m)(?<![\w.-])--?[a-z][a-z-]*", "cyan")
    colored.highlight_regex(r"(?m)^  stylekit [^\n]*|`[^`\n]+`", "green")
    Console(file=stream, highlight=False).print(colored, soft_wrap=True, end="")
