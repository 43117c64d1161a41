"""Makes the pictures of the README's gallery, and its table: `python docs/gallery/make.py`.

Everything is made of the built-in samples, so that anybody can make it again. `--only NAME` makes
one picture; `--table` rewrites the table alone.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent
README = FOLDER.parents[1] / "README.md"
BEGIN, END = "<!-- gallery -->", "<!-- /gallery -->"
COLUMNS = 3
SHOWN_WIDTH = 250


@dataclass(frozen=True)
class Entry:
    """One picture: what it shows and the options that make it."""

    name: str
    caption: str
    options: str

    @property
    def image(self) -> Path:
        """The picture's file."""
        return FOLDER / f"{self.name}.jpg"


ENTRIES = (
    Entry("astronaut-swirls", "the default", "--content sample:astronaut --style sample:swirls"),
    Entry(
        "chelsea-poppies",
        "on VGG-19",
        "--backbone vgg19 --content sample:chelsea --style sample:poppies",
    ),
    Entry(
        "coffee-mosaic",
        "strong",
        "--preset strong --content sample:coffee --style sample:mosaic",
    ),
    Entry(
        "rocket-waves",
        "fine strokes: the Wasserstein loss",
        "--style-loss wasserstein --content sample:rocket --style sample:waves",
    ),
    Entry(
        "chelsea-swirls",
        "the photograph's colors",
        "--color luminance --content sample:chelsea --style sample:swirls",
    ),
    Entry(
        "coffee-blend",
        "two paintings at once",
        "--content sample:coffee --style sample:swirls*2 --style sample:poppies",
    ),
    Entry(
        "astronaut-background",
        "a chosen area: all but the astronaut",
        "--content sample:astronaut --style sample:mosaic "
        "--region grabcut:4%,1%,64%,99%,invert,feather=2",
    ),
    Entry(
        "rocket-halves",
        "a style for each region",
        "--content sample:rocket --style sample:swirls --style sample:poppies "
        "--region polygon:0,0,100%,0,0,100% --region rest",
    ),
    Entry(
        "astronaut-arbitrary",
        "in a second: one pass of a network",
        "--method arbitrary --content sample:astronaut --style sample:poppies",
    ),
    Entry(
        "chelsea-waves",
        "finer strokes",
        "--set gatys.style_scale=0.5 --content sample:chelsea --style sample:waves",
    ),
    Entry(
        "coffee-subtle",
        "a touch",
        "--preset subtle --content sample:coffee --style sample:waves",
    ),
    Entry(
        "astronaut-histogram",
        "recolored painting, smooth",
        "--color histogram --set gatys.tv_weight=10 --content sample:astronaut "
        "--style sample:mosaic",
    ),
)


def make(entry: Entry, size: int, steps: int) -> None:
    """Run the command, and keep its picture as a JPEG."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.png"
        words = [*shlex.split(entry.options), "--size", str(size), "--out", str(made)]
        if "arbitrary" not in words:
            words += ["--steps", str(steps)]
        subprocess.run([sys.executable, "-m", "stylekit.cli.main", "run", *words], check=True)
        Image.open(made).convert("RGB").save(entry.image, quality=88, optimize=True)


def table() -> str:
    """Return the gallery in the form that the README shows it."""
    cells = [
        f'<td width="{SHOWN_WIDTH}"><img src="docs/gallery/{entry.image.name}" '
        f'alt="{entry.caption}"><br>{entry.caption}<br><sub><code>{entry.options}</code></sub></td>'
        for entry in ENTRIES
    ]
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    lines = [line for row in rows for line in ("<tr>", *row, "</tr>")]
    return "\n".join((BEGIN, "<table>", *lines, "</table>", END))


def write_table() -> None:
    """Put the table between its marks in the README."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + table() + after, encoding="utf-8")


def main() -> None:
    """Make what was requested."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", choices=[entry.name for entry in ENTRIES])
    parser.add_argument("--size", metavar="PX", type=int, default=256)
    parser.add_argument("--steps", metavar="N", type=int, default=60)
    parser.add_argument("--table", action="store_true", help="rewrite the table alone")
    arguments = parser.parse_args()
    for entry in ENTRIES:
        if not arguments.table and arguments.only in (None, entry.name):
            make(entry, arguments.size, arguments.steps)
    write_table()


if __name__ == "__main__":
    main()
