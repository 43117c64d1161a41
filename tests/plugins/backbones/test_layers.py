"""Layers before the ReLU: their names, order, scale and geometry; unknown layers."""

from __future__ import annotations

import pytest
import torch

from stylekit import BackboneSpec, Host
from stylekit.errors import UsageError
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.calibration import mean_activations
from stylekit_plugins.backbones.vgg import VGG, VGGParams


@pytest.fixture(scope="module")
def smooth(vgg16_parameters: LoadedWeights) -> VGG:
    """With average pooling, a feature depends on its whole receptive field, not on maxima alone."""
    return VGG(VGGParams(pooling="average", precision="exact"), vgg16_parameters)


@pytest.mark.parametrize(("network", "count"), [("vgg16", 13), ("vgg19", 16)])
def test_every_convolution_is_listed_before_its_relu(host: Host, network: str, count: int) -> None:
    layers = host.catalogue.find(BackboneSpec, network).spec.layers
    convolutions = [layer for layer in layers if layer.startswith("conv")]
    assert len(convolutions) == count
    for layer in convolutions:
        assert layers[layers.index(layer) + 1] == layer.replace("conv", "relu")
    assert layers[:5] == ("conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1")
    assert layers[-1] == "pool5"


def test_a_convolution_has_the_scale_of_its_relu(vgg16_parameters: LoadedWeights) -> None:
    net = VGG(VGGParams(precision="float32"), vgg16_parameters)
    names = list(net.net)

    def rectified(image: torch.Tensor, layers: list[str]) -> dict[str, torch.Tensor]:
        return {layer: value.clamp(min=0) for layer, value in net.features(image, layers).items()}

    measured = mean_activations(rectified, names)  # type: ignore[arg-type]
    assert measured == pytest.approx(dict.fromkeys(names, 1.0), rel=1e-3)


@pytest.mark.parametrize(
    ("layer", "reach"),
    [("conv1_1", 1), ("conv1_2", 2), ("conv2_1", 4), ("conv3_1", 10), ("conv4_2", 34)],
)
def test_reach_is_exactly_what_a_feature_sees(smooth: VGG, layer: str, reach: int) -> None:
    assert smooth.reach([layer]) == reach == smooth.reach([layer.replace("conv", "relu")])
    stride = smooth.stride(layer)
    side = 2 * (reach + 16) // stride * stride
    image = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    image.requires_grad_(True)
    middle = side // stride // 2
    smooth.features(image, [layer])[layer][0, :, middle, middle].sum().backward()
    assert image.grad is not None
    touched = image.grad.abs().sum(dim=(0, 1)).nonzero()
    assert int(touched.min()) == middle * stride - reach
    assert int(touched.max()) == middle * stride + stride - 1 + reach


def test_the_deepest_layer_decides(smooth: VGG) -> None:
    assert smooth.reach(["conv1_1", "conv4_2"]) == smooth.reach(["conv4_2"])
    assert smooth.reach(["pool4"]) < smooth.reach(["conv5_1"])


def test_a_requested_convolution_takes_memory(smooth: VGG) -> None:
    """Both are held: the convolution by the caller, the ReLU for the next layer."""
    per_pixel = smooth.bytes_per_pixel
    # 128 channels on a quarter of the positions: the feature and its gradient, 4 bytes each.
    with_conv = per_pixel(["conv2_1", "relu4_2"]) - per_pixel(["relu4_2"])
    assert with_conv == 128 / 4 * 8
    # Nothing more is computed behind a convolution than behind its ReLU.
    assert per_pixel(["conv4_2"]) <= per_pixel(["conv4_2", "relu4_2"])


@pytest.mark.parametrize("layer", ["", "relu4_9", "conv", "rleu4_2"])
def test_an_unknown_layer_is_named(smooth: VGG, layer: str) -> None:
    image = torch.rand(1, 3, 32, 32)
    for use in (
        lambda: smooth.features(image, [layer]),
        lambda: smooth.stride(layer),
        lambda: smooth.reach(["relu1_1", layer]),
        lambda: smooth.bytes_per_pixel([layer]),
        lambda: smooth.native_bytes_per_pixel([layer]),
    ):
        with pytest.raises(UsageError, match=f"no layer '{layer}'") as caught:
            use()
        assert "relu4_2" in str(caught.value.hint)
