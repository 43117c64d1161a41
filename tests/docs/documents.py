"""The documents of the repository, and what they show: commands, blocks, links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

DOCS = sorted((ROOT / "docs").rglob("*.md"))
CONTRIB = sorted(ROOT.glob("contrib/*/README.md"))
MANUAL = ROOT / "PLUGINS.md"
README = ROOT / "README.md"

SHOWING = [README, MANUAL, *DOCS, *CONTRIB, *sorted((ROOT / "examples").glob("*.md"))]
"""Documents whose commands and Python readers copy."""

EVERY = sorted(
    {
        *SHOWING,
        *ROOT.glob("*.md"),
        *ROOT.glob("benchmarks/**/*.md"),
        *ROOT.glob("tests/**/*.md"),
        *ROOT.glob(".github/**/*.md"),
    }
)

FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)$", re.DOTALL | re.MULTILINE)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def typed(text: str) -> list[str]:
    """Every line after a prompt in console blocks."""
    return [
        line.split("$ ", 1)[1]
        for block in blocks(text, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def commands(text: str) -> list[list[str]]:
    """Every stylekit command that a document shows, in console blocks and in backquotes."""
    shown = typed(text) + re.findall(r"`(stylekit [^`]+)`", FENCE.sub("", text))
    split = [shlex.split(line, comments=True) for line in shown]
    return [words for words in split if words[:1] == ["stylekit"]]


def prose(text: str) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """Return the names of a document's headings in links, as code hosts make them."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).strip().replace(" ", "-")
        names.add(f"{name}-{found[name]}" if name in found else name)
        found[name] = found.get(name, 0) + 1
    return names
