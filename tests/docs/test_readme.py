"""README.md is a front page: short, with one image; everything else is in docs/."""

from __future__ import annotations

import re

from tests.docs.documents import README, ROOT, read

TEXT = read(README)


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 130
    assert "<img" not in TEXT


def test_one_image_says_what_it_is() -> None:
    (image,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert (ROOT / image).stat().st_size < 150_000
    assert TEXT.index(image) < TEXT.index("pip install")


def test_it_has_a_door_for_each_reader() -> None:
    doors = re.findall(r"^## For (\w+)$", TEXT, re.MULTILINE)
    assert doors == ["artists", "researchers", "engineers"]


def test_it_leads_to_the_documents() -> None:
    for page in ("tutorials/first-image", "gallery", "how-to/README", "reference/components"):
        assert f"](docs/{page}.md)" in TEXT
    assert "](PLUGINS.md)" in TEXT
