"""Blends: the content outside, the result deep inside, no seam between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from stylekit import Clip, Frame, Host
from stylekit.errors import UsageError
from stylekit.methods.base import Region
from stylekit_plugins.execution.compositing import composite
from stylekit_plugins.regions.laplacian import Laplacian
from stylekit_plugins.regions.poisson import Poisson

BLENDS = [None, Laplacian(None), Poisson(None)]
IDS = ["feather", "laplacian", "poisson"]


def ellipse(width: int, height: int) -> Tensor:
    x = torch.linspace(-1.4, 1.4, width)
    y = torch.linspace(-1.4, 1.4, height)[:, None]
    return (x * x + y * y < 1).float()


@pytest.fixture
def content(read: Callable[[str], Frame]) -> Frame:
    return read("sample:coffee").resized(150, 120)


def put(content: Frame, result: Frame, mask: Tensor, blend: Any) -> Tensor:
    return composite(Clip((result,)), Clip((content,)), (Region(mask, ()),), blend).image.pixels


@pytest.mark.parametrize("blend", BLENDS, ids=IDS)
@pytest.mark.parametrize("shape", ["ellipse", "soft", "edge", "pixel", "everything"])
def test_outside_equals_the_content_exactly(content: Frame, blend: Any, shape: str) -> None:
    mask = ellipse(150, 120)
    if shape == "soft":
        mask = mask * torch.linspace(0, 1, 150)
    elif shape == "edge":
        mask = torch.zeros(120, 150)
        mask[:60, 100:] = 1
    elif shape == "pixel":
        mask = torch.zeros(120, 150)
        mask[50, 70] = 1
    elif shape == "everything":
        mask = torch.ones(120, 150)
    result = content.with_pixels(1 - content.pixels)
    pixels = put(content, result, mask, blend)
    assert torch.equal(pixels[:, mask == 0], content.pixels[:, mask == 0])
    assert float(pixels.min()) >= 0
    assert float(pixels.max()) <= 1


def test_deep_inside_a_laplacian_blend_is_the_result(content: Frame) -> None:
    result = content.with_pixels(content.pixels / 2 + 0.4)
    pixels = put(content, result, ellipse(150, 120), BLENDS[1])
    assert float((pixels - result.pixels)[:, 50:70, 60:90].abs().max()) < 0.02


def test_a_poisson_blend_stays_in_place_and_takes_surrounding_colors(content: Frame) -> None:
    darker = content.with_pixels(content.pixels * 0.8)
    lighter = content.with_pixels(content.pixels * 0.8 + 0.15)
    for mask in (ellipse(150, 120), torch.nn.functional.pad(torch.ones(61, 40), (7, 103, 13, 46))):
        pixels = put(darker, lighter, mask, BLENDS[2])
        assert float((pixels - darker.pixels).abs().max()) < 0.02


@pytest.mark.parametrize("blend", BLENDS[1:], ids=IDS[1:])
def test_blends_reduce_the_edge(content: Frame, blend: Any) -> None:
    mask = ellipse(150, 120)
    result = content.with_pixels((content.pixels * 0.5 + 0.4).clamp(0, 1))
    steps = []
    for each in (None, blend):
        change = put(content, result, mask, each) - content.pixels
        across = mask[:, 1:] != mask[:, :-1]
        steps.append(float((change[..., 1:] - change[..., :-1]).abs()[:, across].mean()))
    assert steps[1] < steps[0] / 3


def test_an_unknown_blend_is_refused_with_the_known_ones(host: Host) -> None:
    with pytest.raises(UsageError, match="Unknown blend 'poison'") as refused:
        host.plan({"blend": "poison", "region": ["box:0,0,5,5"]})
    assert "poisson" in str(refused.value.hint)
    assert host.plan({"blend": "laplacian", "region": ["box:0,0,5,5"]}).blend is not None
    assert host.plan({"blend": "feather", "region": ["box:0,0,5,5"]}).blend is None
