"""Writes the tables anew: `python -m benchmarks.figures`."""

from __future__ import annotations

from benchmarks.figures.tables import DOCUMENTS, fresh

for document in DOCUMENTS:
    text = document.read_text(encoding="utf-8")
    document.write_text(fresh(text), encoding="utf-8")
