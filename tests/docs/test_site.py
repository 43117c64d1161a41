"""The site is built as `make docs` builds it: strictly, and so that it needs no other host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site: a link, an anchor or a page of the menu that is missing fails it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    return folder


def pages(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
        for path in site.rglob("*.html")
    }


def test_documents_of_the_repository_are_pages(site: Path) -> None:
    assert {"index.html", "PLUGINS.html", "CHANGELOG.html", "benchmarks/index.html"} <= {
        *pages(site)
    }
    assert not [*site.rglob("*.py")]


def test_pages_need_no_other_host(site: Path) -> None:
    """No font, script, style or image is loaded from elsewhere."""
    for name, html in pages(site).items():
        loaded = re.findall(r"<(?:script|img|source|iframe)\b[^>]*\bsrc=\"([^\"]*)", html)
        loaded += re.findall(r"<link\b[^>]*\brel=\"stylesheet\"[^>]*\bhref=\"([^\"]*)", html)
        loaded += re.findall(r"<link\b[^>]*\bhref=\"([^\"]*)\"[^>]*\brel=\"stylesheet\"", html)
        assert loaded
        assert not [address for address in loaded if re.match(r"(?:https?:)?//", address)], name
    assert "fonts.g" not in (site / "index.html").read_text(encoding="utf-8")


def test_what_pages_load_is_there(site: Path) -> None:
    for name, html in pages(site).items():
        if name == "404.html":  # Its addresses begin at the root of the host.
            continue
        for address in re.findall(r"<(?:img|script)\b[^>]*\bsrc=\"([^\"#?]*)", html):
            assert ((site / name).parent / address).is_file(), f"{name}: {address}"


def test_the_site_can_be_searched(site: Path) -> None:
    index = (site / "search/search_index.json").read_text(encoding="utf-8")
    assert "relu4_2" in index
