"""The rewritten body equals the plain one, and is faster."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.networks.packed_body import (
    PackedBody,
    doubling_kernel,
    fits,
    for_inference,
    halving_kernel,
    packed_kernel,
)
from stylekit_plugins.networks.transfer_body import Norm, TransferBody, painted


def convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, side, stride, side // 2, padding_mode="reflect")


def body(width: int = 4, blocks: int = 2, outer: int = 9) -> TransferBody:
    torch.manual_seed(width)
    wide = 4 * width
    return TransferBody(
        [
            convolution(3, width, outer),
            convolution(width, 2 * width, 3, 2),
            convolution(2 * width, wide, 3, 2),
        ],
        [(convolution(wide, wide, 3), convolution(wide, wide, 3)) for _ in range(blocks)],
        [
            convolution(wide, 2 * width, 3),
            convolution(2 * width, width, 3),
            convolution(width, 3, outer),
        ],
    )


def norms(body: TransferBody, absent: tuple[int, ...], images: int) -> list[Norm | None]:
    channels = [each.out_channels for each in body.convolutions()]
    generator = torch.Generator().manual_seed(len(channels))
    return [
        None
        if index in absent
        else Norm(*torch.rand(2, images, count, 1, 1, generator=generator).add(0.5))
        for index, count in enumerate(channels)
    ]


@pytest.mark.parametrize("size", [(8, 8), (8, 12), (40, 64), (37, 3)], ids=str)
@pytest.mark.parametrize("absent", [(0, 1, 2), (9,)], ids=["as arbitrary", "as published"])
@pytest.mark.parametrize("images", [1, 2])
def test_it_paints_as_the_plain_body(
    size: tuple[int, int], absent: tuple[int, ...], images: int
) -> None:
    plain = body()
    image = torch.rand(images, 3, *size)
    scales = norms(plain, absent, images)
    with torch.inference_mode():
        expected = painted(plain, image, scales)
        result = painted(PackedBody(plain), image, scales)
    assert expected.std() > 0.05, "not one flat color"
    torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


def test_only_the_kernels_that_it_rewrites_fit() -> None:
    assert fits(body())
    assert not fits(body(outer=7))
    other = body(outer=7)
    assert for_inference(other, torch.device("cpu")) is other


@pytest.fixture
def image() -> Tensor:
    return torch.rand(1, 2, 16, 20, dtype=torch.float64)


def test_a_packed_kernel_convolves_single_pixels(image: Tensor) -> None:
    kernel = torch.rand(3, 2, 9, 9, dtype=torch.float64)
    packed = F.conv2d(F.pixel_unshuffle(image, 2), packed_kernel(kernel))
    torch.testing.assert_close(F.pixel_shuffle(packed, 2), F.conv2d(image, kernel))


def test_a_halving_kernel_has_stride_2(image: Tensor) -> None:
    kernel = torch.rand(3, 2, 3, 3, dtype=torch.float64)
    packed = F.conv2d(F.pixel_unshuffle(image, 2), halving_kernel(kernel))
    torch.testing.assert_close(packed, F.conv2d(image[..., 1:, 1:], kernel, stride=2))


def test_a_doubling_kernel_upsamples_first(image: Tensor) -> None:
    kernel = torch.rand(3, 2, 3, 3, dtype=torch.float64)
    packed = F.conv2d(image, doubling_kernel(kernel))
    expected = F.conv2d(F.interpolate(image, scale_factor=2, mode="nearest"), kernel)
    torch.testing.assert_close(F.pixel_shuffle(packed, 2), expected[..., 1:-1, 1:-1])
