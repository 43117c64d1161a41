"""The report of the experiment: scores, values, tables and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stylekit.evaluation.report import Cell, Report, Table
from stylekit.images.frames import Frame
from stylekit_plugins.evaluation.retention.contact_sheet import contact_sheet
from stylekit_plugins.evaluation.retention.footnotes import facts, make_notes
from stylekit_plugins.evaluation.retention.html_report import page
from stylekit_plugins.evaluation.retention.json_report import long_rows, values
from stylekit_plugins.evaluation.retention.pareto import Point, pareto_points
from stylekit_plugins.evaluation.retention.plot import scatter
from stylekit_plugins.evaluation.retention.results import Findings
from stylekit_plugins.evaluation.retention.summary import Score, Summaries, Summary
from stylekit_plugins.evaluation.retention.table import Column, Grid, columns, grid
from stylekit_plugins.evaluation.retention.table_formats import latex, long_form, markdown

TITLE = "Content retention"


def make_report(findings: Findings) -> Report:
    """Compute all rows and make the tables, the plot, the contact sheet and the page."""
    context, params = findings.context, findings.params
    summaries = Summaries(params, context.seed, findings.clean, findings.style_names())
    clean = summaries.clean()
    rows = [summaries.of(results) for results in findings.results]
    # The references first: the other rows are read against them.
    order = sorted(rows, key=lambda row: row.method not in params.references)
    shown = columns(findings.metrics)
    unranked = ("clean", *params.references)
    table = grid([clean, *order], shown, unranked)
    differences = {
        results.variant.label: summaries.differences(results, findings.baseline)
        for results in findings.results
        if results is not findings.baseline
    }
    difference_table = _difference_table(differences, shown)
    per_class = summaries.per_class(findings.results)
    points = _points(findings, rows)
    plots = [scatter(points, findings.x_metric)] if len(points) > 1 else []
    notes = make_notes(findings)
    footer = facts(findings)
    sheet = contact_sheet(
        context,
        findings.results,
        findings.clean,
        findings.styles,
        [each.name for each in findings.classes],
        params.sheet_rows,
    )
    baseline = findings.baseline.variant.label
    value_rows = long_rows(findings)
    files: dict[str, str | Frame] = {
        "table.md": markdown(table, [*notes, *footer]),
        "table.tex": latex(table, _caption(findings), [*notes, *footer]),
        "values.csv": long_form(value_rows),
        "contact-sheet.png": sheet,
        "page.html": page(
            TITLE, table, difference_table, baseline, plots, sheet, per_class, notes, footer
        ),
    }
    if plots:
        files["curve.svg"] = plots[0]
    return Report(
        scores=_scores(clean, rows),
        values=values(findings, clean, rows, differences, per_class, points, value_rows),
        tables=_tables(findings, table, difference_table, notes),
        files=files,
    )


def _difference_table(
    differences: Mapping[str, Mapping[str, Score]], shown: Sequence[Column]
) -> Grid:
    """Return the table of differences; without retention, which is top-1 on another scale."""
    columns_shown = [c for c in shown if any(c.key in each for each in differences.values())]
    rows = [Summary(label, scores, None, 0, 0) for label, scores in differences.items()]
    whole = grid(rows, columns_shown, [row.method for row in rows])
    # Without the last columns, time and count.
    count = len(columns_shown)
    return Grid(columns_shown, [(name, cells[:count]) for name, cells in whole.rows])


def _points(findings: Findings, rows: Sequence[Summary]) -> list[Point]:
    if not findings.x_metric:
        return []
    variants = [results.variant for results in findings.results]
    return pareto_points(
        list(zip(variants, rows, strict=True)), findings.x_metric, findings.params.references
    )


def _scores(clean: Summary, rows: Sequence[Summary]) -> dict[str, float]:
    scores = {"clean top1": clean.scores["top1"].interval.mean}
    for row in rows:
        if "retention" in row.scores:
            scores[f"{row.method} retention"] = row.scores["retention"].interval.mean
    return scores


def _tables(
    findings: Findings, table: Grid, difference_table: Grid, notes: Sequence[str]
) -> list[Table]:
    percent = f"{100 * findings.params.confidence:g}"
    tables = [_shown(f"{TITLE}, with {percent} % intervals", table)]
    if difference_table.rows:
        baseline = findings.baseline.variant.label
        tables.append(_shown(f"Differences from {baseline}, on the same images", difference_table))
    tables.append(Table("How to read it", ("",), [[line] for line in notes]))
    return tables


def _shown(title: str, table: Grid) -> Table:
    headings = ["method", *(f"{c.heading} {c.arrow}".strip() for c in table.columns)]
    rows: list[list[Cell]] = [[name, *(cell.text for cell in cells)] for name, cells in table.rows]
    return Table(title, headings, rows)


def _caption(findings: Findings) -> str:
    return (
        f"Content retention of {len(findings.clean)} images in {len(findings.styles)} styles, by "
        f"{findings.classifier}, with {100 * findings.params.confidence:g} % intervals."
    )
