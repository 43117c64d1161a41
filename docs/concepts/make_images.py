"""Makes the images of the pages in this folder from the built-in samples.

    python docs/concepts/make_images.py [FIGURE ...]

All of them take half an hour on one core. Diagrams (`*-diagram.svg`) are drawn by hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import Captioned, save_chart, save_rows
from PIL import Image

import stylekit

FOLDER = Path(__file__).parents[1] / "images/concepts"
SIDE = 224
"""Long side of the images of `gatys`, in pixels."""

SAMPLES = {"content": "sample:chelsea", "style": "sample:swirls"}
CUP, STYLE = "sample:coffee", "sample:swirls"
OBJECT = "grabcut:10%,1%,76%,98%"
"""The cup and its saucer."""

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

FRAMES, RATE, PAN = 16, 8, 2
"""Frames of the video, frames per second, and its motion in pixels per frame."""

WIDTH, HEIGHT = 144, 96
"""Size of the video in pixels."""

KEY_STYLES = ("sample:swirls@0", "sample:poppies@50%")
VIDEO_METHODS = ("per-frame", "flow", "dual")
SHOWN = (2, 6, 7, 8, 9, 13)
"""Frames on the sheet; the style changes at frame 8."""


def content() -> Image.Image:
    """Return the content image at the size of the results."""
    return stylekit.run("identity", content=SAMPLES["content"], size=SIDE).image.to_pil()


def gatys(**options: Any) -> Image.Image:
    """Return an image by the method `gatys`."""
    result = stylekit.run("gatys", **{"backbone": "vgg19", "size": SIDE, **SAMPLES, **options})
    return result.image.to_pil()


def with_losses(name: str, image: Image.Image) -> Captioned:
    """Caption an image with its losses: those that one step from there begins with."""
    run = stylekit.iterate("gatys", **SAMPLES, backbone="vgg19", size=SIDE, steps=1, init=image)
    losses = next(iter(run)).losses
    values = [f"{loss} {float(losses[loss]):.3g}" for loss in ("total", "content", "style")]
    return Captioned(image, [name, *values])


def steps(path: Path) -> None:
    """Show the image at some steps of a default run, with its losses."""
    shown = {0: content()}
    run = stylekit.iterate(
        "gatys",
        **SAMPLES,
        backbone="vgg19",
        size=SIDE,
        steps=100,
        gatys={"min_improvement": 0.0},
    )
    for step in run:
        if step.index in (5, 20, 40, 100):
            shown[step.index] = step.snapshot().image.to_pil()
    save_rows([[with_losses(f"step {index}", image) for index, image in shown.items()]], path)


def initial(path: Path) -> None:
    """Show initial images, and the results after 50 steps."""
    names = ("mixup", "content", "noise", "style")
    save_rows([[with_losses(f"init {name}", gatys(init=name, steps=50)) for name in names]], path)


def style_weight(path: Path) -> None:
    """Show results of different style weights."""
    cells = []
    for weight in (1, 10, 30, 100, 1000):
        image = gatys(steps=50, gatys={"style_weight": float(weight)})
        cells.append(Captioned(image, [f"style_weight {weight}"]))
    save_rows([cells], path)


def layers(path: Path) -> None:
    """Show what each style layer stores: alone, without and with a content image."""
    textures, images = [], []
    for layer in STYLE_LAYERS:
        one = {"style_layers": {layer: 1.0}}
        texture = gatys(init="noise", steps=50, gatys={**one, "content_weight": 0.0})
        textures.append(Captioned(texture, [f"{layer} alone"]))
        images.append(Captioned(gatys(steps=50, gatys=one), ["with content"]))
    save_rows([textures, images], path)


def video(path: Path) -> None:
    """Show frames around a sudden change of style, and draw the style over time."""
    with tempfile.TemporaryDirectory() as folder:
        frames = Path(folder) / "frames"
        pan(frames)
        content = [f"sequence:{frames}", "--set", f"sequence.fps={RATE}"]
        rows = [cells("content", sorted(frames.iterdir()))]
        positions = {}
        for method in VIDEO_METHODS:
            out = Path(folder) / f"{method}.mkv"
            styles = [word for style in KEY_STYLES for word in ("--style", style)]
            command("run", "--content", *content, *styles, "--interp", "step", "--method", method)(
                *("--backbone", "vgg19", "--size", str(WIDTH)),
                *("--steps", "25", "--set", "dual.steps=150"),
                *("--set", "video.codec=ffv1", "--keep-frames", "--out", str(out)),
            )
            measured = Path(folder) / f"{method}-linearity"
            command("evaluate", "linearity", "--result", str(out), "--content", *content)(
                *styles, "--set", "linearity.interp=step", "--out", str(measured)
            )
            report = json.loads((measured / "report.json").read_text())
            print(method, report["scores"])
            lines = report["lines"]["Style weights"]
            times = report["times"]
            positions["requested"] = list(zip(times, lines["poppies, requested"], strict=True))
            positions[method] = list(zip(times, lines["poppies, measured"], strict=True))
            rows.append(cells(method, sorted(out.with_suffix(".frames").glob("*.png"))))
        save_rows(rows, path)
        save_chart(
            "How much of the second style each frame has",
            "seconds",
            positions,
            path.with_name("dual-position.svg"),
            high=1.25,
            marks=(0, 0.25, 0.5, 0.75, 1),
            ticks=(0, 0.5, 1, 1.5),
        )


def pan(folder: Path) -> None:
    """Write the frames of a camera that moves over a photograph."""
    folder.mkdir()
    image = stylekit.run("identity", content="sample:coffee", size=320).image.to_pil()
    for index in range(FRAMES):
        left, top = 40 + PAN * index, 30 + index
        frame = image.crop((left, top, left + WIDTH, top + HEIGHT))
        frame.save(folder / f"{index:03}.png")


def cells(name: str, files: list[Path]) -> list[Captioned]:
    """Return the shown frames of a video."""
    return [Captioned(Image.open(files[index]), [f"{name} {index}"]) for index in SHOWN]


def command(*words: str) -> Callable[..., None]:
    """Return a function that runs a `stylekit` command with further words."""

    def run(*more: str) -> None:
        program = [sys.executable, "-m", "stylekit.cli.main", *words, *more, "--quiet"]
        subprocess.run(program, check=True)

    return run


def evaluation(path: Path) -> None:
    """Show what a classifier sees in results, and how far they are from the style."""
    shown = {
        "identity": {},
        "cyclegan": {},
        "arbitrary": {},
        "gatys, style_weight 1": {"steps": 50, "gatys": {"style_weight": 1.0}},
        "gatys": {"steps": 50},
    }
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for name, options in shown.items():
            method = name.partition(",")[0]
            if method == "gatys":
                options = {"backbone": "vgg19", **options}
            image = Path(folder) / f"{name}.png"
            stylekit.run(method, content=CUP, style=STYLE, size=SIDE, out=image, **options)
            seen = evaluate("efficientnet-lite0", "--content", str(image))["values"][0]["classes"][
                0
            ]
            style = ("--result", str(image), "--content", CUP, "--style", STYLE)
            distance = evaluate("style", *style)["scores"]["style"]
            lines = [name, f"{seen['name']}: {seen['probability']:.0%}"]
            lines += [f"style distance {distance:.2f}"]
            made.append(Captioned(Image.open(image).copy(), lines))
    save_rows([made], path)


def evaluate(*words: str) -> Any:
    """Return the object that `stylekit evaluate` prints."""
    program = [sys.executable, "-m", "stylekit.cli.main", "evaluate", *words, "--json", "--quiet"]
    return json.loads(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout)


def regions(path: Path) -> None:
    """Show regions, blends, and a style for each region."""
    rows = {
        "region grabcut": {"region": OBJECT},
        "invert": {"region": f"{OBJECT},invert"},
        "feather=8%": {"region": f"{OBJECT},feather=8%"},
        "blend laplacian": {"region": OBJECT, "blend": "laplacian"},
        "blend poisson": {"region": OBJECT, "blend": "poisson"},
        "two styles": {"region": [OBJECT, "rest"], "style": [STYLE, "sample:mosaic"]},
    }
    made = []
    for name, options in rows.items():
        result = stylekit.run(
            "arbitrary", **{"content": CUP, "style": STYLE, "size": SIDE, **options}
        )
        made.append(Captioned(result.image.to_pil(), [name]))
    save_rows([made[:3], made[3:]], path)


FIGURES = {
    "gatys-steps": steps,
    "gatys-initial": initial,
    "gatys-style-weight": style_weight,
    "gatys-layers": layers,
    "evaluation-methods": evaluation,
    "regions-blends": regions,
    "dual-frames": video,
}


def main() -> None:
    """Make the figures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", metavar="FIGURE", nargs="*", help=f"of {', '.join(FIGURES)}")
    for name in parser.parse_args().figures or FIGURES:
        FIGURES[name](FOLDER / f"{name}.jpg")


if __name__ == "__main__":
    main()
