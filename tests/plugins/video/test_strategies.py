"""Clips by `per-frame` and `flow`, on a pan whose motion is known exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.plugins.video.test_optical_flow import texture, window
from torch import Tensor

import stylekit
from stylekit import Frame
from stylekit.errors import InputError
from stylekit.images.frames import Clip
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.video import VideoAdapter
from stylekit_plugins.video.params import TemporalParams
from stylekit_plugins.video.temporal import Temporal

SHIFT = 3
FRAMES = 5
STEPS = 20


@pytest.fixture(scope="module")
def pan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return panned(tmp_path_factory.mktemp("pan"), FRAMES)


def panned(folder: Path, count: int) -> Path:
    """A camera that moves to the right by 3 pixels a frame, and a little noise."""
    scene, noise = texture(120, 160), np.random.default_rng(7)
    frames = []
    for index in range(count):
        values = window(scene, SHIFT * index, 10, 112, 80).pixels.numpy()
        noisy = values + noise.normal(0, 0.02, values.shape)
        frames.append(Frame(torch.from_numpy(noisy.clip(0, 1)).float()))
    path = folder / "pan.mkv"
    VideoAdapter(VideoParams(codec="ffv1")).write(Clip(tuple(frames), fps=25.0), str(path))
    return path


def stylized(pan: Path, method: str, **more: object) -> list[Tensor]:
    run = stylekit.Host().run(
        method,
        content=str(pan),
        style="sample:swirls",
        size=112,
        gatys={"steps": STEPS, "min_size": 112, "init": "content"},
        **more,
    )
    return [frame.pixels for frame in run.clips[-1]]


def changes(frames: list[Tensor]) -> Tensor:
    """Differences of successive frames, along the motion, away from the border, (T - 1, ...)."""
    return torch.stack(
        [
            later[:, 8:-8, 8 : -8 - SHIFT] - earlier[:, 8:-8, 8 + SHIFT : -8]
            for later, earlier in zip(frames[1:], frames, strict=False)
        ]
    )


def error(frames: list[Tensor]) -> float:
    """Mean squared difference of successive frames."""
    return float(changes(frames).square().mean())


@pytest.fixture(scope="module")
def per_frame(pan: Path) -> list[Tensor]:
    return stylized(pan, "per-frame")


def test_frames_held_to_those_before_flicker_less(pan: Path, per_frame: list[Tensor]) -> None:
    held = stylized(pan, "flow")
    assert len(held) == len(per_frame) == FRAMES
    assert torch.equal(held[0], per_frame[0])
    assert error(held) < error(per_frame) / 4
    # And not by doing nothing.
    contents = [frame.pixels for frame in VideoAdapter(VideoParams()).read(str(pan))]
    changes = [
        float(np.mean([(a - b).abs().mean() for a, b in zip(made, contents, strict=True)]))
        for made in (held, per_frame)
    ]
    assert changes[0] > 0.8 * changes[1]


def test_the_warping_error_is_that_of_the_known_motion(pan: Path, per_frame: list[Tensor]) -> None:
    content = VideoAdapter(VideoParams()).read(str(pan))
    made = Clip(tuple(Frame(pixels) for pixels in per_frame), fps=25.0)
    figures = {
        term: Temporal(TemporalParams(term=term)).score_pair(made, content, ())
        for term in ("short", "long")
    }
    assert figures["short"] == pytest.approx(error(per_frame), rel=0.2)
    assert figures["long"] > 0.5 * figures["short"]
    still = Clip((content.frames[0],) * FRAMES, fps=25.0)
    assert Temporal(TemporalParams()).score_pair(still, still, ()) == pytest.approx(0, abs=1e-8)
    with pytest.raises(InputError, match="5 frames"):
        Temporal(TemporalParams()).score_pair(made, Clip((content.frames[0],)), ())


def test_per_frame_is_the_method_itself(pan: Path, per_frame: list[Tensor]) -> None:
    for mine, plain in zip(stylized(pan, "gatys"), per_frame, strict=True):
        assert torch.equal(mine, plain)


def test_a_cut_begins_a_new_scene(tmp_path: Path) -> None:
    """The first frame after a cut is as if the clip began there."""
    frames = [window(texture(100, 120, seed), 0, 0, 96, 64) for seed in (1, 1, 9, 9)]
    path = tmp_path / "cut.mkv"
    VideoAdapter(VideoParams(codec="ffv1")).write(Clip(tuple(frames), fps=25.0), str(path))
    settings = {"size": 96, "gatys": {"steps": 4, "min_size": 96, "init": "content"}}
    host = stylekit.Host()
    made = host.run("flow", content=str(path), style="sample:waves", **settings).clips[-1]
    third = Frame.from_array(frames[2].to_array())
    alone = host.run("gatys", content=third, style="sample:waves", **settings)
    assert np.array_equal(made.frames[2].to_array(), alone.image.to_array())


def test_a_image_is_made_as_it_is() -> None:
    settings = {"size": 96, "gatys": {"steps": 3, "min_size": 96}}
    host = stylekit.Host()
    plain = host.run("gatys", content="sample:rocket", style="sample:waves", **settings)
    flow = host.run("flow", content="sample:rocket", style="sample:waves", **settings)
    assert torch.equal(flow.image.pixels, plain.image.pixels)


def test_a_common_model_and_one_for_each_frame(pan: Path) -> None:
    """A little training already goes down, and follows the shares of the styles smoothly."""
    schedule = ["sample:swirls@0", "sample:poppies@end"]
    run = stylekit.iterate(
        "dual", content=str(pan), style=schedule, size=112, dual={"steps": 50}, seed=1
    )
    steps = [(step.stage.name, float(step.losses["total"])) for step in run]
    totals = [total for stage, total in steps if stage == "training"]
    assert len(totals) == 50
    # Then each frame goes on by itself.
    assert steps[-1][0].startswith(f"frame {FRAMES}/{FRAMES}")
    assert np.mean(totals[-8:]) < 0.75 * np.mean(totals[:8])
    frames = [frame.pixels for frame in run.result.clips[-1]]
    assert len(frames) == FRAMES
    # The styles mean different colors: the clip goes from one to the other, bit by bit.
    colors = [frame.mean(dim=(1, 2)) for frame in frames]
    along = [float((color - colors[0]) @ (colors[-1] - colors[0])) for color in colors]
    assert along == sorted(along)


def test_a_sudden_change_comes_bit_by_bit(tmp_path: Path) -> None:
    clip = panned(tmp_path, 12)
    ratios = {}
    for method in ("per-frame", "dual"):
        run = stylekit.Host().run(
            method,
            content=str(clip),
            style=["sample:swirls@0", "sample:poppies@50%"],
            interp="step",
            size=112,
            gatys={"steps": STEPS, "min_size": 112},
            dual={"steps": 50},
        )
        sizes = changes([frame.pixels for frame in run.clips[-1]]).abs().mean(dim=(1, 2, 3))
        ratios[method] = float(sizes.max() / sizes.median())
    assert ratios["dual"] < 1.5 < 1.8 < ratios["per-frame"]
