"""The color modes, on numbers and on real images."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from stylekit import Frame, Host
from stylekit_plugins.gatys.color import luma, match_covariance, match_histogram


def random_colors(seed: int, scale: float) -> Tensor:
    """Correlated colors well inside of [0, 1], so that nothing is clamped."""
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.rand(3, 3, generator=generator) * scale
    return 0.5 + torch.einsum(
        "ij,jhw->ihw", mixing, torch.rand(3, 40, 30, generator=generator) - 0.5
    )


def moments(pixels: Tensor) -> tuple[Tensor, Tensor]:
    flat = pixels.double().reshape(3, -1)
    return flat.mean(dim=1), torch.cov(flat, correction=0)


def test_covariance_matches_mean_and_covariance() -> None:
    style, content = random_colors(1, 0.5), random_colors(2, 0.3)
    matched = match_covariance(style, content)
    for ours, theirs in zip(moments(matched), moments(content), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-3)


def test_histogram_matches_each_channel() -> None:
    style, content = random_colors(1, 0.5), random_colors(2, 0.3)
    matched = match_histogram(style, content)
    for channel in range(3):
        torch.testing.assert_close(
            matched[channel].flatten().sort().values,
            content[channel].flatten().sort().values,
            atol=2e-3,
            rtol=0,
        )
    # What was brighter stays brighter.
    order = style[0].flatten().argsort()
    assert (matched[0].flatten()[order].diff() >= -1e-6).all()


@pytest.mark.parametrize("match", [match_covariance, match_histogram])
@pytest.mark.parametrize("which", ["style", "content", "both", "flat"])
def test_gray_and_flat_images_are_safe(match: object, which: str) -> None:
    gray = torch.rand(1, 20, 20, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1)
    style = gray if which in ("style", "both") else random_colors(1, 0.5)
    content = gray if which in ("content", "both") else random_colors(2, 0.3)
    if which == "flat":
        style, content = torch.full((3, 9, 9), 0.2), torch.full((3, 9, 9), 0.7)
    matched = match(style.contiguous(), content.contiguous())  # type: ignore[operator]
    assert matched.isfinite().all()
    assert float(matched.min()) >= 0
    assert float(matched.max()) <= 1
    if which == "content" and match is match_covariance:
        assert float((matched[0] - matched[1]).abs().max()) < 0.05


@pytest.mark.parametrize("mode", ["luminance", "covariance", "histogram"])
def test_the_result_is_nearer_to_the_photographs_colors(
    host: Host, read: Callable[[str], Frame], mode: str
) -> None:
    options = {"size": 64, "steps": 6, "backbone": "vgg19", "gatys": {"min_size": 64}}
    sources = {"content": "sample:coffee", "style": "sample:waves"}
    recolored = host.run("gatys", **sources, **options, color=mode)
    plain = host.run("gatys", **sources, **options)
    original = read("sample:coffee").resized(recolored.image.width, recolored.image.height)

    def color_distance(pixels: Tensor) -> float:
        chroma = [x - luma(x) for x in (pixels, original.pixels)]
        return float((chroma[0].mean((1, 2)) - chroma[1].mean((1, 2))).abs().sum())

    assert color_distance(recolored.image.pixels) < 0.7 * color_distance(plain.image.pixels)
    assert recolored.record["config"]["gatys:gatys"]["color"] == mode
    assert recolored.losses["total"] > 0


def test_luminance_keeps_hue_up_to_clamping(host: Host, read: Callable[[str], Frame]) -> None:
    result = host.run(
        "gatys",
        content="sample:chelsea",
        style="sample:waves",
        size=64,
        steps=3,
        backbone="vgg19",
        color="luminance",
    )
    original = read("sample:chelsea").resized(result.image.width, result.image.height)
    ours = result.image.pixels
    inside = ((ours > 0.02) & (ours < 0.98)).all(dim=0)
    chroma = (ours - luma(ours)) - (original.pixels - luma(original.pixels))
    assert float(inside.float().mean()) > 0.5
    assert float(chroma[:, inside].abs().max()) < 0.01
