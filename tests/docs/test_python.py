"""Python that a document shows runs; blocks of PLUGINS.md have tests of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from tests.docs.documents import MANUAL, SHOWING, blocks, named, read

BLOCKS = [
    pytest.param(code, id=f"{named(path)}-{number}")
    for path in SHOWING
    if path != MANUAL
    for number, code in enumerate(blocks(read(path), "python"), 1)
]
FILES = re.compile(r"\"(\w+\.(?:jpg|png))\"")
SCRIPT = re.compile(r"# \w+\.py\n")
CALL = re.compile(r"(stylekit\.(?:run|iterate)\((?:[^()]|\([^()]*\))*?),?\s*\)")


@pytest.mark.parametrize("code", BLOCKS)
def test_python_runs(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As shown, with small images in place of the reader's, and few steps."""
    monkeypatch.chdir(tmp_path)
    for name in FILES.findall(code):
        Image.effect_noise((64, 48), 60).convert("RGB").save(tmp_path / name)
    given = re.sub(r",?\s*\b(?:size|steps)=\d+", "", code)
    # The scripts of tutorials are small already.
    small = code if SCRIPT.match(code) else CALL.sub(r"\1, size=64, steps=3)", given)
    exec(compile(small, "document.py", "exec"), {"__name__": "__main__"})


def test_there_is_python_to_run() -> None:
    assert len(BLOCKS) >= 4
