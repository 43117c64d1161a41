"""The networks: sizes and names of the authors' code, gradients, and images in strips."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.cyclegan.architecture import Architecture, architecture_of
from stylekit_plugins.cyclegan.discriminator import Discriminator
from stylekit_plugins.cyclegan.generator import Generator, initialize
from stylekit_plugins.cyclegan.norm import InstanceNorm
from stylekit_plugins.cyclegan.strip_inference import translate_in_strips
from stylekit_plugins.cyclegan.translation import bytes_whole, translate


def count(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def small(**options: object) -> Generator:
    """A generator with weights so large that every layer makes a difference."""
    net = Generator(Architecture(**{"base_channels": 8, "blocks": 6, **options}))  # type: ignore[arg-type]
    initialize(net, 0.2, torch.Generator().manual_seed(0))
    return net.eval().requires_grad_(False)


def noise(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_sizes_are_those_of_the_authors_code() -> None:
    assert count(Generator(Architecture())) == 11_378_179
    assert count(Generator(Architecture(blocks=6))) == 7_837_699
    discriminator = Discriminator()
    assert count(discriminator) == 2_764_737
    assert discriminator(torch.zeros(1, 3, 256, 256)).shape == (1, 1, 30, 30)


def test_a_score_sees_70_pixels() -> None:
    image = noise(1, 3, 256, 256).requires_grad_(True)
    # Without normalization, which sees everything.
    net = nn.Sequential(*(x for x in Discriminator(8).model if not isinstance(x, InstanceNorm)))
    net(image)[0, 0, 15, 15].backward()
    assert image.grad is not None
    touched = image.grad.abs().sum((0, 1)).nonzero()
    assert (touched.max(0).values - touched.min(0).values + 1).tolist() == [70, 70]


def test_names_are_those_of_the_authors_code() -> None:
    names = set(Generator(Architecture(blocks=9)).state_dict())
    expected = {f"model.{number}" for number in (1, 4, 7, 19, 22, 26)}
    expected |= {f"model.{n}.conv_block.{m}" for n in range(10, 19) for m in (1, 5)}
    assert names == {f"{layer}.{kind}" for layer in expected for kind in ("weight", "bias")}
    dropped = Generator(Architecture(blocks=6, dropout=True)).state_dict()
    assert "model.10.conv_block.6.weight" in dropped
    assert "model.10.conv_block.5.weight" not in dropped
    scores = set(Discriminator().state_dict())
    layers = (0, 2, 5, 8, 11)
    assert scores == {f"model.{n}.{kind}" for n in layers for kind in ("weight", "bias")}


@pytest.mark.parametrize(
    "architecture",
    [
        Architecture(),
        Architecture(base_channels=16, blocks=6, affine=True),
        Architecture(base_channels=8, blocks=6, dropout=True, upsample="bilinear"),
        Architecture(base_channels=8, blocks=9, upsample="nearest"),
        Architecture(base_channels=8, blocks=1, antialias=True, upsample="bilinear-zeros"),
        Architecture(base_channels=8, blocks=3, antialias=True, affine=True),
        Architecture(base_channels=8, blocks=4, upsample="nearest-zeros"),
        Architecture(base_channels=4, blocks=2, halvings=4),
        Architecture(base_channels=4, blocks=2, halvings=1, antialias=True),
    ],
)
def test_the_architecture_is_inferred_from_a_file(architecture: Architecture) -> None:
    assert architecture_of(Generator(architecture).state_dict()) == architecture


def test_a_file_of_something_else_is_no_generator() -> None:
    with pytest.raises(ValueError, match=r"model\.1\.weight"):
        architecture_of(Discriminator().state_dict())
    state = Generator(Architecture(base_channels=8, blocks=6)).state_dict()
    missing = {k: v for k, v in state.items() if not k.startswith("model.12.")}
    with pytest.raises(ValueError, match="residual blocks"):
        architecture_of(missing)


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_the_gradient_of_normalization(affine: bool, last: bool) -> None:
    """torch's own is wrong for one image whose gradient is channels-last."""
    net = InstanceNorm(8, affine=affine)
    x, grad_output = noise(1, 8, 16, 16), noise(1, 8, 16, 16) ** 2
    if last:
        x, grad_output = (v.contiguous(memory_format=torch.channels_last) for v in (x, grad_output))
    x = x.requires_grad_(True)
    net(x).backward(grad_output)
    exact = x.detach().double().contiguous().requires_grad_(True)
    F.instance_norm(exact).backward(grad_output.double().contiguous())
    assert x.grad is not None
    assert exact.grad is not None
    torch.testing.assert_close(x.grad.double(), exact.grad, rtol=1e-4, atol=1e-5)


def test_checkpointing_changes_no_gradient() -> None:
    gradients = []
    for checkpointing in (False, True):
        net = Generator(Architecture(base_channels=8, blocks=6), checkpointing)
        initialize(net, 0.1, torch.Generator().manual_seed(0))
        net(noise(1, 3, 32, 32)).square().mean().backward()
        gradients.append([parameter.grad for parameter in net.parameters()])
    for plain, again in zip(*gradients, strict=True):
        assert plain is not None
        assert again is not None
        torch.testing.assert_close(plain, again)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"upsample": "nearest"},
        {"upsample": "bilinear"},
        {"upsample": "nearest-zeros"},
        {"upsample": "bilinear-zeros", "antialias": True},
        {"antialias": True, "halvings": 1},
    ],
)
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("size", [(132, 100), (200, 64), (68, 36), (16, 16)])
@torch.inference_mode()
def test_strips_are_the_whole_image(
    options: dict[str, object], affine: bool, size: tuple[int, int]
) -> None:
    """No seams: the statistics are those of the whole image."""
    net = small(affine=affine, **options)
    image = noise(1, 3, *size)
    whole = net(image)
    assert float(whole.std()) > 0.3
    torch.testing.assert_close(translate_in_strips(net, image), whole, rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(30, 50), (17, 91), (5, 3), (1, 1), (64, 64)])
@torch.inference_mode()
def test_any_size_is_kept(size: tuple[int, int]) -> None:
    output = translate(small(), (noise(1, 3, *size) + 1) / 2, float("inf"))
    assert output.shape == (1, 3, *size)
    assert float(output.min()) >= 0
    assert float(output.max()) <= 1


@torch.inference_mode()
def test_an_image_that_does_not_fit_is_translated_in_strips() -> None:
    image = (noise(1, 3, 130, 90) + 1) / 2
    whole = translate(small(), image, bytes_whole(Architecture(base_channels=8), 132 * 92))
    torch.testing.assert_close(translate(small(), image, 0), whole, rtol=0, atol=1e-4)
