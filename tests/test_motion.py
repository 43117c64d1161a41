"""Optical flow against motion that is known, because the test draws it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from stylekit import Frame
from stylekit_plugins.video.motion import motion


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth random colours."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return ((smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)


def window(values: np.ndarray, x: int, y: int, width: int = 120, height: int = 90) -> Frame:
    return Frame.from_array(np.ascontiguousarray(values[y : y + height, x : x + width]))


@pytest.mark.parametrize("shift", [(3, 0), (0, -2), (5, 4)])
def test_a_pan(shift: tuple[int, int]) -> None:
    """What is at x here was at x + shift there."""
    scene = texture(140, 180)
    here, there = window(scene, 20 + shift[0], 20 + shift[1]), window(scene, 20, 20)
    found = motion(here, there)
    inner = (slice(None), slice(12, -12), slice(12, -12))
    expected = torch.tensor(shift).float().view(2, 1, 1)
    assert (found.flow[inner] - expected).abs().mean() < 0.1
    assert found.reliable[inner[1:]].mean() > 0.9
    assert (found.moved(there.pixels) - here.pixels)[inner].abs().mean() < 0.01
    # What came in at the border was not there.
    if shift[0] > 0:
        assert found.reliable[:, -shift[0] + 1 :].max() == 0


def test_what_was_covered_is_not_relied_on() -> None:
    """A square moves to the right: what it uncovers, at its left, was not to be seen."""
    behind, square = texture(120, 160, 1), texture(60, 60, 2)
    frames = []
    for x in (50, 56):
        values = behind.copy()
        values[30:90, x : x + 60] = square
        frames.append(Frame.from_array(values))
    found = motion(frames[1], frames[0])
    assert found.reliable[35:85, 51:55].mean() < 0.2
    assert found.reliable[45:75, 72:100].mean() > 0.8
    assert found.reliable[5:20, 20:100].mean() > 0.95


def test_nothing_moves() -> None:
    frame = window(texture(140, 180), 0, 0)
    found = motion(frame, frame)
    assert found.flow.abs().max() < 1e-3
    assert torch.allclose(found.moved(frame.pixels), frame.pixels, atol=1e-4)
