"""Comparison of the video methods; each (video, styles, method) is measured once.

    python -m benchmarks.video [CLIP...] --styles FILE... --frames 50 --size 256

Without a clip, the synthetic one is used (`synthetic`). Results are stored in `out/clips` and not
measured again; `report.md` has the table, `*.mkv` the clips (lossless), `*.png`
consecutive frames to look at.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.video.synthetic_clip import synthetic_clip
from PIL import Image

import stylekit
from stylekit.images.frames import Clip
from stylekit.inputs.sources import Sources
from stylekit.methods.base import Style
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.video.linearity import LinearityMetric
from stylekit_plugins.video.params import LinearityParams, TemporalParams
from stylekit_plugins.video.temporal import Temporal

METHODS = ("per-frame", "flow", "dual", "dual-pixel")
STYLES = tuple(f"sample:{name}" for name in ("swirls", "waves", "poppies", "mosaic", "swirls"))
CASES = {
    "1": (1, "linear"),
    "2": (2, "linear"),
    "hard": (2, "step"),
    "3": (3, "linear"),
    "5": (5, "linear"),
}
LOSSLESS = {"video": {"codec": "ffv1"}}
"""Lossless, because the losses of H.264 would differ from strategy to strategy."""

SHOWN = 6
"""Number of consecutive frames of a sheet, around the middle."""


def main() -> None:
    options = _parse()
    out: Path = options.out
    (out / "results").mkdir(parents=True, exist_ok=True)
    host = stylekit.Host()
    sources = Sources(host.catalogue, {})
    for source in options.clips or ["synthetic"]:
        name = Path(source).stem
        clip = synthetic_clip(options.frames) if source == "synthetic" else sources.read(source)
        count = min(options.frames, len(clip.frames))
        first = tuple(clip.frames[k] for k in range(count))
        content = Clip(first, clip.origin, clip.fps, tuple(clip.times)[:count])
        path = out / f"content-{name}-{count}.mkv"
        if not path.exists():
            sources.writer(path).write(content, str(path))
        for case in options.cases:
            for method in options.methods:
                key = f"{name}-{count}-{options.size}-{case}-{method}{options.tag}"
                file = out / "results" / f"{key}.json"
                if not file.exists():
                    found = _measure(host, path, case, method, options, out / key)
                    file.write_text(json.dumps(found, indent=1) + "\n")
                print(key, file.read_text(), flush=True)
    report = _report(out / "results")
    (out / "report.md").write_text(report)
    print(report)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.video", description=__doc__)
    add = parser.add_argument
    add("clips", nargs="*", help="video files; none: the synthetic one")
    add("--styles", nargs="+", default=list(STYLES), help="five style images")
    add("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    add(
        "--cases",
        nargs="+",
        choices=tuple(CASES),
        default=list(CASES),
        help="number of styles; hard: a sudden change",
    )
    add("--frames", type=int, default=50)
    add("--size", type=int, default=256)
    add("--backbone", default="vgg19")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="as in `stylekit run`")
    add("--tag", default="", help="suffix of the results' names, to distinguish settings")
    add("--out", type=Path, default=Path("out/clips"))
    return parser.parse_args()


def _measure(
    host: stylekit.Host, path: Path, case: str, method: str, options: argparse.Namespace, out: Path
) -> dict[str, Any]:
    """Run a strategy and compute the metrics of its result."""
    from stylekit.inputs.settings import settings_layer

    count, interpolation = CASES[case]
    styles = _scheduled(options.styles[:count], case == "hard")
    start = time.perf_counter()
    result = host.run(
        method,
        content=str(path),
        style=styles,
        size=options.size,
        backbone=options.backbone,
        config=settings_layer(options.set) | {"interp": interpolation} | LOSSLESS,
        out=str(out.with_suffix(".mkv")),
        overwrite=True,
    )
    seconds = time.perf_counter() - start
    output = result.clips[-1]
    whole = Sources(host.catalogue, {}).read(str(path))
    width, height = output.image.width, output.image.height
    frames = tuple(frame.resized(width, height) for frame in whole.frames)
    content = replace(whole, frames=frames)
    output = replace(whole, frames=tuple(output.frames))
    _sheet(output).save(out.with_suffix(".png"))

    def warp(of: Clip, term: str) -> float:
        return Temporal(TemporalParams(term=term)).score_pair(of, content, ())  # type: ignore[arg-type]

    found = {
        "clip": path.stem,
        "case": case,
        "method": method + options.tag,
        "settings": options.set,
        "frames": len(output.frames),
        "size": options.size,
        "seconds": seconds,
        "losses": result.losses,
        "warp": warp(output, "short"),
        "warp_long": warp(output, "long"),
        "warp_content": warp(content, "short"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    if count > 1:
        read = Sources(host.catalogue, {}).read_image
        key_styles = tuple(
            Style(read(source), 1 / count, at=when)
            for source, when in (each.rsplit("@", 1) for each in styles)
        )
        evaluator = LinearityMetric(LinearityParams(interp=interpolation))  # type: ignore[arg-type]
        evaluator.prepare(WeightsManager(host.catalogue, {}).load, torch.device("cpu"))
        found |= evaluator.report(output, whole, key_styles).scores
    return found


def _scheduled(styles: list[str], hard: bool) -> list[str]:
    if len(styles) == 1:
        return styles
    if hard:
        return [f"{styles[0]}@0", f"{styles[1]}@50%"]
    last = len(styles) - 1
    return [f"{style}@{100 * k / last:.6g}%" for k, style in enumerate(styles)]


def _sheet(output: Clip) -> Image.Image:
    """Return consecutive frames around the middle, and the first and last ones."""
    middle = len(output.frames) // 2
    near = [middle + k - SHOWN // 2 for k in range(SHOWN)]
    spread = [round(k * (len(output.frames) - 1) / (SHOWN - 1)) for k in range(SHOWN)]
    rows = [
        np.concatenate([output.frames[k].to_array()[..., :3] for k in indices], axis=1)
        for indices in (near, spread)
    ]
    return Image.fromarray(np.concatenate(rows, axis=0))


def _key(found: dict[str, Any]) -> tuple[str, int, str]:
    return found["clip"], found["size"], found["case"]


def _report(folder: Path) -> str:
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    found = [each | {"own": each["losses"]["style"]} for each in found]
    bases = {_key(f): f for f in found if f["method"] == "per-frame"}
    columns = (
        "clip|px|styles|method|s|E_warp|/ per-frame|content's|Rsq|kappa|step|slope"
        "|style loss|/ per-frame|the method's|/ per-frame"
    )
    lines = [f"|{columns}|".replace("|", " | ").strip(), "|" + "---|" * 16]
    for each in found:
        base = bases.get(_key(each), {})

        def shown(key: str, form: str, each: dict[str, Any] = each) -> str:
            return f"{each[key]:{form}}" if key in each else ""

        def part(key: str, each: dict[str, Any] = each, base: dict[str, Any] = base) -> str:
            return f"{each[key] / base[key]:.2f}" if key in each and key in base else ""

        cells = [
            *(each["clip"], str(each["size"]), each["case"], each["method"]),
            shown("seconds", ".0f"),
            *(shown("warp", ".2e"), part("warp"), shown("warp_content", ".2e")),
            *(shown(key, ".3f") for key in ("rsq", "kappa", "step", "slope")),
            *(shown("style_loss", ".3g"), part("style_loss")),
            *(shown("own", ".3g"), part("own")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
