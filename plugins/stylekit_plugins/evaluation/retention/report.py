"""From what was found to the report: figures, values, tables and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stylekit.evaluation.report import Cell, Report, Table
from stylekit.images.frames import Frame
from stylekit_plugins.evaluation.retention.contact_sheet import contact_sheet
from stylekit_plugins.evaluation.retention.footnotes import facts, notes
from stylekit_plugins.evaluation.retention.html_report import page
from stylekit_plugins.evaluation.retention.json_report import long_rows, values
from stylekit_plugins.evaluation.retention.pareto import Point, points
from stylekit_plugins.evaluation.retention.plot import scatter
from stylekit_plugins.evaluation.retention.results import Findings
from stylekit_plugins.evaluation.retention.summary import Score, Summaries, Summary
from stylekit_plugins.evaluation.retention.table import Column, Grid, columns, grid
from stylekit_plugins.evaluation.retention.table_formats import latex, long_form, markdown

TITLE = "Content retention"


def report_of(found: Findings) -> Report:
    """Return the report."""
    context, params = found.context, found.params
    summaries = Summaries(params, context.seed, found.clean, found.style_names())
    clean = summaries.clean()
    rows = [summaries.of(results) for results in found.results]
    # The references first: they are what the others are read against.
    order = sorted(rows, key=lambda row: row.method not in params.references)
    shown = columns(found.specs)
    unranked = ("clean", *params.references)
    table = grid([clean, *order], shown, unranked)
    differences = {
        results.variant.label: summaries.differences(results, found.baseline)
        for results in found.results
        if results is not found.baseline
    }
    beside = _beside(differences, shown)
    per_class = summaries.per_class(found.results)
    plane = _plane(found, rows)
    plots = [scatter(plane, found.abscissa)] if len(plane) > 1 else []
    said = notes(found)
    footer = facts(found)
    sheet = contact_sheet(
        context,
        found.results,
        found.clean,
        found.styles,
        [each.name for each in found.classes],
        params.sheet_rows,
    )
    baseline = found.baseline.variant.label
    every = long_rows(found)
    files: dict[str, str | Frame] = {
        "table.md": markdown(table, [*said, *footer]),
        "table.tex": latex(table, _caption(found), [*said, *footer]),
        "values.csv": long_form(every),
        "contact-sheet.png": sheet,
        "page.html": page(TITLE, table, beside, baseline, plots, sheet, per_class, said, footer),
    }
    if plots:
        files["curve.svg"] = plots[0]
    return Report(
        scores=_figures(clean, rows),
        values=values(found, clean, rows, differences, per_class, plane, every),
        tables=_tables(found, table, beside, said),
        files=files,
    )


def _beside(differences: Mapping[str, Mapping[str, Score]], shown: Sequence[Column]) -> Grid:
    """Return the table of differences; retention has none, as it is top-1 on another scale."""
    columns_of = [column for column in shown if any(column.key in d for d in differences.values())]
    rows = [Summary(label, scores, None, 0, 0) for label, scores in differences.items()]
    whole = grid(rows, columns_of, [row.method for row in rows])
    # Without the columns at the end, of time and number.
    count = len(columns_of)
    return Grid(columns_of, [(name, cells[:count]) for name, cells in whole.rows])


def _plane(found: Findings, rows: Sequence[Summary]) -> list[Point]:
    if not found.abscissa:
        return []
    variants = [results.variant for results in found.results]
    return points(list(zip(variants, rows, strict=True)), found.abscissa, found.params.references)


def _figures(clean: Summary, rows: Sequence[Summary]) -> dict[str, float]:
    figures = {"clean top1": clean.scores["top1"].interval.mean}
    for row in rows:
        if "retention" in row.scores:
            figures[f"{row.method} retention"] = row.scores["retention"].interval.mean
    return figures


def _tables(found: Findings, table: Grid, beside: Grid, said: Sequence[str]) -> list[Table]:
    percent = f"{100 * found.params.confidence:g}"
    tables = [_shown(f"{TITLE}, with {percent} % intervals", table)]
    if beside.rows:
        baseline = found.baseline.variant.label
        tables.append(_shown(f"Differences from {baseline}, on the same pictures", beside))
    tables.append(Table("How to read it", ("",), [[line] for line in said]))
    return tables


def _shown(title: str, table: Grid) -> Table:
    headings = ["method", *(f"{c.heading} {c.arrow}".strip() for c in table.columns)]
    rows: list[list[Cell]] = [[name, *(cell.text for cell in cells)] for name, cells in table.rows]
    return Table(title, headings, rows)


def _caption(found: Findings) -> str:
    return (
        f"Content retention of {len(found.clean)} pictures in {len(found.styles)} styles, by "
        f"{found.classifier}, with {100 * found.params.confidence:g} % intervals."
    )
