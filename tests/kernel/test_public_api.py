"""The public API does not change by accident."""

from __future__ import annotations

import difflib
from pathlib import Path

from tests.helpers.public_api import lines

SNAPSHOT = Path(__file__).parents[1] / "helpers" / "public_api.txt"


def test_the_public_api_is_as_it_was() -> None:
    before = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    changes = "\n".join(
        line
        for line in difflib.unified_diff(before, list(lines()), "before", "now", lineterm="", n=0)
        if not line.startswith("@@")
    )
    assert not changes, (
        f"The public API has changed:\n{changes}\n\nIf that is meant, say so in CHANGELOG.md, and: "
        "python -m tests.helpers.public_api > tests/helpers/public_api.txt"
    )
