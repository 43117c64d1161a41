"""A network for one painting, made of the arbitrary-style network, and published networks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit import Frame, Host
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.arbitrary.predict import Predict
from stylekit_plugins.fast.network import FastNetwork, warm_network
from stylekit_plugins.networks.style_transform import Transform

STRENGTHS, GATES = (0.0, 0.5, 1.0, 1.5), (0.0, 1.0, 1.0, 1.0)


@pytest.fixture(scope="session")
def transform(host: Host) -> Transform:
    return Transform(WeightsManager(host.catalogue, {}).load("magenta-transform").state)


@pytest.fixture(scope="session")
def embedding(host: Host, read: Callable[[str], Frame]) -> Tensor:
    """The embedding of a built-in painting, (100,)."""
    predict = Predict(WeightsManager(host.catalogue, {}).load("magenta-predict").state)
    result: Tensor = predict(read("sample:swirls").resized(256, 256).pixels[None])
    return result.flatten()


@pytest.fixture
def network(transform: Transform, embedding: Tensor) -> FastNetwork:
    return warm_network(transform, embedding, STRENGTHS, GATES)


class PublishedConv(nn.Module):
    """A convolution after reflection padding, after upsampling if it expands."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, scale: int = 1):
        super().__init__()
        self.reflection_pad = nn.ReflectionPad2d(kernel // 2)
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        if self.scale > 1:
            x = F.interpolate(x, mode="nearest", scale_factor=self.scale)
        result: Tensor = self.conv2d(self.reflection_pad(x))
        return result


class PublishedResidual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.conv1, self.conv2 = (PublishedConv(channels, channels, 3) for _ in range(2))
        self.in1, self.in2 = (nn.InstanceNorm2d(channels, affine=True) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.in2(self.conv2(torch.relu(self.in1(self.conv1(x)))))


class TransformerNet(nn.Module):
    """The published layout of pytorch/examples' fast_neural_style, on RGB in 0..255."""

    def __init__(self, width: int = 32):
        super().__init__()
        w = width
        self.conv1, self.in1 = PublishedConv(3, w, 9), nn.InstanceNorm2d(w, affine=True)
        self.conv2, self.in2 = PublishedConv(w, 2 * w, 3, 2), nn.InstanceNorm2d(2 * w, affine=True)
        self.conv3 = PublishedConv(2 * w, 4 * w, 3, 2)
        self.in3 = nn.InstanceNorm2d(4 * w, affine=True)
        for number in range(1, 6):
            setattr(self, f"res{number}", PublishedResidual(4 * w))
        self.deconv1 = PublishedConv(4 * w, 2 * w, 3, scale=2)
        self.in4 = nn.InstanceNorm2d(2 * w, affine=True)
        self.deconv2 = PublishedConv(2 * w, w, 3, scale=2)
        self.in5 = nn.InstanceNorm2d(w, affine=True)
        self.deconv3 = PublishedConv(w, 3, 9)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.in1(self.conv1(x)))
        x = torch.relu(self.in2(self.conv2(x)))
        x = torch.relu(self.in3(self.conv3(x)))
        for number in range(1, 6):
            x = getattr(self, f"res{number}")(x)
        x = torch.relu(self.in4(self.deconv1(x)))
        x = torch.relu(self.in5(self.deconv2(x)))
        result: Tensor = self.deconv3(x)
        return result


@pytest.fixture(params=[32, 8], ids=lambda width: f"{width} channels")
def published(request: pytest.FixtureRequest) -> TransformerNet:
    """A network of the published layout with random parameters, in a likely range."""
    torch.manual_seed(request.param)
    network = TransformerNet(request.param)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if ".in" in f".{name}":
                parameter += torch.rand_like(parameter) / 2
        network.deconv3.conv2d.bias += 120
        network.deconv3.conv2d.weight *= 40
    return network.eval()
