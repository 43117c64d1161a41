"""From results to a Markdown report: all values, medians and ratios."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.peers.cases import PEERS
from benchmarks.peers.store import Result, Store

FRACTIONS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Fractions of the peer's time at which files are compared."""


def reach(ours: Result, target: Result) -> Result | None:
    """Return the first of stylekit's files that is as good, with a content term no higher."""
    for file in ours["files"]:
        if file["total"] <= target["total"] and file["content"] <= target["content"]:
            first: Result = file
            return first
    return None


def best(peer: Result) -> Result:
    """Return the best of a peer's files, intermediate or last."""
    files: list[Result] = [*peer["files"], peer["final"]]
    return min(files, key=lambda file: float(file["total"]))


def at(result: Result, seconds: float) -> Result | None:
    """Return the last file that existed at a time."""
    there = [file for file in result["files"] if file["seconds"] <= seconds]
    return there[-1] if there else None


def write_report(store: Store, machine: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    parts = ["# stylekit and its peers", "", *(f"- {key}: {text}" for key, text in machine.items())]
    parts += ["", *_curves(store), "", *_equal_times(store), ""]
    return "\n".join([*parts, *_memory(store)]) + "\n"


def _cases(store: Store) -> Iterable[tuple[str, str, str, Result, Result]]:
    for name in PEERS:
        for key in store.names(f"peer-{name}-"):
            size, _, pair = key.removeprefix(f"peer-{name}-").partition("-")
            peer, ours = store.get(key), store.get(key.replace("peer-", "stylekit-", 1))
            if peer and ours:
                yield name, size, pair, peer, ours


def _curves(store: Store) -> list[str]:
    lines = [
        "## Time to the objective of the peer's file",
        "",
        "In the loop, without loading; `content` is no higher than the peer's. In brackets: "
        "against the best of all files of the peer. Whole commands: the peer's "
        "default run, and `stylekit run` with as many steps as the loop took and 5 % more.",
        "",
        "| peer | size | pair | peer: s | total | content | stylekit: s | ratio | whole: peer s |"
        " stylekit s | ratio | its total | its content |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    ratios: dict[tuple[str, str], list[list[float]]] = {}
    for name, size, pair, peer, ours in _cases(store):
        final = peer["final"]
        there, there_best = reach(ours, final), reach(ours, best(peer))
        row = [name, size, pair, f"{peer['loop']:.0f}", _number(final["total"])]
        row += [_number(final["content"]), _seconds_of(there), ""]
        row[-1] = f"{_ratio(peer['loop'], there)} ({_ratio(peer['loop'], there_best)})"
        confirmed = store.get(f"confirmed-{name}-{size}-{pair}")
        whole = confirmed["whole"] if confirmed else None
        row += [f"{peer['whole']:.0f}", f"{whole:.0f}" if whole else "-"]
        row += [f"{peer['whole'] / whole:.1f}" if whole else "-"]
        row += [
            _number(confirmed["final"][key]) if confirmed else "-" for key in ("total", "content")
        ]
        lines.append(_row(row))
        pair_ratios = ratios.setdefault((name, size), [[], []])
        pair_ratios[0].append(peer["loop"] / there["seconds"] if there else 0.0)
        if whole:
            pair_ratios[1].append(peer["whole"] / whole)
    lines += ["", "Medians over the pairs:", "", "| peer | size | in the loop | whole |", _rule(4)]
    for (name, size), (loop, whole_ratios) in ratios.items():
        lines.append(_row([name, size, _median(loop), _median(whole_ratios)]))
    return lines


def _equal_times(store: Store) -> list[str]:
    lines = [
        "## The files at equal times",
        "",
        "stylekit's total / the peer's, at parts of the peer's time in the loop. stylekit runs for "
        "a fifth of it, and for three minutes at most: what it has then counts later too.",
        "",
        _row(["peer", "size", "pair", *(f"{part:g}" for part in FRACTIONS)]),
        _rule(3 + len(FRACTIONS)),
    ]
    medians: dict[tuple[str, str], list[list[float]]] = {}
    for name, size, pair, peer, ours in _cases(store):
        row, columns = [name, size, pair], medians.setdefault((name, size), [[] for _ in FRACTIONS])
        for part, column in zip(FRACTIONS, columns, strict=True):
            seconds = part * peer["loop"]
            theirs = peer["final"] if part == 1 else at(peer, seconds)
            mine = at(ours, seconds)
            if theirs and mine:
                column.append(mine["total"] / theirs["total"])
            row.append(f"{column[-1]:.2g}" if theirs and mine else "-")
        lines.append(_row(row))
    for (name, size), columns in medians.items():
        lines.append(_row([name, size, "median", *(_median(column) for column in columns)]))
    return lines


def _memory(store: Store) -> list[str]:
    lines = ["## Peak memory", "", "| tool | peak, MB | s | command |", _rule(4)]
    for key in store.names("memory-"):
        result = store.get(key)
        assert result is not None
        command = " ".join(part.rpartition("/")[2] for part in result["command"])
        peak = result["peak_mb"] * 2**20 / 1e6
        name = key.removeprefix("memory-")
        lines.append(_row([name, f"{peak:.0f}", f"{result['whole']:.0f}", f"`{command}`"]))
    return lines


def _number(value: float) -> str:
    return f"{value:.4g}"


def _seconds_of(file: Result | None) -> str:
    return f"{file['seconds']:.0f}" if file else "never"


def _ratio(seconds: float, file: Result | None) -> str:
    return f"{seconds / file['seconds']:.1f}" if file else "-"


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.2g}" if values else "-"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
