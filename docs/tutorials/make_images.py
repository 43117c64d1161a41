"""Makes the sheets of the tutorials: `python docs/tutorials/make_images.py FOLDER`.

FOLDER is where a reader has followed the tutorials of the first video and the first training.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
from PIL import Image

from stylekit import Host
from stylekit.inputs.sources import Sources

IMAGES = Path(__file__).parents[1] / "images"
FRAMES = (0, 4, 7, 11)
GAP = 6


def frames(video: Path) -> list[Image.Image]:
    """Return some frames of a video."""
    with av.open(str(video)) as opened:
        decoded = [frame.to_image() for frame in opened.decode(video=0)]
    return [decoded[index] for index in FRAMES]


def sheet(rows: list[list[Image.Image]]) -> Image.Image:
    """Put images of one size into rows."""
    width, height = rows[0][0].size
    size = (len(rows[0]) * (width + GAP) - GAP, len(rows) * (height + GAP) - GAP)
    made = Image.new("RGB", size, "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            made.paste(image.convert("RGB"), (x * (width + GAP), y * (height + GAP)))
    return made


def main(folder: Path) -> None:
    """Make the sheets for which there are results."""
    videos = [folder / f"{name}.mp4" for name in ("quick", "steady", "change")]
    if all(video.is_file() for video in videos):
        made = sheet([frames(video) for video in videos])
        made.save(IMAGES / "first-video.jpg", quality=85, optimize=True)
    translated = folder / "astronaut-blue.png"
    if translated.is_file():
        result = Image.open(translated)
        read = Sources(Host(builtins_only=True).catalogue, {}).read_image
        photo = Image.fromarray(read("sample:astronaut").to_array()).resize(result.size)
        made = sheet([[photo, result]])
        made.save(IMAGES / "first-training.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
