"""Guided style: the right positions, the paper's matrix, the whole image's gradient in tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from stylekit import Frame, Host
from stylekit.images.masks import distance
from stylekit.params import Params
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.gatys import spatial_guidance
from stylekit_plugins.gatys.objective import LossWeights, Objective, RegionStyles
from stylekit_plugins.gatys.tiled_objective import TiledObjective
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.moments import MomentsLoss
from stylekit_plugins.losses.params import GramParams
from stylekit_plugins.losses.tv import TotalVariationLoss

LAYERS = {"relu1_1": 1.0, "relu2_1": 0.8, "relu3_1": 0.6, "relu4_1": 0.4}
WIDTH, HEIGHT = 203, 151


EXACT_GRAM = GramLoss(GramParams(precision="float32"))


@pytest.fixture(scope="module")
def net(vgg19_parameters: LoadedWeights) -> VGG:
    return VGG(VGGParams(precision="float32"), vgg19_parameters)


@pytest.fixture(scope="module")
def images(read: Callable[[str], Frame]) -> dict[str, Tensor]:
    names = ("astronaut", "swirls", "coffee", "waves")
    return {name: read(f"sample:{name}").resized(WIDTH, HEIGHT).pixels[None] for name in names}


def box(left: int, top: int, right: int, bottom: int) -> Tensor:
    mask = torch.zeros(HEIGHT, WIDTH)
    mask[top:bottom, left:right] = 1
    return mask


@pytest.fixture(scope="module")
def make(
    net: VGG, images: dict[str, Tensor], region_styles: Callable[..., RegionStyles]
) -> Callable[..., Objective]:
    def objective(
        *masks: Tensor, kind: Any = Objective, loss: Any = EXACT_GRAM, **more: Any
    ) -> Objective:
        styles = [images["swirls"], images["waves"]]
        built: Objective = kind(
            backbone=net,
            content_loss=ContentLoss(Params()),
            style_loss=loss,
            image_loss=TotalVariationLoss(Params()),
            weights=LossWeights(1.0, 30.0, 0.5, {"relu4_2": 1.0}, LAYERS),
            content=images["astronaut"],
            regions=[
                region_styles((style, 1.0), mask=mask, weight=1 / len(masks))
                for style, mask in zip(styles, masks, strict=False)
            ],
            **more,
        )
        return built

    return objective


def inside(mask: Tensor, stride: int, reach: int) -> Tensor:
    return spatial_guidance.inside(mask, distance(mask > 0.5), stride, reach)


def losses_and_gradient(objective: Objective, image: Tensor) -> tuple[dict[str, float], Tensor]:
    image = image.clone().requires_grad_(True)
    losses = objective(image)
    losses["total"].backward()  # type: ignore[no-untyped-call]
    assert image.grad is not None
    return {name: float(loss.detach()) for name, loss in losses.items()}, image.grad


def test_selecting_positions_gives_the_guided_gram_matrix(
    net: VGG, images: dict[str, Tensor]
) -> None:
    """Gatys et al. 2017, equation 5: `(F T)(F T)^T / N`, T scaled so that mean(T^2) = 1."""
    features = net.features(images["coffee"], ["relu3_1"])["relu3_1"]
    positions = inside(box(20, 30, 160, 120), 4, 0)
    guide = positions.float() / positions.float().square().mean().sqrt()
    flat = (features * guide)[0].reshape(features.shape[1], -1)
    torch.testing.assert_close(
        EXACT_GRAM.measure(spatial_guidance.select(features, positions)),
        flat @ flat.T / flat.shape[1],
    )


@pytest.mark.slow
@pytest.mark.parametrize("loss", [EXACT_GRAM, MomentsLoss(Params())])
def test_tiles_give_the_whole_images_gradient(
    make: Callable[..., Objective], images: dict[str, Tensor], loss: Any
) -> None:
    soft = box(20, 30, 120, 140)
    soft[30:40] *= 0.4
    masks = (soft, box(130, 0, WIDTH, 60))
    whole, expected = losses_and_gradient(make(*masks, loss=loss), images["coffee"])
    tiled, gradient = losses_and_gradient(
        make(*masks, loss=loss, kind=TiledObjective, core=64), images["coffee"]
    )
    assert tiled == pytest.approx(whole, rel=1e-5)
    assert float((gradient - expected).norm() / expected.norm()) < 1e-5


def test_pixels_outside_have_no_gradient(
    make: Callable[..., Objective], images: dict[str, Tensor]
) -> None:
    mask = box(40, 40, 150, 120)
    losses, gradient = losses_and_gradient(make(mask), images["coffee"])
    assert float(gradient[..., mask == 0].abs().max()) == 0
    assert float(gradient[..., mask == 1].abs().min()) > 0
    # Pixels outside do not count at all.
    changed = torch.where(mask == 0, 1 - images["coffee"], images["coffee"])
    assert losses_and_gradient(make(mask), changed)[0] == losses


def test_a_region_of_everything_is_no_region(
    make: Callable[..., Objective],
    images: dict[str, Tensor],
    region_styles: Callable[..., RegionStyles],
) -> None:
    everywhere, _ = losses_and_gradient(make(torch.ones(HEIGHT, WIDTH)), images["coffee"])
    plain = make(torch.ones(HEIGHT, WIDTH))
    unmasked = Objective(
        backbone=plain._backbone,
        content_loss=ContentLoss(Params()),
        style_loss=EXACT_GRAM,
        image_loss=TotalVariationLoss(Params()),
        weights=plain.weights,
        content=images["astronaut"],
        regions=[region_styles((images["swirls"], 1.0))],
    )
    assert losses_and_gradient(unmasked, images["coffee"])[0] == pytest.approx(everywhere, rel=1e-5)


def test_positions_near_the_edge_are_excluded_as_far_as_enough_remain() -> None:
    mask = box(0, 0, 120, 120)
    wide = inside(mask, 4, 0)
    narrow = inside(mask, 4, 20)
    assert wide.sum() == 30 * 30
    # The image's own border is no edge of the region.
    assert narrow[:, 0].any()
    assert narrow[0].any()
    assert 0.5 * wide.sum() <= narrow.sum() < wide.sum()
    assert not narrow[:, 25:].any()
    assert inside(mask, 4, 1000).sum() >= 0.5 * wide.sum()


@pytest.mark.parametrize("place", [(50, 50, 51, 51), (202, 150, 203, 151), (0, 60, 203, 61)])
def test_slivers_have_a_position_and_finite_losses(
    make: Callable[..., Objective], images: dict[str, Tensor], place: tuple[int, int, int, int]
) -> None:
    """Smaller than a cell, or in the rest at the right that no cell of the deep layers covers."""
    mask = box(*place)
    for stride in (1, 2, 4, 8, 16):
        for positions in (inside(mask, stride, 30), spatial_guidance.touching(mask, stride)):
            assert positions.shape == (HEIGHT // stride, WIDTH // stride)
            assert positions.any()
            assert not positions.all()
    for kind, more in ((Objective, {}), (TiledObjective, {"core": 64})):
        losses, gradient = losses_and_gradient(make(mask, kind=kind, **more), images["coffee"])
        assert all(value >= 0 for value in losses.values())
        assert torch.isfinite(gradient).all()


@pytest.mark.slow
def test_each_region_tends_to_its_own_style(host: Host) -> None:
    """The style loss of a half against its own style falls, against the other's it does not."""
    size = 96
    colors = [
        torch.tensor(rgb).view(3, 1, 1).expand(3, 64, 64)
        for rgb in ((0.8, 0.1, 0.1), (0.1, 0.2, 0.9))
    ]
    noise = 0.1 * torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(1))
    left = torch.zeros(size, size)
    left[:, : size // 2] = 1
    result = host.run(
        "gatys",
        content=torch.full((3, size, size), 0.5),
        style=[color + noise for color in colors],
        region=[torch.stack([left] * 3), "rest"],
        backbone="vgg19",
        steps=40,
        init="content",
        gatys={"style_weight": 3000.0, "min_size": size},
    )
    pixels = result.image.pixels
    halves = [half.mean(dim=(1, 2)) for half in (pixels[..., :40], pixels[..., -40:])]
    assert halves[0][0] > halves[0][2] + 0.1
    assert halves[1][2] > halves[1][0] + 0.1
