"""`stylekit run --method cyclegan` with the wheel's generator: sizes, alpha, regions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from stylekit import Frame, Host


@pytest.fixture(scope="module")
def content(read: Callable[[str], Frame]) -> Frame:
    return read("sample:astronaut").resized(90, 70)


def test_a_soft_film_look_of_the_same_content(host: Host, content: Frame) -> None:
    result = host.run("cyclegan", content=content).image
    assert (result.width, result.height) == (90, 70)
    change = (result.pixels - content.pixels).abs().mean()
    assert 0.01 < float(change) < 0.2
    gray = [frame.pixels.mean(dim=0).flatten() for frame in (result, content)]
    assert float(torch.corrcoef(torch.stack(gray))[0, 1]) > 0.95


def test_alpha_is_kept(host: Host, content: Frame) -> None:
    alpha = torch.linspace(0, 1, 90).expand(70, 90)
    array = torch.cat((content.pixels, alpha[None])).permute(1, 2, 0).numpy()
    result = host.run("cyclegan", content=Frame.from_array(np.ascontiguousarray(array))).image
    assert result.alpha is not None
    torch.testing.assert_close(result.alpha, alpha)


@pytest.mark.parametrize("blend", ["feather", "laplacian", "poisson"])
def test_only_the_region_changes(host: Host, content: Frame, blend: str) -> None:
    region = "ellipse:20,10,40,50"
    result = host.run("cyclegan", content=content, region=region, blend=blend).image
    mask = host.run("cyclegan", content=content.with_pixels(torch.zeros(3, 70, 90)), region=region)
    outside = (mask.image.pixels == 0).all(dim=0)
    assert 0.4 < float(outside.float().mean()) < 0.95
    assert torch.equal(result.pixels[:, outside], content.pixels[:, outside])
    assert not torch.equal(result.pixels, content.pixels)


def test_the_generator_sees_the_whole_image(host: Host, content: Frame) -> None:
    whole = host.run("cyclegan", content=content).image.pixels
    part = host.run("cyclegan", content=content, region="box:10,10,30,30").image.pixels
    assert torch.equal(part[:, 12:38, 12:38], whole[:, 12:38, 12:38])


def test_little_memory_gives_the_same_image(host: Host, content: Frame) -> None:
    image = content.resized(300, 260)
    whole = host.run("cyclegan", content=image).image.pixels
    # Whole it would need 110 MiB, in strips 105.
    strips = host.run("cyclegan", content=image, memory_mb=107).image.pixels
    assert float((whole - strips).abs().max()) < 1e-4


def test_bfloat16_is_near(host: Host, content: Frame) -> None:
    exact, lower = (
        host.run("cyclegan", content=content, precision=name).image.pixels
        for name in ("float32", "bfloat16")
    )
    assert 0 < float((exact - lower).abs().mean()) < 0.01
