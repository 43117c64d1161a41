"""Tiles give exactly the gradient of the whole image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from stylekit import Frame, Host
from stylekit.params import Params
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.gatys.objective import LossWeights, Objective, RegionStyles
from stylekit_plugins.gatys.tiled_objective import TiledObjective
from stylekit_plugins.gatys.tiles import cut_into_tiles
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.moments import MomentsLoss
from stylekit_plugins.losses.params import GramParams, WassersteinParams
from stylekit_plugins.losses.tv import TotalVariationLoss
from stylekit_plugins.losses.wasserstein import WassersteinLoss

pytestmark = pytest.mark.slow

LAYERS = {"relu1_1": 1.0, "relu2_1": 0.8, "relu3_1": 0.6, "relu4_1": 0.4, "relu5_1": 0.2}
STYLE_LOSSES = {
    "gram": lambda: GramLoss(GramParams(precision="float32")),
    "moments": lambda: MomentsLoss(Params()),
    "wasserstein": lambda: WassersteinLoss(WassersteinParams()),
}


@pytest.fixture(scope="module")
def net(vgg19_parameters: LoadedWeights) -> VGG:
    return VGG(VGGParams(precision="float32"), vgg19_parameters)


@pytest.fixture(scope="module")
def images(read: Callable[[str], Frame]) -> dict[str, Tensor]:
    """Real images of awkward sizes."""
    sizes = {"astronaut": (309, 251), "swirls": (280, 230), "coffee": (309, 251)}
    return {
        name: read(f"sample:{name}").resized(*size).pixels[None] for name, size in sizes.items()
    }


def losses_and_gradient(objective: Objective, image: Tensor) -> tuple[dict[str, float], Tensor]:
    image = image.clone().requires_grad_(True)
    losses = objective(image)
    losses["total"].backward()  # type: ignore[no-untyped-call]
    assert image.grad is not None
    return {name: float(loss.detach()) for name, loss in losses.items()}, image.grad


@pytest.mark.parametrize("name", STYLE_LOSSES)
def test_the_gradient_is_that_of_the_whole_image(
    name: str, net: VGG, images: dict[str, Tensor], region_styles: Callable[..., RegionStyles]
) -> None:
    options: dict[str, Any] = {
        "backbone": net,
        "content_loss": ContentLoss(Params()),
        "image_loss": TotalVariationLoss(Params()),
        "weights": LossWeights(1.0, 30.0, 0.5, {"relu4_2": 1.0}, LAYERS),
        "content": images["astronaut"],
        "regions": [region_styles((images["swirls"], 0.5), (images["coffee"], 0.5))],
    }
    image = images["coffee"]
    whole, expected = losses_and_gradient(
        Objective(style_loss=STYLE_LOSSES[name](), **options), image
    )
    tiled, gradient = losses_and_gradient(
        TiledObjective(core=128, style_loss=STYLE_LOSSES[name](), **options), image
    )
    assert tiled == pytest.approx(whole, rel=1e-5)
    assert float((gradient - expected).norm() / expected.norm()) < 1e-5


@pytest.mark.parametrize("size", [(64, 64), (309, 251), (129, 127), (1000, 40)])
@pytest.mark.parametrize("core", [32, 96])
def test_cores_cover_the_features_once(size: tuple[int, int], core: int) -> None:
    width, height = size
    tiles = cut_into_tiles(width, height, core, halo=80, stride=16)
    for stride in (1, 2, 16):
        counted = torch.zeros(1, 1, height // stride, width // stride)
        for tile in tiles:
            core = tile.core_in_image(counted, stride)
            crop = tile.crop(torch.zeros(1, 1, height, width))
            shape = (1, 1, crop.shape[-2] // stride, crop.shape[-1] // stride)
            assert tile.core(torch.zeros(shape), stride).shape == core.shape
            core += 1
        assert (counted == 1).all()


def test_reach_of_vgg19(vgg19_parameters: LoadedWeights) -> None:
    """A feature of relu5_1 sees 156 pixels: its own 16 and 70 each way."""
    # Winograd's rounding, and no more, reaches the whole of a square.
    net = VGG(VGGParams(precision="exact"), vgg19_parameters)
    assert net.reach(["relu5_1"]) == 70
    image = torch.rand(1, 3, 320, 320, requires_grad=True)
    net.features(image, ["relu5_1"])["relu5_1"][0, :, 10, 10].sum().backward()
    assert image.grad is not None
    touched = image.grad.abs().sum(dim=(0, 1)).nonzero()
    assert int(touched.min()) >= 160 - 70
    assert int(touched.max()) < 176 + 70


def test_a_run_that_does_not_fit_uses_tiles(host: Host) -> None:
    options: dict[str, Any] = {
        "content": "sample:chelsea",
        "style": "sample:waves",
        "backbone": "vgg19",
        "size": 384,
        "steps": 2,
        "init": "content",
        "optimizer": "adam",
        "precision": "exact",
        "gatys": {"min_size": 384},
    }
    whole = host.run(**options)
    # Whole, it would need 195 MiB; by tiles, 163.
    tiled = host.run(memory_mb=180, **options)
    difference = (whole.image.pixels - tiled.image.pixels).abs()
    assert float(difference.mean()) < 1e-3
    assert tiled.losses["total"] == pytest.approx(whole.losses["total"], rel=1e-3)
