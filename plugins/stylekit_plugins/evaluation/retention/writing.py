"""The table in the formats of text: Markdown, LaTeX, and the long form as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from stylekit_plugins.evaluation.retention.grid import BEST, SECOND, Grid

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


def markdown(grid: Grid, notes: Sequence[str]) -> str:
    """Return the table with its notes; best figures are bold, second best in italics."""
    marks = {BEST: "**", SECOND: "*"}
    headings = ["method", *(f"{c.heading} {c.arrow}".strip() for c in grid.columns)]
    lines = [headings, ["---"] * len(headings)]
    for name, cells in grid.rows:
        texts = [marks.get(cell.rank, "") + cell.text + marks.get(cell.rank, "") for cell in cells]
        lines.append([name, *texts])
    table = ["| " + " | ".join(each.replace("|", r"\|") for each in line) + " |" for line in lines]
    return "\n".join([*table, "", *(f"- {note}" for note in notes), ""])


def latex(grid: Grid, caption: str, notes: Sequence[str]) -> str:
    """Return a table for the package booktabs; best figures are bold, second best underlined."""
    marks = {BEST: r"\textbf{%s}", SECOND: r"\underline{%s}"}
    lines = [
        *(f"% {note}" for note in notes),
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{escaped(caption)}}}",
        f"  \\begin{{tabular}}{{l{'r' * len(grid.columns)}}}",
        r"    \toprule",
        "    "
        + " & ".join(["method", *(escaped(f"{c.heading} {c.arrow}".strip()) for c in grid.columns)])
        + r" \\",
        r"    \midrule",
        *(
            "    "
            + " & ".join(
                [
                    escaped(name),
                    *(
                        marks.get(cell.rank, "%s").replace("%s", escaped(cell.text))
                        for cell in cells
                    ),
                ]
            )
            + r" \\"
            for name, cells in grid.rows
        ),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text as LaTeX shows it."""
    return "".join(_LATEX.get(char, char) for char in text)


def long_form(rows: Sequence[Mapping[str, object]]) -> str:
    """Return a line for each picture, method and style."""
    target = io.StringIO()
    if rows:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _plain(value) for key, value in row.items()} for row in rows)
    return target.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else value
