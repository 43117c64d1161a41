"""A table for a paper: which method keeps the content, and which has more of the style?

    python examples/paper_table.py table/

You learn what a labeled dataset looks like, how to run an experiment from Python, and where its
numbers are: LaTeX (`table.tex`), JSON with every single value (`report.json`), a page with images
(`page.html`). About a minute. The weights of the classifier are fetched at first use (19 MB).

Three photographs prove nothing: give a folder of hundreds, and the intervals become narrow.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import stylekit
from stylekit.cli.main import main as command

PHOTOGRAPHS = {"chelsea": "n02124075", "coffee": "n07920052", "rocket": "n04266014"}
"""Samples with the WordNet id of what they show: Egyptian cat, espresso, space shuttle."""


def make_dataset(folder: Path) -> Path:
    """Save each photograph in a folder that is named by its class."""
    for name, wordnet_id in PHOTOGRAPHS.items():
        result = stylekit.run("identity", content=f"sample:{name}", size=384)
        result.save(folder / wordnet_id / f"{name}.png", overwrite=True)
    return folder


def main(out: Path, size: int = 192, steps: int = 20) -> None:
    """Compare three settings over two styles, and print the table in LaTeX."""
    dataset = make_dataset(out / "dataset")
    report = out / "report"
    arguments = ["evaluate", "content-retention", "--dataset", str(dataset)]
    arguments += ["--styles", "sample:swirls", "sample:waves", "--out", str(report)]
    arguments += ["--methods", "gatys:vgg19+style_weight=10", "gatys:vgg19+style_weight=100"]
    arguments += ["arbitrary", "identity", "--size", str(size), "--steps", str(steps)]
    arguments += ["--set", 'content-retention.classifier=["efficientnet-lite0"]']
    if command(arguments):
        sys.exit("The experiment failed; the lines above say why.")
    scores = json.loads((report / "report.json").read_text(encoding="utf-8"))["scores"]
    print(f"top-1 of the photographs: {scores['clean top1']:.0%}")
    print((report / "table.tex").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
