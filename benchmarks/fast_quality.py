"""How near `fast` comes to `gatys`: style, content and flicker, beside `arbitrary`.

    python -m benchmarks.fast_quality --data DIR --style DIR/style/night.jpg=night/best.safetensors

DIR has `content/` (photographs that no training saw) and may have `video/`. Each photograph is made
by `arbitrary`, by `gatys --quality draft` and by each trained network, and judged by networks and
pixels that no training minimizes:

- lite0, vgg16: distance of Gram matrices, `|G - G_style| / |G_style|`, mean over the layers;
  lite0 needs contrib/stylekit-lite0.
- patches: sliced Wasserstein distance of 7 x 7 patches of pixels, at three scales.
- content: mean squared difference of the features of `relu4_2` of VGG-16, of unit mean activation.

"closed" is the part of the way from `arbitrary` to `gatys` that `fast` went; 1 is all of it, and
there is none where `arbitrary` is as near to the painting (a dash in the table). Style
is expected to rise evenly from the photograph at strength 0. E_warp is the warping error of the
clips in DIR/video, in that of `arbitrary` and in that of `gatys`, frame by frame: first of each
frame on its own, then by the method `flow`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

import stylekit
from stylekit.images.frames import Clip, Frame, fit
from stylekit.inputs.sources import Sources
from stylekit.methods.base import Style
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.backbones.params import VGGParams
from stylekit_plugins.backbones.vgg import VGG
from stylekit_plugins.metrics.params import GramDistanceParams
from stylekit_plugins.metrics.style_distance import GramDistance
from stylekit_plugins.video.optical_flow import estimate_motion
from stylekit_plugins.video.temporal import warp_error

SIZES = (384, 512)
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
SUFFIXES = {".jpg", ".jpeg", ".png"}

CONTENT_LAYER = "relu4_2"
PATCH, DIRECTIONS, QUANTILES, SCALES = 7, 64, 512, (1, 2, 4)
PAIRS, CLIP_SIZE = 3, 320
"""Pairs of consecutive frames of each clip, and their long side in pixels."""

FLOW_FRAMES = 6
"""Frames that `flow` makes up to the end of each pair; in fewer, it is steadier than later."""

STYLE_METRICS = ("lite0", "vgg16", "patches")


def main() -> None:
    """Measure the networks; everything that was made lies in the output folder."""
    options = _parse()
    options.out.mkdir(parents=True, exist_ok=True)
    host = stylekit.Host()
    judge = Judge(host)
    contents = _images(options.data / "content", options.contents)
    results = {}
    for pair in options.style:
        source, _, weights = pair.partition("=")
        runs: dict[str, dict[str, Any]] = {
            "arbitrary": {"method": "arbitrary"},
            "gatys": {"method": "gatys", "quality": "draft"},
            "fast": {"method": "fast", "weights": weights},
        }
        found = _of_style(host, judge, source, runs, contents, options)
        results[Path(source).stem] = found
        print(json.dumps({Path(source).stem: found}, indent=1), flush=True)
    (options.out / "fast_quality.json").write_text(json.dumps(results, indent=1) + "\n")
    print(_table(results))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fast_quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="with content/ and maybe video/")
    add("--style", nargs="+", required=True, metavar="IMAGE=WEIGHTS", help="painting and network")
    add("--contents", nargs="+", metavar="NAME", help="those of DIR/content (default: all)")
    add("--sizes", type=int, nargs="+", default=SIZES, help="long sides in pixels")
    add("--out", type=Path, default=Path("out/fast_quality"), help="folder of images and figures")
    return parser.parse_args()


class Judge:
    """Scores results against their style and their content."""

    def __init__(self, host: stylekit.Host) -> None:
        try:
            from stylekit_lite0.params import Lite0Params
            from stylekit_lite0.style_distance import StyleDistance
        except ImportError:
            raise SystemExit("Install lite0 first: pip install -e contrib/stylekit-lite0") from None
        load = WeightsManager(host.catalogue, {}).load
        self._grams = {
            "lite0": StyleDistance(Lite0Params()),
            "vgg16": GramDistance(GramDistanceParams(network="vgg16")),
        }
        for metric in self._grams.values():
            metric.prepare(load, torch.device("cpu"))
        self._vgg = VGG(VGGParams(), load("vgg16"))

    def __call__(self, result: Frame, content: Frame, style: Frame) -> dict[str, float]:
        """Return the values of all metrics; lower is better."""
        resized = content.resized(result.width, result.height)
        clips = [Clip((frame,), frame.origin) for frame in (result, resized)]
        scores = {
            name: float(metric.score_pair(clips[0], clips[1], (Style(style, 1.0),)))
            for name, metric in self._grams.items()
        }
        size = fit(style.width, style.height, max(result.width, result.height))
        scores["patches"] = patch_distance(result.pixels, style.resized(*size).pixels)
        with torch.no_grad():
            features = [
                self._vgg.features(frame.pixels[None], (CONTENT_LAYER,))[CONTENT_LAYER]
                for frame in (result, resized)
            ]
        return scores | {"content": float(F.mse_loss(*features))}


def patch_distance(image: Tensor, style: Tensor) -> float:
    """Return the sliced Wasserstein distance (W1) of patches of images (3, H, W) of any sizes."""
    generator = torch.Generator().manual_seed(0)
    total = 0.0
    for scale in SCALES:
        directions = F.normalize(torch.randn(DIRECTIONS, 3 * PATCH**2, generator=generator), dim=1)
        kernel = directions.view(DIRECTIONS, 3, PATCH, PATCH)
        quantiles = []
        for pixels in (image, style):
            projected = F.conv2d(F.avg_pool2d(pixels[None], scale), kernel)[0].flatten(1)
            ordered = projected.sort(dim=1).values
            places = (torch.arange(QUANTILES) + 0.5) / QUANTILES * ordered.shape[1]
            quantiles.append(ordered[:, places.long()])
        total += float((quantiles[0] - quantiles[1]).abs().mean())
    return total / len(SCALES)


def _of_style(
    host: stylekit.Host,
    judge: Judge,
    source: str,
    runs: Mapping[str, Mapping[str, Any]],
    contents: Sequence[Path],
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Return the mean values by size and method, the strengths, and the warping errors."""
    read = Sources(host.catalogue, {}).read_image
    style = read(source)
    found: dict[str, Any] = {"sizes": {}}
    for size in options.sizes:
        rows: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
        for path in contents:
            for name, run in runs.items():
                out = options.out / f"{Path(source).stem}-{path.stem}-{size}-{name}.png"
                if name == "fast" or not out.exists():
                    _run(host, run, str(path), source, size, out)
                rows[name].append(judge(read(str(out)), read(str(path)), style))
        means = {name: _mean(each) for name, each in rows.items()}
        found["sizes"][str(size)] = means | {
            "closed": {metric: _closed(metric, means) for metric in STYLE_METRICS}
        }
    content = contents[0]
    for strength in STRENGTHS:
        out = options.out / f"{Path(source).stem}-{content.stem}-strength-{strength:g}.png"
        run = {**runs["fast"], "fast": {"strength": strength}}
        _run(host, run, str(content), source, options.sizes[0], out)
        image, original = read(str(out)), read(str(content))
        change = (image.pixels - original.resized(image.width, image.height).pixels).abs().mean()
        scores = judge(image, original, style) | {"change of 255": 255 * float(change)}
        found.setdefault("strengths", {})[f"{strength:g}"] = scores
    clips = sorted((options.data / "video").glob("*.mp4"))
    if clips:
        found["warp"] = {
            clip.stem: _warp(host, runs, str(clip), source, options.out) for clip in clips
        }
    return found


def _closed(metric: str, means: Mapping[str, Mapping[str, float]]) -> float | None:
    way = means["arbitrary"][metric] - means["gatys"][metric]
    return (means["arbitrary"][metric] - means["fast"][metric]) / way if way > 0 else None


def _run(
    host: stylekit.Host, run: Mapping[str, Any], content: str, style: str, size: int, out: Path
) -> None:
    run = dict(run)
    method = run.pop("method")
    if method != "fast":
        run["style"] = style
    host.run(method, content=content, size=size, out=str(out), overwrite=True, **run)


def _warp(
    host: stylekit.Host, runs: Mapping[str, Mapping[str, Any]], clip: str, style: str, out: Path
) -> dict[str, float]:
    """Return the mean warping error of a clip's content, and of each method's frames."""
    video = Sources(host.catalogue, {}).read(clip)
    count = len(video.frames)
    errors: dict[str, list[float]] = {name: [] for name in ("content", *runs, "flow")}
    read = Sources(host.catalogue, {}).read_image
    for pair in range(PAIRS):
        index = 1 + pair * (count - 2) // PAIRS
        frames = [video.frames[k] for k in (index, index - 1)]
        size = fit(frames[0].width, frames[0].height, CLIP_SIZE)
        later, earlier = (frame.resized(*size) for frame in frames)
        motion = estimate_motion(later, earlier)
        errors["content"].append(warp_error(later, earlier, motion))
        for name in runs:
            made = []
            for number, frame in ((index, later), (index - 1, earlier)):
                source = out / f"{Path(clip).stem}-{number}.png"
                path = out / f"{Path(style).stem}-{source.stem}-{name}.png"
                if name == "fast" or not path.exists():
                    Image.fromarray(frame.to_array()[..., :3]).save(source)
                    _run(host, runs[name], str(source), style, CLIP_SIZE, path)
                made.append(read(str(path)))
            errors[name].append(warp_error(made[0], made[1], motion))
        before = range(max(0, index + 1 - FLOW_FRAMES), index + 1)
        along = _along_the_flow(
            host, runs["fast"], [video.frames[k].resized(*size) for k in before]
        )
        errors["flow"].append(warp_error(along[-1], along[-2], motion))
    return {name: sum(values) / len(values) for name, values in errors.items()}


def _along_the_flow(
    host: stylekit.Host, run: Mapping[str, Any], frames: Sequence[Frame]
) -> Sequence[Frame]:
    """Return frames made by the method `flow`."""
    with tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(frames):
            Image.fromarray(frame.to_array()[..., :3]).save(f"{folder}/{number:03}.png")
        made = host.run(
            "flow",
            content=f"sequence:{folder}",
            weights=run["weights"],
            size=CLIP_SIZE,
            flow={"method": run["method"]},
        )
        return list(made.clips[-1])


def _table(results: Mapping[str, Any]) -> str:
    """Return the results as Markdown: each metric of arbitrary / fast / gatys."""
    metrics, order = (*STYLE_METRICS, "content"), ("arbitrary", "fast", "gatys")
    lines = [
        f"| painting | px | {' | '.join(metrics)} | closed: {', '.join(STYLE_METRICS)} | E_warp |",
        "|" + "---|" * (len(metrics) + 4),
    ]
    for painting, found in results.items():
        warps = found.get("warp", {}).values()
        sums = {name: sum(warp[name] for warp in warps) for name in (*order, "flow")}
        parts = ", ".join(
            f"{sums[made] / sums[other]:.2f}"
            for made in ("fast", "flow")
            for other in ("arbitrary", "gatys")
            if warps
        )
        for size, by_method in found["sizes"].items():
            cells = [
                " / ".join(f"{by_method[name][metric]:.3f}" for name in order) for metric in metrics
            ]
            parts_closed = [by_method["closed"][metric] for metric in STYLE_METRICS]
            closed = ", ".join("-" if part is None else f"{part:.2f}" for part in parts_closed)
            lines.append(f"| {painting} | {size} | {' | '.join(cells)} | {closed} | {parts} |")
    return "\n".join(lines)


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {metric: sum(row[metric] for row in rows) / len(rows) for metric in rows[0]}


def _images(folder: Path, names: Collection[str] | None) -> list[Path]:
    images = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    if names is None:
        return images
    if missing := set(names) - {path.stem for path in images}:
        raise SystemExit(f"{folder} has no images named {', '.join(sorted(missing))}.")
    return [path for path in images if path.stem in names]


if __name__ == "__main__":
    main()
