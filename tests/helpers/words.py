"""Words and phrases that must not come back into what people read.

    python -m tests.helpers.words [PATH ...]

prints each place with the word to use instead. Spelling is codespell's work (`make lint`).
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

READ_BY_PEOPLE = (
    *("kernel", "plugins", "contrib", "docs", "examples", ".github"),
    *("README.md", "PLUGINS.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md"),
)
"""What is searched if no path is named."""

GLOSSARY = ROOT / "docs" / "glossary.md"
"""It lists the words that others must not have."""

PHRASES = {
    r"\bstrangers?\b": "third-party",
    r"\bwhoever\b": "anyone who, or name who",
    r"\b(?:to|can|cannot|could) be had\b": "available, unavailable",
    r'"""Returns? what\b': "name what it returns",
    r'"""(?:Offer them|Do it|The method|Make it|Return it)\.': "say what the name does not",
    r'"""See `[\w.]+`\."""': "say what it does",
    r"\btold\b": "logged, reported, or warned",
    r"\btells? (?:whether|that|how|what|of|the)\b": "return whether, log, warn, or report",
    r"\bway back\b": "backward pass",
    r"\b(?:goes|going|go|went) on\b": "resume, or continue",
    r"\basked for\b": "requested",
    r"\bwanted\b": "requested, or selected",
    r"\bno (?:longer )?numbers?(?: any more)?\b(?!s? of)": "NaN",
    r"[\"']Warning: ": "log at the level of a warning; no prefix",
    r"\bmisspelt|learnt\b": "misspelled, learned",
}
"""Regular expressions, each with what to write instead (the glossary has the reasons)."""

IDENTIFIER = re.compile(r"pictures?(?![a-z])", re.IGNORECASE)
"""An identifier says image."""

_SUFFIXES = {".py", ".md", ".toml", ".ipynb", ".yml"}
_PATTERNS = {re.compile(pattern, re.IGNORECASE): advice for pattern, advice in PHRASES.items()}


def findings(paths: Iterable[Path]) -> Iterator[str]:
    """Yield `FILE:LINE: WORD -> ADVICE` for each word that must not be there."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix not in _SUFFIXES or ".venv" in file.parts:
                continue
            if file.resolve() != GLOSSARY:
                yield from _in_file(file)


def _in_file(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, advice in _PATTERNS.items():
            for found in pattern.finditer(line):
                yield f"{file}:{number}: {found[0]!r} -> {advice}"
    if file.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and IDENTIFIER.search(token.string):
                yield f"{file}:{token.start[0]}: {token.string} -> image"


if __name__ == "__main__":
    places = [Path(word) for word in sys.argv[1:]] or [ROOT / name for name in READ_BY_PEOPLE]
    every = list(findings(places))
    print("\n".join(every))
    sys.exit(bool(every))
