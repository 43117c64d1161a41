"""Makes the tables of figures in the documents from the JSON files in this folder.

A document marks the place of a table with `<!-- figures: NAME -->` and `<!-- /figures -->`.
`summary.json` has one figure a row, with its peer and its limit; `methods.json` is measured by
`python -m benchmarks.methods`; `machines.json` says where; every other file is one table, as
columns and rows.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "benchmarks/README.md",
    *sorted((ROOT / "benchmarks/notes").glob("*.md")),
)
MACHINES: dict[str, dict[str, str]] = json.loads(
    (FOLDER / "machines.json").read_text(encoding="utf-8")
)
PLACE = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)

SHORT = {
    "pytest benchmarks/": "",
    "python -m benchmarks.peers --peers-venv DIR --only ": "peers ",
    "python -m benchmarks.video ": "video ",
}
"""How the summary abbreviates commands; benchmarks/README.md explains it."""

Data = dict[str, Any]


def load(name: str) -> Data:
    """Read the figures in `NAME.json`."""
    data: Data = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data


def fresh(text: str) -> str:
    """Replace each marked table of a document by what the JSON files say now."""
    return PLACE.sub(lambda place: place[1] + table(place[2]) + place[3], text)


def table(name: str) -> str:
    """Format one marked table, by its name."""
    if name == "machines":
        return machines()
    if name == "summary":
        return summary()
    if name == "methods":
        return methods()
    data = load(name)
    lines = [
        _row(_heading(column) for column in data["columns"]),
        _row("---" for _ in data["columns"]),
        *(
            _row(_cell(value, column) for value, column in zip(row, data["columns"], strict=True))
            for row in data["rows"]
        ),
        "",
        f"{MACHINES[data['machine']]['name']}, {data['date']}: `{data['command']}`",
    ]
    return "\n".join(lines) + "\n"


def machines() -> str:
    """Format the table of machines, in the order in which figures are listed."""
    rows = [_row((each["name"], each["description"])) for each in MACHINES.values()]
    return "\n".join([_row(("machine", "what it is")), "|---|---|", *rows]) + "\n"


def summary() -> str:
    """Format each figure beside the best peer and the limit, by machine."""
    lines = [
        "| What | stylekit | Best peer | Limit | Machine | Command |",
        "|---|---|---|---|---|---|",
    ]
    order = list(MACHINES)
    for entry in sorted(load("summary")["figures"], key=lambda e: order.index(e["machine"])):
        peer = entry.get("peer")
        lines.append(
            _row(
                (
                    entry["what"],
                    _measured(entry) + ("" if met(entry) else " **missed**"),
                    f"{_measured(peer)} ({peer['name']})" if peer else "",
                    _limit(entry),
                    MACHINES[entry["machine"]]["name"],
                    _command(entry["command"]),
                )
            )
        )
    return "\n".join(lines) + "\n"


def methods() -> str:
    """Format the table of methods that opens the README."""
    lines = [
        "| Method | Paper | Images | Video | Time |",
        "|---|---|---|---|---|",
    ]
    for entry in load("methods")["methods"]:
        lines.append(
            _row(
                (
                    f"`{entry['method']}`",
                    entry["paper"],
                    "yes" if entry["images"] else "",
                    entry["video"],
                    _time(entry),
                )
            )
        )
    return "\n".join(lines) + "\n"


def met(entry: Data) -> bool:
    """Compare a figure with its limit; of a range, the worse end counts."""
    limit = entry.get("limit", {})
    value = entry["value"]
    worst = min if "at_least" in limit else max
    figure = worst(value) if isinstance(value, list) else value
    if "at_most" in limit:
        return bool(figure <= limit["at_most"])
    if "at_least" in limit:
        return bool(figure >= limit["at_least"])
    if "at_most_of_peer" in limit:
        return bool(figure <= limit["at_most_of_peer"] * entry["peer"]["value"])
    return True


def _command(command: str) -> str:
    """Format a command as the legend above the table abbreviates it, or the link to its note."""
    note = command.removeprefix("see ")
    if note != command:
        return f"[{note}]({note})"
    for long, short in SHORT.items():
        command = command.replace(long, short)
    return f"`{command}`"


def _time(entry: Data) -> str:
    if entry["seconds"] is None:
        return "not measured"
    seconds = entry["seconds"]
    text = f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    text += f" {entry['for']}" if "for" in entry else ""
    notes = [] if entry["machine"] == "plain" else [MACHINES[entry["machine"]]["name"]]
    notes += [entry["note"]] if "note" in entry else []
    return f"{text} ({', '.join(notes)})" if notes else text


def _limit(entry: Data) -> str:
    limit = entry.get("limit", {})
    unit = _unit(entry.get("unit", ""))
    if "at_most" in limit:
        return f"≤ {_number(limit['at_most'])}{unit}"
    if "at_least" in limit:
        return f"≥ {_number(limit['at_least'])}{unit}"
    if "at_most_of_peer" in limit:
        return f"≤ {limit['at_most_of_peer']:.0%} of the peer's"
    return ""


def _measured(entry: Data) -> str:
    value = entry["value"]
    values = value if isinstance(value, list) else [value]
    return " to ".join(map(_number, values)) + _unit(entry.get("unit", ""))


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _heading(column: Data) -> str:
    return f"{column['name']}, {column['unit']}" if "unit" in column else str(column["name"])


def _cell(value: Any, column: Data) -> str:
    if value is None:
        return ""
    decimals = column.get("decimals")
    if isinstance(value, dict):
        low, high = (_number(end, decimals) for end in value["interval"])
        return f"{_number(value['value'], decimals)} [{low}, {high}]"
    return value if isinstance(value, str) else _number(value, decimals)


def _number(value: float, decimals: int | None = None) -> str:
    if decimals is not None:
        return f"{value:.{decimals}f}"
    if isinstance(value, int):
        return f"{value:,}" if value >= 10_000 else str(value)
    return f"{value:g}".replace("e-0", "e-")


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
