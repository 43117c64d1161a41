"""The tables in the documents are those of the figures in benchmarks/figures."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from benchmarks.figures import tables

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(tables.FOLDER.glob("*.json"))
MARKED = {
    name
    for document in tables.DOCUMENTS
    for name in re.findall(r"<!-- figures: ([\w-]+) -->", document.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("document", tables.DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tables_are_fresh(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert tables.fresh(text) == text, "Make them anew: python -m benchmarks.figures"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_figure_is_shown_with_machine_date_and_command(path: Path) -> None:
    assert path.stem in MARKED
    data = json.loads(path.read_text(encoding="utf-8"))
    if path.stem == "machines":
        return
    for entry in data.get("figures") or data.get("methods") or [data]:
        assert entry["machine"] in tables.MACHINES
        assert datetime.date.fromisoformat(entry["date"]) <= datetime.date.today()
        assert entry["command"]


def test_commands_name_files_that_exist() -> None:
    for entry in tables.load("summary")["figures"]:
        for path in re.findall(r"(?:benchmarks|tests|notes)/[\w/.-]+", entry["command"]):
            folder = ROOT / "benchmarks" if path.startswith("notes") else ROOT
            assert (folder / path).exists(), entry["command"]


@pytest.mark.parametrize(
    ("entry", "met"),
    [
        ({"value": 3, "limit": {"at_most": 2}}, False),
        ({"value": [1, 2], "limit": {"at_most": 2}}, True),
        ({"value": [1, 3], "limit": {"at_least": 2}}, False),
        ({"value": 1, "peer": {"value": 4}, "limit": {"at_most_of_peer": 0.2}}, False),
        ({"value": 9}, True),
    ],
)
def test_a_missed_limit_is_noticed(entry: tables.Data, met: bool) -> None:
    assert tables.met(entry) is met


def test_missed_limits_are_marked() -> None:
    missed = [entry for entry in tables.load("summary")["figures"] if not tables.met(entry)]
    assert (ROOT / "benchmarks/README.md").read_text(encoding="utf-8").count("**missed**") == len(
        missed
    )


def test_a_stale_table_is_replaced() -> None:
    text = "before\n<!-- figures: kills -->\n| old |\n<!-- /figures -->\nafter\n"
    made = tables.fresh(text)
    assert "| old |" not in made
    assert "| a video | 76 | 0 |" in made
    assert made.startswith("before\n")
    assert made.endswith("after\n")
