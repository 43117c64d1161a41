"""What is kept for the way back is little, and what comes out is torch's own, bit for bit."""

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
    return VGG(VGGParams(pooling=request.param, precision="float32"), vgg16_parameters)


def random_image(*size: int) -> Tensor:
    return torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0)).requires_grad_(True)


def plain(net: VGG, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
    """The same network of torch's operations, none in place."""
    pool = F.max_pool2d if net.pooling == "max" else F.avg_pool2d
    x = ((image - net.mean) / net.std).contiguous(memory_format=torch.channels_last)
    found = {}
    names = [name.removeprefix("conv") for name in net.net]
    for name, following in zip(names, [*names[1:], "6_1"], strict=True):
        x = found[f"conv{name}"] = net.net[f"conv{name}"](x)
        x = found[f"relu{name}"] = F.relu(x)
        if following[0] != name[0]:
            x = found[f"pool{name[0]}"] = pool(x, 2)
    return {layer: found[layer] for layer in layers}


def pull(features: dict[str, Tensor]) -> Tensor:
    """A loss with Gram matrices, as in use: its gradient is different at every position."""
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
    (slope,) = torch.autograd.grad(pull(expected), image)
    ours = net.features(image, layers)
    ours = {layer: ours[layer] for layer in layers}
    # Compared after the way back too: neither ReLU nor a gradient may have overwritten a feature.
    (our_slope,) = torch.autograd.grad(pull(ours), image)
    for layer in layers:
        assert torch.equal(ours[layer], expected[layer]), layer
    assert torch.equal(our_slope, slope)
    with torch.no_grad():
        for layer, value in net.features(image, layers).items():
            assert torch.equal(value, expected[layer]), layer


def signs(*shape: int) -> Tensor:
    """Few different values, so that a 2x2 square often has several maxima."""
    values = torch.randint(-2, 3, shape, generator=torch.Generator().manual_seed(1)).float()
    return values.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(1, 8, 6, 10), (1, 8, 7, 9), (1, 4, 2, 3)])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (memory_efficient.max_pool, lambda x: F.max_pool2d(x, 2)),
        (memory_efficient.average_pool, lambda x: F.avg_pool2d(x, 2)),
        (lambda x: memory_efficient.relu(x, in_place=True), F.relu),
        (lambda x: memory_efficient.shared_relu(x, in_place=True)[0], F.relu),
        (lambda x: memory_efficient.shared_relu(x, in_place=False)[1], F.relu),
    ],
    ids=["max", "average", "relu", "shared-next", "shared-given"],
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
    for mine, torchs in zip(results[1], results[0], strict=True):
        assert torch.equal(mine, torchs)
    assert results[1][0].is_contiguous(memory_format=torch.channels_last)


def test_the_gradient_from_outside_is_added_and_only_read() -> None:
    x = signs(1, 4, 6, 6).requires_grad_(True)
    weights = torch.arange(x.numel()).view(x.shape).float() - 3
    outside = weights.flip(2).clone()
    results = []
    for next_one, given in (
        2 * [F.relu(2 * x)],
        memory_efficient.shared_relu(2 * x, in_place=True),
    ):
        loss = (next_one * weights).sum()
        results.append(torch.autograd.grad((loss, given), x, (torch.ones(()), outside)))
        assert torch.equal(outside, weights.flip(2))
    assert torch.equal(results[0][0], results[1][0])


def kept_tensors(net: VGG, layers: list[str]) -> tuple[list[Tensor], dict[str, Tensor]]:
    """What is kept for the way back, apart from the network itself, and the features."""
    kept: dict[int, Tensor] = {}
    own = {tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers())}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        features = net.features(random_image(64, 64), layers)
    return list(kept.values()), features


@pytest.mark.parametrize("layers", [STYLE_AND_CONTENT, BEFORE_RELU], ids=["relu", "conv"])
def test_nothing_is_kept_but_features_asked_for_and_masks(net: VGG, layers: list[str]) -> None:
    kept, features = kept_tensors(net, layers)
    asked = {value.data_ptr() for value in features.values()}
    masks = [tensor for tensor in kept if tensor.data_ptr() not in asked]
    assert masks
    # At the very most one byte for each value of the layers passed through and not asked for, and
    # two for each maximum of four values.
    passed = [name for name in net.net if net._position(name) <= (5, 1, True)]
    sizes = {name: net.net[name].out_channels * (64 // net.stride(name)) ** 2 for name in passed}
    known = sum(value.numel() for layer, value in features.items() if layer.startswith("relu"))
    pooled = sum(sizes[f"conv{name}"] for name in net._last if f"conv{name}" in sizes)
    places = pooled // 2 if net.pooling == "max" else 0
    assert all(tensor.element_size() <= 2 for tensor in masks)
    assert sum(tensor.nbytes for tensor in masks) <= sum(sizes.values()) - known + places


def test_an_overwritten_feature_is_found_out(net: VGG) -> None:
    """The way back reads features that were asked for, so a change must not go unnoticed."""
    features = net.features(random_image(32, 32), ["relu1_1", "relu2_1"])
    features["relu1_1"].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        features["relu2_1"].sum().backward()


def test_a_second_derivative_is_refused(net: VGG) -> None:
    image = random_image(32, 32)
    loss = net.features(image, ["relu2_1"])["relu2_1"].square().sum()
    (slope,) = torch.autograd.grad(loss, image, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
