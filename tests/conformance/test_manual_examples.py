"""Every component that PLUGINS.md shows passes the suite of its kind."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "PLUGINS.md").read_text(encoding="utf-8").partition("\n## Reference\n")[2]

SUITES = """
from stylekit import hookspecs, testing

import {module} as example

for holder in vars(example).copy().values():
    if not (isinstance(holder, type) and holder.__module__ == "{module}"):
        continue
    for name in set(hookspecs.REGISTER) & set(dir(holder)):
        for spec in getattr(holder(), name)():
            suite = testing.suite_of(spec.kind)
            values = {{"component": spec.name, "plugin": holder(), "discover": True}}
            values |= {extra}
            title = "Test" + "".join(word.capitalize() for word in spec.name.split("-"))
            globals()[title] = type(title, (suite,), values)
del holder, suite
"""

EXTRA = {
    "Bright": {"sources": ("60%",), "bad": ("much", "")},
    "Palette": {"argv": ("sample:coffee",), "json": True},
    "Following": {"options": {"backbone": "vgg19"}},
}
"""What a suite cannot know, by a class of the example."""


def examples() -> dict[str, str]:
    """Return the components that the reference shows, by the name of the first class."""
    blocks = re.findall(r"```python\n(.*?)```", REFERENCE, re.DOTALL)
    shown = [block for block in blocks if "def register_" in block]
    return {re.findall(r"class (\w+)", block)[0]: block for block in shown}


@pytest.mark.parametrize("name", examples())
def test_it_passes_its_suite(name: str, tmp_path: Path) -> None:
    code = re.split(r"^(?:host|layers|result) = ", examples()[name], flags=re.MULTILINE)[0]
    module = f"{name.lower()}_of_the_manual"
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    extra = EXTRA.get(name, {})
    text = SUITES.format(module=module, extra=extra)
    (tmp_path / "test_example.py").write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert re.search(r"\d+ passed", ran.stdout), ran.stdout
