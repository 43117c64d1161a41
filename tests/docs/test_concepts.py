"""The pictures of docs/concepts: each is made by the script, or is a diagram drawn by hand."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from tests.docs.documents import ROOT

SCRIPTS = ROOT / "docs/concepts"
IMAGES = ROOT / "docs/images/concepts"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def figures() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPTS / "figures.py"))


def test_every_picture_is_made_or_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    made = runpy.run_path(str(SCRIPTS / "make_images.py"))["FIGURES"]
    # The figure of the frames draws their positions, too.
    expected = {*(f"{name}.jpg" for name in made), "dual-position.svg"}
    drawn = {path.name for path in IMAGES.glob("*-diagram.svg")}
    assert {path.name for path in IMAGES.iterdir()} == expected | drawn


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.svg")), ids=lambda path: path.name)
def test_drawings_have_a_title_and_a_paper_of_their_own(path: Path) -> None:
    """On a dark page dark lines need light paper."""
    root = ElementTree.parse(path).getroot()
    assert root.findtext(f"{SVG}title")
    paper = root.find(f"{SVG}rect")
    assert paper is not None
    assert paper.get("fill") == "#ffffff"
    assert [paper.get("width"), paper.get("height")] == root.get("viewBox", "").split()[2:]


def test_rows_are_small_even_of_noise(figures: dict[str, Any], tmp_path: Path) -> None:
    noise = Image.effect_noise((224, 149), 80)
    cell = figures["Captioned"](noise, ["step 1", "total 3"])
    figures["save_rows"]([[cell] * 5], tmp_path / "rows.jpg")
    assert (tmp_path / "rows.jpg").stat().st_size <= figures["MAX_BYTES"]
    assert Image.open(tmp_path / "rows.jpg").width == 5 * (224 + figures["GAP"]) + figures["GAP"]


def test_charts_have_a_line_for_each_name(figures: dict[str, Any], tmp_path: Path) -> None:
    lines = {"per-frame": [(0.0, 0.0), (1.0, 2.0)], "a & b": [(0.0, 1.0), (1.0, 1.0)]}
    path = tmp_path / "chart.svg"
    figures["save_chart"]("Title", "seconds", lines, path, 1.0, (0, 1), (0, 1))
    root = ElementTree.parse(path).getroot()
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert {"per-frame", "a & b", "seconds"} <= {*texts}
    drawn = [each.get("d") for each in root.iter(f"{SVG}path") if each.get("fill") == "none"]
    # The second point lies above the chart, and is drawn at its upper edge.
    top = figures["TOP"]
    assert drawn[0] is not None
    assert drawn[0].endswith(f" {top:.1f}")
    assert len(drawn) == 2
