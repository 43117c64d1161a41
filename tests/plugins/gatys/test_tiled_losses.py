"""Every style loss by tiles, against the whole image: in float32, at its default parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from torch import Tensor

from stylekit import Frame, Host, LossSpec
from stylekit.machine import precision
from stylekit.params import Params
from stylekit.protocols import LayerLoss, LoadedWeights
from stylekit_plugins.backbones.vgg import VGG, VGGParams
from stylekit_plugins.gatys.objective import LossWeights, Objective, RegionStyles
from stylekit_plugins.gatys.tiled_objective import TiledObjective
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.tv import TotalVariationLoss

pytestmark = pytest.mark.slow

BUILT_IN = Host(builtins_only=True)
EVEN = dict.fromkeys(("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"), 1.0)


def style_loss(name: str) -> LayerLoss:
    plan = BUILT_IN.plan({"style_loss": name, "precision": "float32"})
    loss: LayerLoss = plan.slots["style_loss"].make()
    return loss


ADDITIVE = [
    component.spec.name
    for component in BUILT_IN.catalogue.all(LossSpec)
    if component.spec.role == "style"
    and getattr(style_loss(component.spec.name), "additive", False)
]


@pytest.fixture(scope="module")
def net(vgg19_parameters: LoadedWeights) -> VGG:
    return VGG(VGGParams(precision="float32"), vgg19_parameters)


@pytest.fixture
def style_of(
    net: VGG, read: Callable[[str], Frame], region_styles: Callable[..., RegionStyles]
) -> Callable[..., tuple[float, Tensor]]:
    """Returns a style loss and its gradient, by tiles if a core is given."""

    def measured(
        name: str,
        size: tuple[int, int],
        core: int | None,
        layers: Mapping[str, float] = EVEN,
    ) -> tuple[float, Tensor]:
        def sized(sample: str, width: int, height: int) -> Tensor:
            return read(f"sample:{sample}").resized(width, height).pixels[None]

        options: dict[str, Any] = {
            "backbone": net,
            "content_loss": ContentLoss(Params()),
            "style_loss": style_loss(name),
            "image_loss": TotalVariationLoss(Params()),
            "weights": LossWeights(0.0, 1.0, 0.0, {"relu1_1": 1.0}, layers),
            "content": sized("coffee", *size),
            "regions": [region_styles((sized("swirls", 144, 112), 1.0))],
        }
        objective = Objective(**options) if core is None else TiledObjective(core, **options)
        image = sized("coffee", *size).requires_grad_(True)
        losses = objective(image)
        losses["total"].backward()  # type: ignore[no-untyped-call]
        assert image.grad is not None
        return float(losses["style"].detach()), image.grad.double()

    return measured


def relative(value: Tensor, expected: Tensor) -> float:
    return float((value - expected).norm() / expected.norm())


def test_the_built_in_style_losses_can_be_summed_over_tiles() -> None:
    assert {"gram", "moments", "wasserstein"} <= set(ADDITIVE)


@pytest.mark.parametrize(
    ("size", "core"),
    [
        pytest.param((256, 208), 128, id="2 x 2 tiles"),
        pytest.param((105, 250), 96, id="3 x 1, and some pixels over"),
        pytest.param((200, 72), 64, id="1 x 3, a narrow one last"),
        pytest.param((384, 320), 128, id="3 x 3 tiles", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", ADDITIVE)
def test_the_gradient_is_that_of_the_whole_image(
    name: str,
    size: tuple[int, int],
    core: int,
    style_of: Callable[..., tuple[float, Tensor]],
) -> None:
    """The tolerance is ten times the rounding of the float32 network's own backward pass."""
    loss, gradient = style_of(name, size, core)
    expected_loss, expected = style_of(name, size, None)
    assert loss == pytest.approx(expected_loss, rel=1e-6)
    assert relative(gradient, expected) < 1e-5


@pytest.mark.parametrize("layer", ["relu1_1", "relu4_1", "relu5_1"])
def test_the_wasserstein_gradient_of_single_layers(
    layer: str, style_of: Callable[..., tuple[float, Tensor]]
) -> None:
    """The layers where float32 is worst: small variances, or fewer positions than channels."""
    _, gradient = style_of("wasserstein", (160, 128), 128, {layer: 1.0})
    _, expected = style_of("wasserstein", (160, 128), None, {layer: 1.0})
    assert relative(gradient, expected) < 1e-5


def test_without_float64_the_moments_limit_accuracy(
    style_of: Callable[..., tuple[float, Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device like MPS has moments in float32; the roots are then in float64 on the CPU."""
    monkeypatch.setattr(precision, "_WITHOUT_FLOAT64", frozenset({"cpu"}))
    _, gradient = style_of("wasserstein", (160, 128), 128)
    _, expected = style_of("wasserstein", (160, 128), None)
    assert relative(gradient, expected) < 1e-4
