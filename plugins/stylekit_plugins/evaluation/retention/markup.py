"""Text that others wrote, such as a file's name, as each format shows it: never as its commands."""

from __future__ import annotations

import html
import re

from stylekit.text import printable

_LATEX = {
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
}

_MARKDOWN = re.compile(r"[\\`*|\[\]~]|(?<!\w)_|_(?!\w)")

_FORMULA = tuple("=+-@\t\r＝＋－＠")
"""How a cell begins that a spreadsheet computes."""


def as_html(text: str) -> str:
    """Return a text for an HTML or SVG element."""
    return html.escape(printable(text))


def as_latex(text: str) -> str:
    """Return a text for a LaTeX paragraph or cell."""
    shown = "".join(_LATEX.get(char, char) for char in printable(text))
    # At the beginning of a row, the end of the row before would take it for an argument.
    return "{}" + shown if shown.startswith(("[", "*")) else shown


def as_latex_comment(text: str) -> str:
    """Return a comment, which no line break in the text ends."""
    return f"% {printable(text)}"


def as_markdown(text: str) -> str:
    """Return a text for a line or cell of Markdown, in which HTML would be obeyed, too."""
    text = _MARKDOWN.sub(r"\\\g<0>", printable(text))
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_cell(value: object) -> object:
    """Return a value for a CSV file; text that looks like a formula gets an apostrophe."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" \n").startswith(_FORMULA) else value
    return "" if value is None else value
