"""Optical flow against motion that is known, because the test draws it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

import stylekit
from stylekit import Frame
from stylekit.errors import UsageError
from stylekit.protocols import DerivedRegionSource
from stylekit.registry.catalogue import make
from stylekit_plugins.video.optical_flow import estimate_motion
from stylekit_plugins.video.region_tracking import Follow


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth random colors."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return ((smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)


def window(values: np.ndarray, x: int, y: int, width: int = 120, height: int = 90) -> Frame:
    return Frame.from_array(np.ascontiguousarray(values[y : y + height, x : x + width]))


@pytest.mark.parametrize("shift", [(3, 0), (0, -2), (5, 4)])
def test_a_pan(shift: tuple[int, int]) -> None:
    """The pixel at x was at x + shift in the other frame."""
    scene = texture(140, 180)
    here, there = window(scene, 20 + shift[0], 20 + shift[1]), window(scene, 20, 20)
    motion = estimate_motion(here, there)
    inner = (slice(None), slice(12, -12), slice(12, -12))
    expected = torch.tensor(shift).float().view(2, 1, 1)
    assert (motion.flow[inner] - expected).abs().mean() < 0.1
    assert motion.reliable[inner[1:]].mean() > 0.9
    assert (motion.warp(there.pixels) - here.pixels)[inner].abs().mean() < 0.01
    # Pixels that entered at the border were not visible.
    if shift[0] > 0:
        assert motion.reliable[:, -shift[0] + 1 :].max() == 0


def test_occlusions_are_not_reliable() -> None:
    """A square moves to the right: the area it uncovers, at its left, was not visible."""
    behind, square = texture(120, 160, 1), texture(60, 60, 2)
    frames = []
    for x in (50, 56):
        values = behind.copy()
        values[30:90, x : x + 60] = square
        frames.append(Frame.from_array(values))
    motion = estimate_motion(frames[1], frames[0])
    assert motion.reliable[35:85, 51:55].mean() < 0.2
    assert motion.reliable[45:75, 72:100].mean() > 0.8
    assert motion.reliable[5:20, 20:100].mean() > 0.95


def test_nothing_moves() -> None:
    frame = window(texture(140, 180), 0, 0)
    motion = estimate_motion(frame, frame)
    assert motion.flow.abs().max() < 1e-3
    assert torch.allclose(motion.warp(frame.pixels), frame.pixels, atol=1e-4)


def test_areas_without_texture_stand_still() -> None:
    """A gray wall, seen by a noisy camera: noise moves nothing, and hides no motion elsewhere."""
    random = np.random.default_rng(5)

    def seen(x: int) -> Frame:
        wall = np.full((96, 160, 3), 0.5, np.float32)
        wall[30:60, 20 + x : 60 + x] = texture(30, 40)
        noisy = wall + random.normal(0, 0.006, wall.shape)
        return Frame.from_array(noisy.clip(0, 1).astype(np.float32))

    motion = estimate_motion(seen(4), seen(0))
    assert motion.flow[:, :, 110:].abs().mean() < 0.02
    assert motion.reliable[:, 110:].mean() > 0.98
    inside = motion.flow[:, 36:54, 32:56]
    assert (inside[0] + 4).abs().mean() < 0.3


def test_a_camera_that_adjusts_its_exposure() -> None:
    scene = texture(120, 160)
    here = Frame.from_array(scene)
    darker = Frame.from_array((scene * 0.7).astype(np.float32))
    motion = estimate_motion(here, darker)
    assert motion.flow.abs().mean() < 0.05
    assert motion.reliable.mean() > 0.95


def test_motions_are_composed() -> None:
    scene = texture(140, 200)
    frames = [window(scene, 30 - 3 * k, 20) for k in range(3)]
    path = estimate_motion(frames[2], frames[1]).compose(estimate_motion(frames[1], frames[0]))
    assert (path.flow[0, 12:-12, 12:-12] + 6).abs().mean() < 0.15
    # The last six columns were not in the first frame, or at its edge.
    assert path.reliable[:, :4].max() == 0
    assert path.reliable[12:-12, 16:-16].mean() > 0.9


def test_a_region_follows_the_motion() -> None:
    scene, patch = texture(90, 160), texture(30, 30, seed=8)

    def frame(x: int) -> Frame:
        values = scene.copy()
        values[30:60, x : x + 30] = patch
        return Frame(Frame.from_array(values).pixels, origin="clip")

    frames = [frame(20 + 4 * k) for k in range(6)]
    follow = Follow()

    def box(source: str, first: Frame) -> torch.Tensor:
        assert (source, first) == ("box:20,30,30,30", frames[0])
        mask = torch.zeros(90, 160)
        mask[30:60, 20:50] = 1
        return mask

    for index in (0, 1, 2, 5, 3):
        mask = follow.mask_from("box:20,30,30,30", frames, index, box)
        truth = torch.zeros(90, 160)
        truth[30:60, 20 + 4 * index : 50 + 4 * index] = 1
        overlap = (mask * truth).sum() / torch.maximum(mask, truth).sum()
        assert overlap > (0.999 if index == 0 else 0.92)
    with pytest.raises(UsageError, match="follow: needs a region"):
        follow.mask_from("", frames, 0, box)


def test_the_catalogue_makes_a_region_source_without_mask() -> None:
    follow = stylekit.Host(builtins_only=True).catalogue.find(stylekit.RegionSpec, "follow")
    assert isinstance(make(follow, {}), DerivedRegionSource)
