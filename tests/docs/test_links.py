"""Links, anchors and images of every document lead somewhere, on a code host as on disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.documents import EVERY, ROOT, anchors, named, prose, read

LARGEST = 150_000
"""Bytes of an image, so that a page is quick."""

IMAGES = sorted(
    path
    for folder in ("docs", "contrib", "benchmarks")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".jpg", ".jpeg", ".png", ".webp", ".gif", ".svg"}
    and "node_modules" not in path.parts
)


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^()\s]+)\)|<img[^>]* src=\"([^\"]+)\"", prose(read(path))):
        link, _, anchor = (target[0] or target[1]).partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        file = path.parent / link if link else path
        assert file.exists(), link
        if anchor and file.suffix == ".md":
            assert anchor in anchors(read(file)), f"{link}#{anchor}"


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_images_have_a_text_for_who_cannot_see_them(path: Path) -> None:
    text = prose(read(path))
    shown = re.findall(r"!\[([^\]]*)\]\(", text)
    for tag in re.findall(r"<img\b[^>]*>", text):
        alt = re.search(r"\balt=\"([^\"]*)\"", tag)
        shown.append(alt[1] if alt else "")
    assert all(len(alt) >= 5 for alt in shown)


@pytest.mark.parametrize("path", IMAGES, ids=named)
def test_images_are_small(path: Path) -> None:
    assert 0 < path.stat().st_size <= LARGEST


def test_there_is_something_to_check() -> None:
    assert len(EVERY) > 30
    assert len(IMAGES) > 15
