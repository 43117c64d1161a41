"""Written animations: the duration of their source, transparency, no ghosts."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from tests.helpers.video import image

from stylekit import Frame
from stylekit.images.frames import Clip
from stylekit_plugins.media.gif import write_gif
from stylekit_plugins.media.image import ImageAdapter
from stylekit_plugins.media.params import ImageParams

IMAGES = ImageAdapter(ImageParams())
SUFFIXES = (".gif", ".webp", ".apng")


def of_rate(fps: float, seconds: float = 2.0) -> Clip:
    count = round(fps * seconds)
    frames = tuple(Frame.from_array(image(k % 15, 16, 12)) for k in range(count))
    return Clip(frames, fps=fps, times=[k / fps for k in range(count)])


def shown(path: Path) -> list[tuple[float, np.ndarray]]:
    """The milliseconds and values (H, W, 4) of each frame."""
    result = []
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()
            result.append((frame.info["duration"], np.asarray(frame.convert("RGBA"))))
    return result


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60, 120])
def test_animations_last_as_long_as_their_source(tmp_path: Path, suffix: str, fps: int) -> None:
    clip, path = of_rate(fps), tmp_path / f"a{suffix}"
    said = IMAGES.check(clip, str(path))
    IMAGES.write(clip, str(path))
    durations = [milliseconds for milliseconds, _ in shown(path)]
    assert sum(durations) == pytest.approx(2000, abs=1)
    assert min(durations) >= 20
    assert len(durations) == {24: 48, 25: 50, 30: 60, 50: 100, 60: 60, 120: 80}[fps]
    assert bool(said) == (fps > 50)


def moving(soft: bool = False, hidden: int = 255) -> Clip:
    """A square that moves over nothing; what is hidden is green, or black."""
    frames = []
    for k in range(5):
        values = np.zeros((40, 80, 4), np.uint8)
        values[..., 1] = hidden
        alpha = np.linspace(0, 255, 15).round() if soft else 255
        values[10:25, 4 + 10 * k : 19 + 10 * k] = (200, 30, 30, 255)
        values[10:25, 4 + 10 * k : 19 + 10 * k, 3] = alpha
        frames.append(Frame.from_array(values))
    return Clip(tuple(frames), fps=10.0, times=[k / 10 for k in range(5)])


@pytest.mark.parametrize("hidden", [0, 255])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_objects_on_a_transparent_background_leave_no_ghosts(
    tmp_path: Path, suffix: str, hidden: int
) -> None:
    IMAGES.write(moving(hidden=hidden), str(tmp_path / f"a{suffix}"))
    frames = shown(tmp_path / f"a{suffix}")
    assert len(frames) == 5
    for k, (_, values) in enumerate(frames):
        visible = values[..., 3] > 0
        assert visible.sum() == 225
        assert visible[10:25, 4 + 10 * k : 19 + 10 * k].all()
        assert np.abs(values[visible][:, :3].astype(int) - (200, 30, 30)).max() <= 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_soft_alpha_is_kept_as_well_as_the_format_can(tmp_path: Path, suffix: str) -> None:
    IMAGES.write(moving(soft=True), str(tmp_path / f"a{suffix}"))
    expected = np.linspace(0, 255, 15).round()
    if suffix == ".gif":
        expected = np.where(expected < 128, 0, 255)
    for k, (_, values) in enumerate(shown(tmp_path / f"a{suffix}")):
        assert (values[12, 4 + 10 * k : 19 + 10 * k, 3] == expected).all()


def test_alternating_opaque_and_transparent_frames_leave_no_ghosts(tmp_path: Path) -> None:
    given = [np.asarray(Image.fromarray(image(k, 80, 40)).convert("RGBA")) for k in range(3)]
    square = moving().image.to_array()
    write_gif(str(tmp_path / "a.gif"), [given[0], given[1], square, square, given[2]], [5] * 5, 0)
    opaque = [int((values[..., 3] > 0).sum()) for _, values in shown(tmp_path / "a.gif")]
    assert opaque[:2] == [3200, 3200]
    assert set(opaque[2:-1]) == {225}
    assert opaque[-1] == 3200


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("plays", [0, 1, 3])
def test_animations_repeat_like_their_source(tmp_path: Path, suffix: str, plays: int) -> None:
    images = [Image.fromarray(image(k, 16, 12)) for k in range(3)]
    options: dict[str, Any] = {"duration": 50, "save_all": True, "append_images": images[1:]}
    images[0].save(tmp_path / "a.webp", loop=plays, lossless=True, **options)
    IMAGES.write(IMAGES.read(str(tmp_path / "a.webp")), str(tmp_path / f"b{suffix}"))
    again: Any = IMAGES.read(str(tmp_path / f"b{suffix}")).passthrough
    assert again.plays == plays


@pytest.mark.slow
def test_a_long_gif_is_written_frame_by_frame(tmp_path: Path) -> None:
    alive: list[weakref.ref[Any]] = []

    def frames() -> Iterator[np.ndarray]:
        for k in range(30):
            values = image(k % 15, 16, 12)
            alive.append(weakref.ref(values))
            yield values
            del values
            gc.collect()
            assert sum(each() is not None for each in alive) <= 3

    write_gif(str(tmp_path / "a.gif"), frames(), [4] * 30, 0)
    assert len(shown(tmp_path / "a.gif")) == 30


def test_repeated_frames_are_merged(tmp_path: Path) -> None:
    frame = Frame(torch.full((3, 4, 4), 0.5))
    IMAGES.write(Clip((frame,) * 4, fps=10.0, times=[0, 0.1, 0.2, 0.3]), str(tmp_path / "a.gif"))
    assert [milliseconds for milliseconds, _ in shown(tmp_path / "a.gif")] in ([400], [0.4])
