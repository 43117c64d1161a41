"""Convolutions of any size and stride, whose gradient by the weights has the faster layout.

Channels-last is the fastest layout of all that a convolution computes, but for one: on a processor
with AVX2 and without AVX-512, the gradient by the weights takes up to four times as long in it as
in torch's own layout (benchmarks/notes/winograd.md). There, it alone is computed in that one, from
copies of the input and of the gradient.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from stylekit.machine.precision import prefers_winograd

_Geometry = tuple[list[int], list[int], list[int], bool, list[int], int]
"""Stride, padding, dilation, transposed, output padding and groups."""


class TrainedConv2d(nn.Conv2d):
    """A convolution whose weights are trained.

    Attributes:
        direct: let torch compute all gradients in the layout of the input.
    """

    direct = False

    def forward(self, input: Tensor) -> Tensor:
        """Convolve (N, C, h, w)."""
        if self.direct or not _needs_copies(input, self.weight):
            return super().forward(input)
        padding = self.padding
        if self.padding_mode != "zeros":
            padded = self._reversed_padding_repeated_twice
            input, padding = F.pad(input, padded, mode=self.padding_mode), (0, 0)
        assert isinstance(padding, tuple)
        return _apply(self, input, list(padding), False, [0, 0])


class TrainedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution, whose weights are trained.

    Attributes:
        direct: let torch compute all gradients in the layout of the input.
    """

    direct = False

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Convolve (N, C, h, w)."""
        if self.direct or output_size is not None or not _needs_copies(input, self.weight):
            return super().forward(input, output_size)
        assert isinstance(self.padding, tuple)
        return _apply(self, input, list(self.padding), True, list(self.output_padding))


def _needs_copies(x: Tensor, weight: Tensor) -> bool:
    """Return whether the gradient by the weights is faster in torch's own layout."""
    return (
        torch.is_grad_enabled()
        and weight.requires_grad
        and x.dtype is torch.float32
        and prefers_winograd(x.device)
        and _vectors() == "AVX2"
        and not torch.is_autocast_enabled(x.device.type)
    )


def _vectors() -> str:
    """Return the widest vectors of the processor that torch uses."""
    return torch.backends.cpu.get_cpu_capability()


def _apply(
    layer: nn.Conv2d | nn.ConvTranspose2d,
    x: Tensor,
    padding: list[int],
    transposed: bool,
    output_padding: list[int],
) -> Tensor:
    stride, dilation = list(layer.stride), list(layer.dilation)
    geometry = (stride, padding, dilation, transposed, output_padding, layer.groups)
    return cast(Tensor, _Convolution.apply(x, layer.weight, layer.bias, geometry))


class _Convolution(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, geometry: _Geometry
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = geometry
        return torch.convolution(x, weight, bias, *geometry)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad_output: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        needs_x, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        backward = torch.ops.aten.convolution_backward
        by_x = by_weight = None
        if needs_x:
            only_x = (True, False, False)
            by_x = backward(grad_output, x, weight, None, *ctx.geometry, only_x)[0]
        if needs_weight:
            values = [value.contiguous() for value in (grad_output, x, weight)]
            by_weight = backward(*values, None, *ctx.geometry, (False, True, False))[1]
        return by_x, by_weight, grad_output.sum((0, 2, 3)) if needs_bias else None, None
