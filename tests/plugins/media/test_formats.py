"""Every codec in every container: sequential reading, seeking and resuming give the same frames."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs/reference"


@pytest.fixture(scope="module")
def formats() -> dict[str, object]:
    return runpy.run_path(str(FOLDER / "formats.py"))


def test_every_format_gives_the_same_frames_in_any_order(formats: dict[str, object]) -> None:
    """The page of what passes is as the script makes it, and everything passes."""
    found = list(formats["results"]())  # type: ignore[operator]
    wrong = [result for result in found if result[-1]]
    assert not wrong
    assert sum(result[-1] == "" for result in found) > 100
    page = formats["page"](found)  # type: ignore[operator]
    assert page == (FOLDER / "formats.md").read_text(encoding="utf-8"), (
        "Make it anew: python docs/reference/formats.py"
    )
