"""A video whose style changes from one painting to another.

    python examples/video_two_styles.py change.mp4

You learn how to make a clip from arrays, place styles in time, and choose a method for videos.
Needs the extra `video`. Some minutes; with `flow` or `arbitrary` as a second argument, less.
"""

from __future__ import annotations

import sys
from pathlib import Path

import stylekit
from stylekit import Clip, Frame


def pan(seconds: float, fps: float, width: int) -> Clip:
    """Return a clip that moves over a photograph from left to right."""
    photograph = stylekit.run("identity", content="sample:rocket", size=2 * width).image
    count = round(seconds * fps)
    frames = []
    for number in range(count):
        left = round((photograph.width - width) * number / max(1, count - 1))
        pixels = photograph.pixels[:, :, left : left + width]
        frames.append(Frame(pixels.contiguous(), origin="pan", time=number / fps))
    return Clip(frames, origin="pan", fps=fps, times=[frame.time for frame in frames])


def main(
    out: Path,
    method: str = "dual",
    seconds: float = 2.0,
    fps: float = 8.0,
    width: int = 160,
    steps: int | None = None,
) -> None:
    """Paint a moving view: poppies at its beginning, waves at its end."""
    result = stylekit.run(
        method,
        content=pan(seconds, fps, width),
        style=["sample:poppies@0", "sample:waves@end"],
        interp="cosine",
        size=width,
        steps=steps,
        out=out,
    )
    print(result.artifacts[0].path, f"{len(result.clips[0].frames)} frames")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
