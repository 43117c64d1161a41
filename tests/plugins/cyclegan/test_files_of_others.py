"""Generators of other settings and projects give the output of their own networks.

The networks here are laid out as those projects publish them, out of torch's own layers.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit.errors import DamagedWeightsError
from stylekit_plugins.cyclegan.generator import Generator
from stylekit_plugins.cyclegan.loading import LUMINANCE, build_generator
from stylekit_plugins.weights.cyclegan import CycleGANGenerator

WIDTH = 4


class Block(nn.Module):
    def __init__(self, name: str, *layers: nn.Module) -> None:
        super().__init__()
        self.name = name
        self.add_module(name, nn.Sequential(*layers))

    def forward(self, x: Tensor) -> Tensor:
        inner: Tensor = self.get_submodule(self.name)(x)
        return x + inner


class Blur(nn.Module):
    """CUT's `Downsample` and `Upsample`."""

    def __init__(self, channels: int, values: list[float], upsample: bool) -> None:
        super().__init__()
        row = torch.tensor(values)
        plane = torch.outer(row, row)
        plane = plane / plane.sum() * (4 if upsample else 1)
        self.register_buffer("filt", plane.repeat(channels, 1, 1, 1))
        self.upsample = upsample

    def forward(self, x: Tensor) -> Tensor:
        filters = self.get_buffer("filt")
        if self.upsample:
            x = F.pad(x, (1, 1, 1, 1), mode="replicate")
            x = F.conv_transpose2d(x, filters, stride=2, padding=2, groups=x.shape[1])
            return x[:, :, 1:-1, 1:-1]
        return F.conv2d(
            F.pad(x, (1, 1, 1, 1), mode="reflect"), filters, stride=2, groups=len(filters)
        )


def published(
    *,
    channels: tuple[int, int] = (3, 3),
    norm: Callable[[int], nn.Module] = nn.InstanceNorm2d,
    bias: bool = True,
    blocks: int = 6,
    halvings: int = 2,
    antialias: bool = False,
    upsample: str = "transposed",
    block: str = "conv_block",
) -> nn.Module:
    """A network with the names and the layers of a published generator."""
    input_channels, output_channels = channels
    layers: list[nn.Module] = [
        nn.ReflectionPad2d(3),
        nn.Conv2d(input_channels, WIDTH, 7, bias=bias),
    ]
    layers += [norm(WIDTH), nn.ReLU()]
    for number in range(halvings):
        narrow, wide = WIDTH * 2**number, WIDTH * 2 ** (number + 1)
        stride = 1 if antialias else 2
        layers += [nn.Conv2d(narrow, wide, 3, stride, 1, bias=bias), norm(wide), nn.ReLU()]
        layers += [Blur(wide, [1, 2, 1], upsample=False)] if antialias else []
    for _ in range(blocks):
        half = [nn.ReflectionPad2d(1), nn.Conv2d(wide, wide, 3, bias=bias), norm(wide)]
        other = [nn.ReflectionPad2d(1), nn.Conv2d(wide, wide, 3, bias=bias), norm(wide)]
        layers.append(Block(block, *half, nn.ReLU(), *other))
    for number in reversed(range(halvings)):
        wide, narrow = WIDTH * 2 ** (number + 1), WIDTH * 2**number
        if upsample == "transposed":
            layers.append(nn.ConvTranspose2d(wide, narrow, 3, 2, 1, 1, bias=bias))
        else:
            blur = Blur(wide, [1, 3, 3, 1], upsample=True)
            layers.append(blur if upsample == "blur" else nn.Upsample(scale_factor=2))
            layers.append(nn.Conv2d(wide, narrow, 3, 1, 1, bias=bias))
        layers += [norm(narrow), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(WIDTH, output_channels, 7), nn.Tanh()]
    net = nn.Sequential(OrderedDict(model=nn.Sequential(*layers)))
    torch.manual_seed(0)
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point() and not name.endswith(("filt", "running_var")):
            tensor.normal_(0, 0.2)
    # As the authors' test.py uses it: normalizations take the statistics of the image.
    return net.requires_grad_(False)


OTHERS = {
    "batch norm": {"norm": nn.BatchNorm2d, "bias": False},
    "affine instance norm": {"norm": functools.partial(nn.InstanceNorm2d, affine=True)},
    "unused statistics": {"norm": functools.partial(nn.InstanceNorm2d, track_running_stats=True)},
    "three blocks": {"blocks": 3},
    "twelve blocks": {"blocks": 12},
    "pix2pixHD": {"halvings": 4, "blocks": 2},
    "CUT": {"antialias": True, "upsample": "blur"},
    "CUT with batch norm": {
        "antialias": True,
        "upsample": "blur",
        "norm": nn.BatchNorm2d,
        "bias": False,
    },
    "CUT --no_antialias_up": {"antialias": True},
    "CUT --no_antialias": {"upsample": "blur"},
    "PyTorch-GAN": {"upsample": "nearest", "block": "block"},
}


def noise(channels: int) -> Tensor:
    return torch.rand(1, channels, 64, 48, generator=torch.Generator().manual_seed(1)) * 2 - 1


def loaded(net: nn.Module, folder: Path) -> Generator:
    torch.save(net.state_dict(), folder / "latest_net_G.pth")
    return build_generator(CycleGANGenerator(None).decode(folder / "latest_net_G.pth").state)


@pytest.mark.parametrize("name", OTHERS)
@torch.inference_mode()
def test_a_generator_gives_the_output_of_its_own_network(name: str, tmp_path: Path) -> None:
    net = published(**OTHERS[name])  # type: ignore[arg-type]
    expected = net(noise(3))
    assert float(expected.std()) > 0.1
    output = loaded(net, tmp_path)(noise(3))
    torch.testing.assert_close(output, expected, rtol=0, atol=2e-4)


@pytest.mark.parametrize("channels", [(1, 3), (3, 1), (1, 1)])
@torch.inference_mode()
def test_a_generator_of_gray_images_takes_the_luminance(
    channels: tuple[int, int], tmp_path: Path
) -> None:
    net = published(channels=channels)
    image = noise(3)
    luminance = (image * torch.tensor(LUMINANCE).view(1, 3, 1, 1)).sum(1, keepdim=True)
    expected = net(luminance if channels[0] == 1 else image)
    output = loaded(net, tmp_path)(image)
    torch.testing.assert_close(output, expected.expand(-1, 3, -1, -1), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": (4, 3)}, "images of 4 channels"),
        ({"channels": (3, 2)}, r"'model\.2[0-9]\.(bias|weight)' has the shape"),
        ({"norm": lambda channels: nn.Identity(), "bias": False}, "without normalization"),
        ({"blocks": 0}, "no residual blocks"),
    ],
)
def test_another_architecture_is_refused_with_its_reason(
    options: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(DamagedWeightsError, match=words):
        loaded(published(**options), tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("model.13.conv_block.5.bias"), "has no"),
        (lambda state: state.update({"model.11.attention": torch.ones(2)}), "unexpected tensors"),
        (lambda state: state.update({"model.16.mode": torch.tensor([9])}), "upsampling mode"),
        (lambda state: state.update({"model.4.weight": torch.ones(2, 2)}), "has the shape"),
    ],
)
def test_a_file_with_odd_tensors_is_refused(
    change: Callable[[dict[str, Tensor]], object], words: str, tmp_path: Path
) -> None:
    state = published(blocks=6).state_dict()
    change(state)
    torch.save(state, tmp_path / "g.pth")
    with pytest.raises(DamagedWeightsError, match=words):
        build_generator(CycleGANGenerator(None).decode(tmp_path / "g.pth").state)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("model.model.0.weight", "U-Net"),
        ("model.0.weight", "discriminator"),
        ("module.conv1.conv2d.weight", "TransformerNet"),
        ("features.0.weight", "VGG"),
    ],
)
def test_a_file_of_another_kind_is_named(name: str, what: str, tmp_path: Path) -> None:
    torch.save({name: torch.zeros(2, 3, 4, 4)}, tmp_path / "g.pth")
    with pytest.raises(DamagedWeightsError, match=what):
        CycleGANGenerator(None).decode(tmp_path / "g.pth")
