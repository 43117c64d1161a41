"""Tables of the command line: no cell is cut, on a terminal or in a pipe."""

from __future__ import annotations

import io

import pytest

from stylekit.cli.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO], ids=["terminal", "pipe"])
def test_a_narrow_table_breaks_names_and_cuts_none(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    name = "a-name-of-many-letters-that-is-longer-than-the-terminal"
    out = stream()
    Console(out=out).table(("name", "value"), [(name, "1"), ("[b]", "2")])
    text = out.getvalue()
    assert "…" not in text
    assert "".join(line.split("  ")[0].strip() for line in text.splitlines()).count(name) == 1
    assert "[b]" in text
