"""Strips cover every square once and give every thread its share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from stylekit_plugins.networks.winograd_squares import divide


@pytest.fixture(params=[1, 2, 3, 16])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (1, 300), (300, 1), (16, 16), (64, 48)])
@pytest.mark.parametrize("channels", [6, 512, 4096])
def test_every_square_is_in_one_strip(
    count: int, size: tuple[int, int], channels: int, threads: int
) -> None:
    rows, columns = size
    strips = divide(count, rows, columns, channels)
    covered = [
        (image, row)
        for strip in strips
        for image in range(strip.image, strip.image + strip.images)
        for row in range(strip.row, strip.row + strip.rows)
    ]
    assert sorted(covered) == [(image, row) for image in range(count) for row in range(rows)]
    assert all(strip.images > 0 and strip.rows > 0 for strip in strips)


@pytest.mark.parametrize(("count", "side"), [(1, 8), (2, 8), (1, 16), (2, 16), (1, 32)])
def test_two_threads_get_the_same_number_of_squares(count: int, side: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        strips = divide(count, side, side, 512)
    finally:
        torch.set_num_threads(before)
    shares = [sum(strip.images * strip.rows for strip in strips[n::2]) for n in range(2)]
    assert shares[0] == shares[1]
