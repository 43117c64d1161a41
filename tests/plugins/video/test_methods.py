"""The video methods on a pan whose motion is known exactly."""

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

pytestmark = pytest.mark.slow

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


def test_temporal_consistency_reduces_flicker(pan: Path, per_frame: list[Tensor]) -> None:
    consistent = stylized(pan, "flow")
    assert len(consistent) == len(per_frame) == FRAMES
    assert torch.equal(consistent[0], per_frame[0])
    assert error(consistent) < error(per_frame) / 4
    # Not because it does less.
    contents = [frame.pixels for frame in VideoAdapter(VideoParams()).read(str(pan))]
    changes = [
        float(np.mean([(a - b).abs().mean() for a, b in zip(result, contents, strict=True)]))
        for result in (consistent, per_frame)
    ]
    assert changes[0] > 0.8 * changes[1]


def test_the_warping_error_is_that_of_the_known_motion(pan: Path, per_frame: list[Tensor]) -> None:
    content = VideoAdapter(VideoParams()).read(str(pan))
    result = Clip(tuple(Frame(pixels) for pixels in per_frame), fps=25.0)
    errors = {
        term: Temporal(TemporalParams(term=term)).score_pair(result, content, ())
        for term in ("short", "long")
    }
    assert errors["short"] == pytest.approx(error(per_frame), rel=0.2)
    assert errors["long"] > 0.5 * errors["short"]
    still = Clip((content.frames[0],) * FRAMES, fps=25.0)
    assert Temporal(TemporalParams()).score_pair(still, still, ()) == pytest.approx(0, abs=1e-8)
    with pytest.raises(InputError, match="5 frames"):
        Temporal(TemporalParams()).score_pair(result, Clip((content.frames[0],)), ())


def test_per_frame_is_the_method_itself(pan: Path, per_frame: list[Tensor]) -> None:
    for own, plain in zip(stylized(pan, "gatys"), per_frame, strict=True):
        assert torch.equal(own, plain)


def test_a_cut_starts_a_new_scene(tmp_path: Path) -> None:
    """The first frame after a cut is the same as if the video started there."""
    frames = [window(texture(100, 120, seed), 0, 0, 96, 64) for seed in (1, 1, 9, 9)]
    path = tmp_path / "cut.mkv"
    VideoAdapter(VideoParams(codec="ffv1")).write(Clip(tuple(frames), fps=25.0), str(path))
    settings = {"size": 96, "gatys": {"steps": 4, "min_size": 96, "init": "content"}}
    host = stylekit.Host()
    result = host.run("flow", content=str(path), style="sample:waves", **settings).clips[-1]
    third = Frame.from_array(frames[2].to_array())
    alone = host.run("gatys", content=third, style="sample:waves", **settings)
    assert np.array_equal(result.frames[2].to_array(), alone.image.to_array())


def test_an_image_is_stylized_as_by_the_image_method() -> None:
    settings = {"size": 96, "gatys": {"steps": 3, "min_size": 96}}
    host = stylekit.Host()
    plain = host.run("gatys", content="sample:rocket", style="sample:waves", **settings)
    flow = host.run("flow", content="sample:rocket", style="sample:waves", **settings)
    assert torch.equal(flow.image.pixels, plain.image.pixels)


def test_dual_trains_a_common_network_and_a_model_for_each_frame(pan: Path) -> None:
    """A short training already reduces the loss, and the video follows the style weights."""
    schedule = ["sample:swirls@0", "sample:poppies@end"]
    run = stylekit.iterate(
        "dual", content=str(pan), style=schedule, size=112, dual={"steps": 50}, seed=1
    )
    steps = [(step.stage.name, float(step.losses["total"])) for step in run]
    totals = [total for stage, total in steps if stage == "training"]
    assert len(totals) == 50
    # Then each frame is refined.
    assert steps[-1][0].startswith(f"frame {FRAMES}/{FRAMES}")
    assert np.mean(totals[-8:]) < 0.75 * np.mean(totals[:8])
    frames = [frame.pixels for frame in run.result.clips[-1]]
    assert len(frames) == FRAMES
    # The styles have different colors: the video goes gradually from one to the other.
    colors = [frame.mean(dim=(1, 2)) for frame in frames]
    along = [float((color - colors[0]) @ (colors[-1] - colors[0])) for color in colors]
    assert along == sorted(along)


def test_dual_turns_a_sudden_change_into_a_transition(tmp_path: Path) -> None:
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


def test_feed_forward_methods_flicker_less_along_the_flow(pan: Path) -> None:
    def paint(name: str, **params: object) -> list[Tensor]:
        host, table = stylekit.Host(), {name: params} if params else {}
        run = host.run(name, content=str(pan), style="sample:swirls", size=112, **table)
        return [frame.pixels for frame in run.clips[-1]]

    alone = paint("arbitrary")
    steady = paint("flow", method="arbitrary")
    assert torch.equal(steady[0], alone[0])
    assert error(steady) < error(alone) / 3
    # A pixel that is not visible in the previous frame is what the network makes of it: the border
    # where the pan brings in what is new.
    new = (..., slice(None), slice(-SHIFT + 1, None))
    assert torch.equal(steady[1][new], alone[1][new])
    # Twice in a row is a mean of the frame and of the previous result, and no more.
    inner = (..., slice(8, -8), slice(8, -8 - SHIFT))
    between = (alone[1] + alone[0].roll(-SHIFT, dims=2)) / 2
    assert float((steady[1] - between)[inner].abs().median()) < 0.01
    strict = paint("flow", method="arbitrary", temporal_weight=2000)
    loose = paint("flow", method="arbitrary", temporal_weight=20)
    assert error(strict) < error(steady) < error(loose) < error(alone)
