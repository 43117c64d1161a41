"""The report as one self-contained HTML page, without scripts."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence

from stylekit.evaluation.classifier import ImageClass
from stylekit.images.frames import Frame
from stylekit_plugins.evaluation.retention.markup import as_html
from stylekit_plugins.evaluation.retention.statistics import Interval
from stylekit_plugins.evaluation.retention.table import BEST, SECOND, Grid

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em;
       color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { padding: .3em .7em; text-align: right; border-bottom: 1px solid #ddd;
         white-space: nowrap; }
th { border-bottom: 2px solid #444; } th:first-child, td:first-child { text-align: left; }
.best { font-weight: bold; } .second { text-decoration: underline; }
.wide { overflow-x: auto; } img, svg { max-width: 100%; height: auto; }
footer { color: #666; font-size: 13px; margin-top: 3em; border-top: 1px solid #ddd; }
footer li { overflow-wrap: anywhere; }
"""

PerClass = Mapping[ImageClass, Mapping[str, tuple[int, int, Interval]]]


def page(
    title: str,
    table: Grid,
    differences: Grid,
    baseline: str,
    plots: Sequence[str],
    sheet: Frame,
    per_class: PerClass,
    notes: Sequence[str],
    facts: Sequence[str],
) -> str:
    """Return the page.

    Args:
        plots: as SVG.
        notes: sentences on how to read the scores.
        facts: seed, counts, versions, weights and the command.
    """
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{as_html(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{as_html(title)}</h1>",
        '<div class="wide">',
        _table(table),
        "</div><ul>",
        *(f"<li>{as_html(note)}</li>" for note in notes),
        "</ul>",
    ]
    if plots:
        parts += ["<h2>Content against style</h2>", *plots]
    if differences.rows:
        parts += [
            f"<h2>Differences from {as_html(baseline)}, on the same images</h2>",
            f'<div class="wide">{_table(differences)}</div>',
        ]
    parts += [
        "<h2>Images</h2>",
        "<p>The caption of each image is its predicted class, green if that is correct.</p>",
        f'<div class="wide"><img alt="Contact sheet" src="{_data(sheet)}"></div>',
        "<h2>Classes</h2>",
        f"<details><summary>Correct predictions by class ({len(per_class)})</summary>",
        f'<div class="wide">{_classes(per_class)}</div></details>',
        "<footer><ul>",
        *(f"<li>{as_html(fact)}</li>" for fact in facts),
        "</ul></footer></body></html>",
    ]
    return "\n".join([*parts, ""])


def _table(table: Grid) -> str:
    heads = ["method", *(f"{column.heading} {column.arrow}".strip() for column in table.columns)]
    lines = [
        "<table><thead><tr>",
        *(f"<th>{as_html(head)}</th>" for head in heads),
        "</tr></thead>",
    ]
    marks = {BEST: ' class="best"', SECOND: ' class="second"'}
    for name, cells in table.rows:
        lines.append(
            f"<tr><td>{as_html(name)}</td>"
            + "".join(f"<td{marks.get(c.rank, '')}>{as_html(c.text)}</td>" for c in cells)
            + "</tr>"
        )
    return "\n".join([*lines, "</table>"])


def _classes(per_class: PerClass) -> str:
    rows = list(dict.fromkeys(name for counts in per_class.values() for name in counts))
    lines = ["<table><thead><tr><th>class</th>", *(f"<th>{as_html(row)}</th>" for row in rows)]
    lines.append("</tr></thead>")
    for label, counts in per_class.items():
        cells = []
        for row in rows:
            right, count, interval = counts.get(row, (0, 0, Interval(0.0)))
            text = "-"
            if count and interval.low is not None and interval.high is not None:
                text = f"{right}/{count} [{100 * interval.low:.0f}, {100 * interval.high:.0f}]"
            cells.append(f"<td>{text}</td>")
        name = f"{label.name} {label.key}".strip()
        lines.append(f"<tr><td>{as_html(name)}</td>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</table>"])


def _data(image: Frame) -> str:
    """Encode an image as a `data:` URL."""
    file = io.BytesIO()
    image.to_pil().save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
