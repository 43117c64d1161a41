"""The table as Markdown and LaTeX, and all single values as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from stylekit_plugins.evaluation.retention.markup import (
    as_cell,
    as_latex,
    as_latex_comment,
    as_markdown,
)
from stylekit_plugins.evaluation.retention.table import BEST, SECOND, Grid


def markdown(grid: Grid, notes: Sequence[str]) -> str:
    """Return the table with its notes; the best scores are bold, the second best italic."""
    marks = {BEST: "**", SECOND: "*"}
    headings = ["method", *(as_markdown(f"{c.heading} {c.arrow}".strip()) for c in grid.columns)]
    lines = [headings, ["---"] * len(headings)]
    for name, cells in grid.rows:
        texts = [marks.get(cell.rank, "") + cell.text + marks.get(cell.rank, "") for cell in cells]
        lines.append([as_markdown(name), *texts])
    table = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([*table, "", *(f"- {as_markdown(note)}" for note in notes), ""])


def latex(grid: Grid, caption: str, notes: Sequence[str]) -> str:
    """Return a LaTeX table (booktabs); the best scores are bold, the second best underlined."""
    marks = {BEST: r"\textbf{%s}", SECOND: r"\underline{%s}"}
    headings = ["method", *(f"{c.heading} {c.arrow}".strip() for c in grid.columns)]
    lines = [
        *(as_latex_comment(note) for note in notes),
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{as_latex(caption)}}}",
        f"  \\begin{{tabular}}{{l{'r' * len(grid.columns)}}}",
        r"    \toprule",
        "    " + " & ".join(map(as_latex, headings)) + r" \\",
        r"    \midrule",
        *(
            "    "
            + " & ".join(
                [
                    as_latex(name),
                    *(
                        marks.get(cell.rank, "%s").replace("%s", as_latex(cell.text))
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


def long_form(rows: Sequence[Mapping[str, object]]) -> str:
    """Return CSV with a line for each image, method and style."""
    target = io.StringIO()
    if rows:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([as_cell(key) for key in rows[0]])
        writer.writerows([as_cell(row.get(key)) for key in rows[0]] for row in rows)
    return target.getvalue()
