"""bfloat16 inside the network: close to float32, and float32 outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit import Frame
from stylekit.machine import precision
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones.vgg import VGG, VGGParams

LAYERS = ["relu1_1", "conv2_1", "pool2", "conv4_2", "relu4_2", "relu5_1"]

# bfloat16 has 8 significant bits: a value is off by 1 in 256 at most, a sum of many by less.
TOLERANCE = 0.01


@pytest.fixture(scope="module")
def image(read: Callable[[str], Frame]) -> Tensor:
    """A small image (1, 3, 40, 40), as processors without bfloat16 take long."""
    return read("sample:astronaut").resized(40, 40).pixels[None]


def features_and_gradient(net: VGG, pixels: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    image = pixels.clone().requires_grad_(True)
    features = net.features(image, LAYERS)
    torch.stack([value.square().mean() for value in features.values()]).sum().backward()
    assert image.grad is not None
    return {layer: value.detach() for layer, value in features.items()}, image.grad


def assert_close(
    lower: tuple[dict[str, Tensor], Tensor], exact: tuple[dict[str, Tensor], Tensor]
) -> None:
    (features, gradient), (expected, expected_gradient) = lower, exact
    for layer in LAYERS:
        assert features[layer].dtype == torch.float32
        difference = features[layer] - expected[layer]
        assert float(difference.norm() / expected[layer].norm()) < TOLERANCE, layer
        assert float(difference.norm()) > 0, layer
    assert gradient.dtype == torch.float32
    assert gradient.is_contiguous()
    cosine = F.cosine_similarity(gradient.flatten(), expected_gradient.flatten(), dim=0)
    assert float(cosine) > 0.995


def test_bfloat16_is_close_to_float32(image: Tensor, vgg19_parameters: LoadedWeights) -> None:
    exact = features_and_gradient(VGG(VGGParams(precision="float32"), vgg19_parameters), image)
    lower = features_and_gradient(VGG(VGGParams(precision="bfloat16"), vgg19_parameters), image)
    assert_close(lower, exact)


@pytest.mark.parametrize(("amx", "same_as"), [(False, "float32"), (True, "bfloat16")])
def test_auto_on_the_cpu(
    amx: bool,
    same_as: str,
    image: Tensor,
    vgg19_parameters: LoadedWeights,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The results are bit for bit those of the format that is named explicitly."""
    monkeypatch.setattr(precision, "_has_amx", lambda: amx)
    params = VGGParams.model_validate({"precision": same_as})
    expected = features_and_gradient(VGG(params, vgg19_parameters), image)
    automatic = features_and_gradient(VGG(VGGParams(), vgg19_parameters), image)
    assert all(torch.equal(automatic[0][layer], expected[0][layer]) for layer in LAYERS)
    assert torch.equal(automatic[1], expected[1])


def test_a_torch_without_the_query_has_no_amx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported", raising=False)
    assert not precision.supports_bfloat16_matmul(torch.device("cpu"))


def test_activations_are_measured_in_float32(vgg16_parameters: LoadedWeights) -> None:
    """The scale of the features does not depend on the precision that a run chooses."""
    exact = VGG(VGGParams(pooling="average", precision="float32"), vgg16_parameters)
    lower = VGG(VGGParams(pooling="average", precision="bfloat16"), vgg16_parameters)
    for name, value in exact.state_dict().items():
        assert torch.equal(lower.state_dict()[name], value), name


@pytest.mark.parametrize(
    ("chosen", "device", "capability", "expected"),
    [
        ("auto", "mps", None, torch.float32),
        ("auto", "cuda", (7, 5), torch.float32),
        ("auto", "cuda", (8, 0), torch.bfloat16),
        ("auto", "cuda:1", (9, 0), torch.bfloat16),
        ("float32", "cuda", (9, 0), torch.float32),
        ("bfloat16", "cuda", (7, 5), torch.bfloat16),
    ],
)
def test_the_device_decides(
    chosen: str,
    device: str,
    capability: tuple[int, int] | None,
    expected: torch.dtype,
    vgg16_parameters: LoadedWeights,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    net = VGG(VGGParams.model_validate({"precision": chosen}), vgg16_parameters)
    assert net._number_format(torch.device(device)) is expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_auto_on_a_gpu(image: Tensor, vgg19_parameters: LoadedWeights) -> None:
    net = VGG(VGGParams(), vgg19_parameters)
    exact = features_and_gradient(net, image)
    net.to(torch.device("cuda"))
    features, gradient = features_and_gradient(net, image.cuda())
    assert {value.device.type for value in features.values()} == {"cuda"}
    on_cpu = {layer: value.cpu() for layer, value in features.items()}
    if torch.cuda.get_device_capability() >= (8, 0):
        assert_close((on_cpu, gradient.cpu()), exact)
    else:
        for layer, value in on_cpu.items():
            torch.testing.assert_close(value, exact[0][layer], rtol=1e-2, atol=1e-2)
