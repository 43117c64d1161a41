"""Makes the images of the gallery, and its page's tables: `python docs/gallery/make.py`.

Everything is made of the built-in samples, so that anybody can make it again; training the network
takes ten minutes. `--only NAME` makes one image; `--table` rewrites the tables alone.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from stylekit import Host
from stylekit.inputs.sources import Sources

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "gallery.md"
COLUMNS = 3
SHOWN_WIDTH = 250


@dataclass(frozen=True)
class Entry:
    """One image: what it shows and the options that make it."""

    name: str
    caption: str
    options: str

    @property
    def image(self) -> Path:
        """The image's file."""
        return FOLDER / f"{self.name}.jpg"


ENTRIES = (
    Entry("astronaut-swirls", "No further option", "sample:astronaut sample:swirls"),
    Entry(
        "chelsea-poppies",
        "VGG-16 as the backbone",
        "--backbone vgg16 sample:chelsea sample:poppies",
    ),
    Entry(
        "coffee-mosaic",
        "More of the style",
        "--preset strong sample:coffee sample:mosaic",
    ),
    Entry(
        "rocket-waves",
        "Fine strokes: the Wasserstein loss",
        "--style-loss wasserstein sample:rocket sample:waves",
    ),
    Entry(
        "chelsea-swirls",
        "The photograph's colors",
        "--color luminance sample:chelsea sample:swirls",
    ),
    Entry(
        "coffee-blend",
        "Two paintings at once",
        "--content sample:coffee --style sample:swirls*2 --style sample:poppies",
    ),
    Entry(
        "astronaut-background",
        "A chosen area: all but the astronaut",
        "sample:astronaut sample:mosaic --region grabcut:4%,1%,64%,99%,invert,feather=2",
    ),
    Entry(
        "rocket-halves",
        "A style for each region",
        "--content sample:rocket --style sample:swirls --style sample:poppies "
        "--region polygon:0,0,100%,0,0,100% --region rest",
    ),
    Entry(
        "astronaut-arbitrary",
        "In a second: arbitrary style transfer",
        "--method arbitrary sample:astronaut sample:poppies",
    ),
    Entry(
        "chelsea-waves",
        "Finer strokes",
        "--set gatys.style_scale=0.5 sample:chelsea sample:waves",
    ),
    Entry(
        "coffee-subtle",
        "A touch of the style",
        "--preset subtle sample:coffee sample:waves",
    ),
    Entry(
        "astronaut-histogram",
        "Recolored painting, smooth",
        "--color histogram --set gatys.tv_weight=10 --content sample:astronaut "
        "--style sample:mosaic",
    ),
    Entry(
        "astronaut-fast",
        "At once: a network trained for ten minutes",
        "--method fast --weights swirls/network.safetensors --content sample:astronaut",
    ),
    Entry(
        "coffee-fast",
        "The same network at half the strength",
        "--method fast --weights swirls/network.safetensors --set fast.strength=0.5 "
        "--content sample:coffee",
    ),
    Entry(
        "chelsea-fast",
        "The same network at strength 1.5",
        "--method fast --weights swirls/network.safetensors --set fast.strength=1.5 "
        "--content sample:chelsea",
    ),
)

TRAINING = "--method fast --style sample:swirls --out swirls"
"""Options of `stylekit train` that make the network `swirls/network.safetensors`."""

WITHOUT_STEPS = ("--method arbitrary", "--method fast")
"""How the options of methods begin that take one pass."""


SAMPLES = {
    "astronaut": "a portrait of an astronaut",
    "chelsea": "a cat",
    "coffee": "a cup of coffee",
    "rocket": "a rocket on its pad",
    "swirls": "swirls of blue and yellow paint",
    "mosaic": "a mosaic",
    "waves": "waves in ink",
    "poppies": "a field of poppies",
}
"""What each built-in sample shows; the last four are the styles."""


def make(entry: Entry, folder: Path, size: int, steps: int) -> None:
    """Run the command in a folder, which keeps the network, and keep its image as a JPEG."""
    made = folder / "made.png"
    words = [*shlex.split(entry.options), "--size", str(size), "--out", made.name, "--overwrite"]
    if not entry.options.startswith(WITHOUT_STEPS):
        words += ["--steps", str(steps)]
    if "--weights" in words and not (folder / "swirls").exists():
        _stylekit("train", shlex.split(TRAINING), folder)
    _stylekit("run", words, folder)
    _save(Image.open(made), entry.image)


def _stylekit(command: str, words: list[str], folder: Path) -> None:
    program = [sys.executable, "-m", "stylekit.cli.main", command]
    subprocess.run([*program, *words], cwd=folder, check=True)


def make_samples() -> None:
    """Keep each sample as a small JPEG."""
    read = Sources(Host(builtins_only=True).catalogue, {}).read_image
    for name in SAMPLES:
        image = Image.fromarray(read(f"sample:{name}").to_array())
        image.thumbnail((SHOWN_WIDTH, SHOWN_WIDTH))
        _save(image, sample_image(name))


def sample_image(name: str) -> Path:
    """Return the file of a sample."""
    return FOLDER / f"sample-{name}.jpg"


def _save(image: Image.Image, path: Path) -> None:
    image.convert("RGB").save(path, quality=88, optimize=True)


def tables() -> dict[str, str]:
    """Return the tables of the page by the names of their marks."""
    samples = [
        _cell(sample_image(name), f"Sample: {shows}", f"sample:{name}", "")
        for name, shows in SAMPLES.items()
    ]
    entries = [
        _cell(entry.image, f"{_shown(entry)}: {entry.caption}", entry.caption, entry.options)
        for entry in ENTRIES
    ]
    return {
        "samples": _table(samples, 4, "gallery samples"),
        "gallery": _table(entries, COLUMNS, "gallery"),
    }


def _shown(entry: Entry) -> str:
    trained = re.findall(r"--weights (\w+)/", entry.options)
    words = re.findall(r"sample:(\w+)", entry.options) + trained
    content, *styles = [SAMPLES[word] for word in words]
    return f"{content.capitalize()} in the style of {' and '.join(styles)}"


def _cell(image: Path, alt: str, caption: str, options: str) -> str:
    below = f"<br><sub><code>{options}</code></sub>" if options else ""
    return (
        f'<td width="{SHOWN_WIDTH}"><img src="gallery/{image.name}" alt="{alt}"><br>'
        f"{caption}{below}</td>"
    )


def _table(cells: list[str], columns: int, kind: str) -> str:
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    lines = [line for row in rows for line in ("<tr>", *row, "</tr>")]
    return "\n".join((f'<table class="{kind}">', *lines, "</table>"))


def written(page: str) -> str:
    """Return the page with each table between its marks."""
    for name, table in tables().items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"\n<!-- /{name} -->")
        page = before + begin + table + end + after
    return page


def main() -> None:
    """Make what was requested."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", choices=[entry.name for entry in ENTRIES])
    parser.add_argument("--size", metavar="PX", type=int, default=384)
    parser.add_argument("--steps", metavar="N", type=int, default=100)
    parser.add_argument("--table", action="store_true", help="rewrite the tables alone")
    arguments = parser.parse_args()
    if not arguments.table and not arguments.only:
        make_samples()
    with tempfile.TemporaryDirectory() as folder:
        for entry in ENTRIES:
            if not arguments.table and arguments.only in (None, entry.name):
                make(entry, Path(folder), arguments.size, arguments.steps)
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
