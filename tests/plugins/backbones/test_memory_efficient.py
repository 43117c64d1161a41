"""Little is saved for backward, and values and gradients are torch's own, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones import memory_efficient
from stylekit_plugins.backbones.vgg import VGG, VGGParams

STYLE_AND_CONTENT = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1"]
BEFORE_RELU = ["conv1_1", "conv2_2", "conv3_1", "conv4_2", "conv5_1"]


@pytest.fixture(scope="module", params=["max", "average"])
def net(request: pytest.FixtureRequest, vgg16_parameters: LoadedWeights) -> VGG:
    return VGG(VGGParams(pooling=request.param, precision="exact"), vgg16_parameters)


def random_image(*size: int) -> Tensor:
    return torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0)).requires_grad_(True)


def plain(net: VGG, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
    """Compute the same network with torch's operations, none in place."""
    pool = F.max_pool2d if net.pooling == "max" else F.avg_pool2d
    x = ((image - net.mean) / net.std).contiguous(memory_format=torch.channels_last)
    features = {}
    names = [name.removeprefix("conv") for name in net.net]
    for name, following in zip(names, [*names[1:], "6_1"], strict=True):
        x = features[f"conv{name}"] = net.net[f"conv{name}"](x)
        x = features[f"relu{name}"] = F.relu(x)
        if following[0] != name[0]:
            x = features[f"pool{name[0]}"] = pool(x, 2)
    return {layer: features[layer] for layer in layers}


def gram_loss(features: dict[str, Tensor]) -> Tensor:
    """Return a loss on Gram matrices; its gradient differs at every position."""
    terms = []
    for value in features.values():
        flat = value.reshape(value.shape[1], -1)
        terms.append((flat @ flat.T / flat.shape[1]).square().mean() + value.mean())
    return torch.stack(terms).sum()


@pytest.mark.parametrize("size", [(48, 64), (53, 39)])
@pytest.mark.parametrize(
    "layers",
    [
        STYLE_AND_CONTENT,
        BEFORE_RELU,
        ["conv1_2", "relu1_2", "pool1", "conv2_1", "relu2_1", "conv3_3", "pool3", "relu3_3"],
        ["pool1", "conv2_2", "pool2", "relu4_3", "conv5_3"],
        ["conv4_2", "relu4_2", "pool4"],
    ],
    ids=lambda layers: layers[0] + "..." + layers[-1],
)
def test_features_and_gradients_are_those_of_plain_torch(
    net: VGG, size: tuple[int, int], layers: list[str]
) -> None:
    image = random_image(*size)
    expected = plain(net, image, layers)
    (gradient,) = torch.autograd.grad(gram_loss(expected), image)
    ours = net.features(image, layers)
    ours = {layer: ours[layer] for layer in layers}
    # Compared after backward: neither ReLU nor a gradient may have overwritten a feature.
    (our_gradient,) = torch.autograd.grad(gram_loss(ours), image)
    for layer in layers:
        assert torch.equal(ours[layer], expected[layer]), layer
    assert torch.equal(our_gradient, gradient)
    with torch.no_grad():
        for layer, value in net.features(image, layers).items():
            assert torch.equal(value, expected[layer]), layer


def signs(*shape: int) -> Tensor:
    """Return few different values, so that a 2x2 square often has several maxima."""
    values = torch.randint(-2, 3, shape, generator=torch.Generator().manual_seed(1)).float()
    return values.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(1, 8, 6, 10), (1, 8, 7, 9), (1, 4, 2, 3)])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (memory_efficient.max_pool, lambda x: F.max_pool2d(x, 2)),
        (memory_efficient.average_pool, lambda x: F.avg_pool2d(x, 2)),
        (lambda x: memory_efficient.relu(x, in_place=True), F.relu),
        (lambda x: memory_efficient.relu_with_tap(x, in_place=True)[0], F.relu),
        (lambda x: memory_efficient.relu_with_tap(x, in_place=False)[1], F.relu),
    ],
    ids=["max", "average", "relu", "tapped-next", "tap"],
)
def test_operations_are_torchs_own(
    ours: Callable[[Tensor], Tensor], theirs: Callable[[Tensor], Tensor], shape: tuple[int, ...]
) -> None:
    x = signs(*shape).requires_grad_(True)
    results = []
    for operation in (theirs, ours):
        # Twice the input: a leaf cannot be overwritten.
        value = operation(2 * x)
        weights = torch.arange(value.numel()).view(value.shape).float() - 3
        results.append((value.detach(), *torch.autograd.grad((value * weights).sum(), x)))
    for actual, expected in zip(results[1], results[0], strict=True):
        assert torch.equal(actual, expected)
    assert results[1][0].is_contiguous(memory_format=torch.channels_last)


def test_the_gradient_of_the_tap_is_added_and_only_read() -> None:
    x = signs(1, 4, 6, 6).requires_grad_(True)
    weights = torch.arange(x.numel()).view(x.shape).float() - 3
    outside = weights.flip(2).clone()
    results = []
    for result, tap in (
        2 * [F.relu(2 * x)],
        memory_efficient.relu_with_tap(2 * x, in_place=True),
    ):
        loss = (result * weights).sum()
        results.append(torch.autograd.grad((loss, tap), x, (torch.ones(()), outside)))
        assert torch.equal(outside, weights.flip(2))
    assert torch.equal(results[0][0], results[1][0])


def saved_tensors(net: VGG, layers: list[str]) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Return the tensors saved for backward, without the network's own, and the features."""
    saved: dict[int, Tensor] = {}
    own = {tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers())}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            saved[tensor.data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        features = net.features(random_image(64, 64), layers)
    return list(saved.values()), features


@pytest.mark.parametrize("layers", [STYLE_AND_CONTENT, BEFORE_RELU], ids=["relu", "conv"])
def test_nothing_is_saved_but_requested_features_and_masks(net: VGG, layers: list[str]) -> None:
    saved, features = saved_tensors(net, layers)
    requested = {value.data_ptr() for value in features.values()}
    masks = [tensor for tensor in saved if tensor.data_ptr() not in requested]
    assert masks
    # At most one byte for each value of the layers passed through and not requested, and two for
    # each maximum of four values.
    passed = [name for name in net.net if net._position(name) <= net._position("relu5_1")]
    sizes = {name: net.net[name].out_channels * (64 // net.stride(name)) ** 2 for name in passed}
    known = sum(value.numel() for layer, value in features.items() if layer.startswith("relu"))
    pooled = sum(sizes[f"conv{name}"] for name in net._last if f"conv{name}" in sizes)
    places = pooled // 2 if net.pooling == "max" else 0
    assert all(tensor.element_size() <= 2 for tensor in masks)
    assert sum(tensor.nbytes for tensor in masks) <= sum(sizes.values()) - known + places


def test_an_overwritten_feature_is_detected(net: VGG) -> None:
    """Backward reads requested features, so a change must not go unnoticed."""
    features = net.features(random_image(32, 32), ["relu1_1", "relu2_1"])
    features["relu1_1"].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        features["relu2_1"].sum().backward()


def test_a_second_derivative_is_refused(net: VGG) -> None:
    image = random_image(32, 32)
    loss = net.features(image, ["relu2_1"])["relu2_1"].square().sum()
    (gradient,) = torch.autograd.grad(loss, image, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
