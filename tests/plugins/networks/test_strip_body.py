"""A large image is painted in strips, as if it were whole."""

from __future__ import annotations

import pytest
import torch
from tests.plugins.networks.test_packed_body import body, norms

from stylekit_plugins.networks.packed_body import PackedBody
from stylekit_plugins.networks.strip_body import BodyInMemory, bytes_in_strips, bytes_whole
from stylekit_plugins.networks.transfer_body import painted


@pytest.mark.parametrize("size", [(8, 8), (132, 40), (200, 37)], ids=str)
@pytest.mark.parametrize("absent", [(0, 1, 2), (9,)], ids=["as arbitrary", "as published"])
def test_strips_paint_as_the_whole(size: tuple[int, int], absent: tuple[int, ...]) -> None:
    plain = body()
    image = torch.rand(2, 3, *size)
    scales = norms(plain, absent, 1)
    with torch.inference_mode():
        expected = painted(plain, image, scales)
        result = painted(BodyInMemory(plain, PackedBody(plain), 0), image, scales)
    torch.testing.assert_close(result, expected, atol=1e-4, rtol=0)


def test_strips_need_a_fraction_of_the_memory() -> None:
    pixels = 8000 * 6000
    for width in (8, 32):
        least = bytes_in_strips(width, pixels, 8000)
        assert least < bytes_whole(width, pixels, packed=True) * 0.8
        assert least < bytes_whole(width, pixels, packed=False) / 2
