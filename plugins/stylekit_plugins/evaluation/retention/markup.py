"""Escaping: texts such as file names, as each format shows them, never as its commands."""

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
"""First characters of cells that a spreadsheet evaluates."""


def as_html(text: str) -> str:
    """Escape a text for an HTML or SVG element."""
    return html.escape(printable(text))


def as_latex(text: str) -> str:
    """Escape a text for a LaTeX paragraph or cell."""
    shown = "".join(_LATEX.get(char, char) for char in printable(text))
    # At the beginning of a row, LaTeX would parse it as an argument of the row before.
    return "{}" + shown if shown.startswith(("[", "*")) else shown


def as_latex_comment(text: str) -> str:
    """Return a LaTeX comment of one line."""
    return f"% {printable(text)}"


def as_markdown(text: str) -> str:
    """Escape a text for a line or cell of Markdown, including HTML."""
    text = _MARKDOWN.sub(r"\\\g<0>", printable(text))
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_cell(value: object) -> object:
    """Return a value for a CSV file; an apostrophe disarms text that looks like a formula."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" \n").startswith(_FORMULA) else value
    return "" if value is None else value
