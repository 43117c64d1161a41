"""What an Apple GPU (MPS) cannot do is done otherwise; there is none here, and others stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from stylekit.images.frames import resize
from stylekit.machine import precision
from stylekit_plugins.gatys import spatial_guidance

MPS, CPU, CUDA = (torch.device(name) for name in ("mps", "cpu", "cuda"))

OUT_OF_REACH = ("adaptive_max_pool2d", "_adaptive_avg_pool2d", "_upsample_bicubic2d_aa")


class AsOnMps(TorchDispatchMode):
    """Tensors are on `meta` in place of an Apple GPU: refuses what fails or is wrong there."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, Tensor) and made.device.type == "meta":
            assert made.dtype != torch.float64, func
            assert not any(name in str(func) for name in OUT_OF_REACH), func
        return made


@pytest.fixture
def as_on_mps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(precision, "_WITHOUT_FLOAT64", frozenset(("meta",)))
    # Its values are unknown, so what is copied from it is zeros.
    monkeypatch.setattr(Tensor, "cpu", lambda self: torch.zeros(self.shape, dtype=self.dtype))
    with AsOnMps():
        yield


def test_what_devices_are_known_to_do() -> None:
    assert [precision.has_float64(device) for device in (MPS, CPU, CUDA)] == [False, True, True]
    assert [precision.takes_bfloat16(device) for device in (MPS, CPU, CUDA)] == [False, True, True]
    assert precision.layout(MPS) is torch.contiguous_format
    assert precision.layout(CPU) is precision.layout(CUDA) is torch.channels_last
    assert not precision.supports_bfloat16_matmul(MPS)


def test_float64_is_on_the_cpu_where_the_device_has_none(as_on_mps: None) -> None:
    made = precision.as_float64(torch.empty(2, 3, device="meta"))
    assert (made.dtype, made.device) == (torch.float64, CPU)


def test_measures_of_style_need_no_float64_of_the_device(as_on_mps: None) -> None:
    from stylekit_plugins.losses.second_order import measure_moments
    from stylekit_plugins.metrics.vgg_features import flatten_positions

    features = torch.empty(1, 4, 6, 5, device="meta")
    assert flatten_positions(features).dtype == torch.float64
    assert measure_moments(features).dtype == torch.float32


def test_a_channels_last_network_is_laid_out_anew_where_that_is_untried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = nn.Conv2d(3, 8, 3).to(memory_format=torch.channels_last)
    before = network.weight.detach().clone()
    assert precision.placed(network, CPU).weight.is_contiguous(memory_format=torch.channels_last)
    monkeypatch.setattr(precision, "_TRIED", frozenset())
    assert precision.placed(network, CPU).weight.is_contiguous()
    assert torch.equal(network.weight, before)


class OnMps(Tensor):
    """A tensor of the CPU that says that it is on an Apple GPU."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return MPS

    def cpu(self, *args: Any) -> Tensor:
        return self.as_subclass(Tensor)


@pytest.fixture
def copied_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets `.to("mps")` do nothing but be noted."""
    to = Tensor.to

    def noted(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if args and args[0] == MPS:
            return self
        return to(self, *args, **kwargs)

    monkeypatch.setattr(Tensor, "to", noted)


def test_images_are_resized_on_the_cpu(copied_back: None) -> None:
    image = torch.rand(1, 3, 21, 17)
    made = resize(image.as_subclass(OnMps), 9, 11)
    assert type(made) is Tensor
    assert torch.equal(made, resize(image, 9, 11))


@pytest.mark.parametrize("stride", [2, 4, 8, 16])
@pytest.mark.parametrize("size", [(64, 64), (50, 67), (33, 16)])
def test_positions_are_found_on_the_cpu(
    copied_back: None, size: tuple[int, int], stride: int
) -> None:
    mask = (torch.rand(size) > 0.97).float()
    found = spatial_guidance.touching(mask.as_subclass(OnMps), stride)
    assert type(found) is Tensor
    assert torch.equal(found, spatial_guidance.touching(mask, stride))
    # By definition: a cell begins at floor(i H / h) and ends at ceil((i + 1) H / h).
    height, width = (side // stride for side in size)
    for row in range(height):
        for column in range(width):
            rows = slice(row * size[0] // height, -(-(row + 1) * size[0] // height))
            columns = slice(column * size[1] // width, -(-(column + 1) * size[1] // width))
            assert found[row, column] == (mask[rows, columns] > 0).any()
