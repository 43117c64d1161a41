"""Checks that a release says the same version everywhere.

    python -m tests.helpers.release v0.1.0

prints what differs from the tag: the package, CITATION.cff, the changelog and its date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from stylekit import __version__

ROOT = Path(__file__).resolve().parents[2]


def problems(version: str) -> Iterator[str]:
    """Yield what does not say `version`, or not one date."""
    if __version__ != version:
        yield f"kernel/stylekit/version.py has {__version__}, not {version}"
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = _field(citation, "version"), _field(citation, "date-released")
    if cited[0] != version:
        yield f"CITATION.cff has {cited[0]}, not {version}"
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## \[?{re.escape(version)}\]? .*?(\d{{4}}-\d\d-\d\d)", changelog, re.M)
    if section is None:
        yield f"CHANGELOG.md has no dated section {version}"
    elif section[1] != cited[1]:
        yield f"CHANGELOG.md is dated {section[1]}, CITATION.cff {cited[1]}"


def _field(citation: str, name: str) -> str:
    found = re.search(rf"^{name}: *['\"]?([^'\"\n]+)", citation, re.M)
    return found[1] if found else "nothing"


if __name__ == "__main__":
    every = list(problems(sys.argv[1].removeprefix("v")))
    print("\n".join(every))
    sys.exit(bool(every))
