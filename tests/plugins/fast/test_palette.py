"""The palette of `fast`: the distance between the colors of two images."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.methods.base import Style
from stylekit_plugins.fast.palette import Palette, palette_of, quantiles_of

CPU = torch.device("cpu")


def painting(height: int = 48, width: int = 64) -> Tensor:
    """An image (3, H, W) of squares of 2 px, each of one color."""
    small = torch.rand(3, height // 2, width // 2, generator=torch.Generator().manual_seed(3))
    return small.repeat_interleave(2, 1).repeat_interleave(2, 2)


def palette(pixels: Tensor) -> Palette:
    return palette_of([Style(Frame(pixels, None, "painting"))], CPU)


def test_the_same_colors_in_other_places_are_no_distance() -> None:
    pixels = painting()
    moved = pixels.roll((6, 10), dims=(1, 2)).flip(2)
    assert float(palette(pixels).distance(moved[None])) == pytest.approx(0, abs=1e-10)


def test_the_distance_of_two_plain_colors_is_that_of_their_projections() -> None:
    red, gray = torch.zeros(1, 3, 32, 32), torch.full((1, 3, 32, 32), 0.5)
    red[:, 0] = 1
    apart = quantiles_of(red)[:, 0] - quantiles_of(gray)[:, 0]
    distance = float(palette(gray[0]).distance(red))
    assert distance == pytest.approx(float(apart.square().mean()))
    assert distance > 0.1


def test_a_palette_is_mixed_by_the_weights_of_the_images() -> None:
    dark, light = (Frame(torch.full((3, 32, 32), value), None, "plain") for value in (0.2, 0.8))
    mixed = palette_of([Style(dark, 0.25), Style(light, 0.75)], CPU)
    between = torch.full((1, 3, 32, 32), 0.65)
    assert float(mixed.distance(between)) == pytest.approx(0, abs=1e-10)


def test_a_palette_between_two_is_that_of_their_mix() -> None:
    dark, light = (torch.full((3, 32, 32), value) for value in (0.2, 0.8))
    mixed = palette(dark).mixed(palette(light), 0.25)
    assert float(mixed.distance(torch.full((1, 3, 32, 32), 0.65))) == pytest.approx(0, abs=1e-10)


def test_descending_the_distance_gives_an_image_the_colors_of_a_painting() -> None:
    target, image = palette(painting()), torch.full((1, 3, 64, 64), 0.4)
    image = image + 0.1 * torch.rand(image.shape, generator=torch.Generator().manual_seed(1))
    image.requires_grad_()
    before = float(target.distance(image.detach()))
    adam = torch.optim.Adam([image], lr=0.03)
    for _ in range(60):
        adam.zero_grad()
        target.distance(image).backward()
        adam.step()
    assert float(target.distance(image.detach())) < before / 50


@pytest.mark.parametrize("size", [(64, 64), (96, 130), (20, 24)])
def test_images_of_any_size_have_as_many_quantiles(size: tuple[int, int]) -> None:
    quantiles = quantiles_of(torch.rand(1, 3, *size))
    assert quantiles.shape == quantiles_of(torch.rand(1, 3, 64, 64)).shape
    assert bool((quantiles.diff(dim=1) >= 0).all())
