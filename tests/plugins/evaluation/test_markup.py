"""Untrusted names in the files of an experiment: they are shown, and never executed."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from tests.plugins.evaluation.conftest import Experiment, saved

import stylekit
from stylekit import Host
from stylekit.images.frames import Clip
from stylekit.methods.base import Style
from stylekit_plugins.evaluation.retention.markup import as_cell, as_latex, as_markdown

STYLE = os.fsdecode(b"=HYPERLINK()|<script>\n\\input{secret.tex} caf\xe9\x1b[2J.png")


class Tags(HTMLParser):
    """Notes the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)


def test_no_name_leaves_its_place_in_a_report(experiment: Experiment, data: Path) -> None:
    shutil.rmtree(data / "styles")
    (data / "styles").mkdir()
    Image.new("RGB", (16, 16), "red").save(data / "styles" / STYLE)
    Image.new("RGB", (16, 16), "blue").save(data / "styles" / "@SUM(A1).png")
    experiment("overlay", "identity")
    out = data / "out"
    report = saved(out)
    assert report["styles"] == [STYLE, "@SUM(A1).png"]
    tex = (out / "table.tex").read_text(encoding="utf-8").splitlines()
    before = tex[: tex.index(r"\begin{table}")]
    assert any("secret.tex" in line for line in before)
    assert all(line.startswith("% ") for line in before)
    rows = list(csv.reader(io.StringIO((out / "values.csv").read_text(encoding="utf-8"))))
    assert {row[1][:2] for row in rows if "HYPERLINK" in row[1]} == {"'="}
    assert {row[1][:2] for row in rows if "SUM" in row[1]} == {"'@"}
    text = (out / "table.md").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "\x1b" not in text
    page = Tags()
    page.feed((out / "page.html").read_text(encoding="utf-8"))
    assert "script" not in page.seen


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"]
)
def test_text_is_no_formula(cell: str) -> None:
    assert as_cell(cell) == "'" + cell


@pytest.mark.parametrize(
    ("value", "cell"), [(-1.5, -1.5), (3, 3), (True, 1), (None, ""), ("a-b", "a-b")]
)
def test_numbers_and_other_text_stay(value: object, cell: object) -> None:
    assert as_cell(value) == cell


def test_latex_and_markdown_show_what_is_written() -> None:
    assert as_latex("[1ex] a_b \\input{x}\n%") == (
        r"{}[1ex] a\_b \textbackslash{}input\{x\}\textbackslash{}n\%"
    )
    assert as_markdown("a|b <b>&</b>\n`x` style_weight *y* _z_ [l](u)") == (
        r"a\|b &lt;b>&amp;&lt;/b>\\n\`x\` style_weight \*y\* \_z\_ \[l\](u)"
    )


class NeverFinite:
    """Scores NaN and infinity."""

    def __init__(self, params: object) -> None:
        pass

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        return float("nan")

    def score_sets(self, results: object, contents: object, styles: object) -> float:
        return float("-inf")


class Plugin:
    @stylekit.hookimpl
    def register_metrics(self) -> Iterable[stylekit.MetricSpec]:
        for scope in ("pair", "set"):
            yield stylekit.MetricSpec(
                name=f"never-{scope}",
                summary="",
                scope=scope,  # type: ignore[arg-type]
                factory=f"{__name__}:NeverFinite",
                higher_is_better=False,
            )


def test_scores_that_are_not_finite_are_noted(
    experiment: Experiment, data: Path, shapes_host: Host
) -> None:
    shapes_host.register(Plugin(), "never")
    experiment("overlay", "identity", params={"metrics": ["never-pair", "never-set"]})
    report = saved(data / "out")
    assert report["values"][-1]["never-pair"] is None
    assert "never-set" not in report["methods"]["overlay"]
    text = (data / "out/table.md").read_text(encoding="utf-8")
    assert "overlay: never-set is missing or incomplete: the score is NaN or infinite." in text
