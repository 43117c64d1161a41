"""Measures the seconds in the README's table of methods: `python -m benchmarks.methods [NAME ...]`.

Each command runs as a user types it, start-up and loading included, with cached weights. The result
replaces the row in `figures/methods.json` and the table in the README. Without names, everything
but `dual` is measured, which trains a network first.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shlex
import statistics
import sys
import tempfile
from pathlib import Path

import torch
from benchmarks.figures.tables import DOCUMENTS, FOLDER, fresh, load
from benchmarks.peers.process import run
from benchmarks.video.synthetic_clip import synthetic_clip

from stylekit.images.frames import Clip
from stylekit.machine.precision import supports_bfloat16_matmul
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.video import VideoAdapter

QUICK_SECONDS = 20.0
"""Commands that take less are measured three times, and the median is taken."""


def main() -> None:
    """Measure the requested methods, and write the figures and the table."""
    listed = load("methods")["methods"]
    names = [entry["method"] for entry in listed]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.methods", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default: 2)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"unknown: {', '.join(unknown)}")
    machine = "amx" if supports_bfloat16_matmul(torch.device("cpu")) else "plain"
    for entry in listed:
        if entry["method"] in (options.names or set(names) - {"dual"}):
            frames, first = entry.get("frames", 1), entry.get("first", "")
            seconds = measure(entry["command"], frames, options.threads, first)
            today = datetime.date.today().isoformat()
            entry.pop("note", None)
            entry |= {"seconds": float(f"{seconds:.3g}"), "machine": machine, "date": today}
            print(f"{entry['method']}: {seconds:.2f} s", flush=True)
            write(listed)


def measure(command: str, frames: int, threads: int, first: str = "") -> float:
    """Return the seconds of a whole command, divided by the number of frames.

    Args:
        first: a command that must run before, in the same folder; its time does not count.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if "clip.mp4" in command:
            clip = synthetic_clip(frames)
            wide = tuple(frame.resized(512, 288) for frame in clip)
            path = str(place / "clip.mp4")
            VideoAdapter(VideoParams()).write(Clip(wide, "clip", fps=clip.fps), path)
        # The peers' runner measures in the same way.
        variables = {"OMP_NUM_THREADS": str(threads)}

        def once(command: str) -> float:
            words = [sys.executable, "-m", "stylekit.cli.main", *shlex.split(command)[1:]]
            more = ["--device", "cpu", "--quiet", "--overwrite"]
            return run([*words, *more], place / "log", variables, place).whole

        if first:
            once(first)
        seconds = [once(command)]
        if seconds[0] < QUICK_SECONDS:
            seconds += [once(command), once(command)]
    return statistics.median(seconds) / frames


def write(listed: list[dict[str, object]]) -> None:
    """Replace the figures, one method a line, and the tables that show them."""
    lines = ",\n".join(f"    {json.dumps(entry, ensure_ascii=False)}" for entry in listed)
    text = f'{{\n  "methods": [\n{lines}\n  ]\n}}\n'
    (FOLDER / "methods.json").write_text(text, encoding="utf-8")
    for document in DOCUMENTS:
        shown = document.read_text(encoding="utf-8")
        document.write_text(fresh(shown), encoding="utf-8")


if __name__ == "__main__":
    main()
