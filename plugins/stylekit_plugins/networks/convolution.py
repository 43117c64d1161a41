"""The choice between two algorithms of 3x3 convolutions, direct and Winograd's; their gradients.

The choice depends on the shapes, the number format and the processor alone, so that the same
command on the same machine always computes the same. `stylekit.machine.precision.prefers_winograd`
knows the processors; the table below was measured on one core (benchmarks/notes/winograd.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from stylekit.machine.precision import layout, prefers_winograd
from stylekit_plugins.networks import winograd
from stylekit_plugins.networks.winograd_gradient import gradients

_FEWEST_SQUARES = ((256, 16), (128, 64), (64, 256))
"""Least channels, of input and output, and the squares of 4x4 outputs from which Winograd pays."""

_FEWEST_TO_TRANSFORM = 64
"""Squares from which it pays also to transform the weights each time."""

# Stride, padding, dilation, transposed, output padding and groups.
_GEOMETRY = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)


def uses_winograd(x: Tensor, weight: Tensor) -> bool:
    """Return whether Winograd's algorithm is the faster one for 3x3 weights and an input.

    It serves both directions: their shapes differ in the order of channels only.
    """
    if x.dtype is not torch.float32 or weight.shape[2:] != (3, 3) or not prefers_winograd(x.device):
        return False
    squares = x.shape[0] * -(-x.shape[2] // 4) * -(-x.shape[3] // 4)
    channels = min(weight.shape[:2])
    return any(channels >= most and squares >= fewest for most, fewest in _FEWEST_SQUARES)


def bytes_to_transform(weight: Tensor) -> int:
    """Return the bytes that a frozen convolution may take for its weights (C', C, 3, 3)."""
    channels = min(weight.shape[:2])
    # In both directions, 36 numbers for 9.
    pays = channels >= min(most for most, _ in _FEWEST_SQUARES)
    return 2 * 4 * weight.nbytes if pays else 0


class FrozenConvolution:
    """A 3x3 convolution with zero padding of 1, whose weights do not change any more.

    The weights are transformed once, when they are first needed: with both directions they take
    eight times the memory of the weights themselves.

    Args:
        weight: (C', C, 3, 3).
        bias: (C').
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.weight, self.bias = weight, bias
        self._transformed: Tensor | None = None
        self._transformed_backward: Tensor | None = None

    def __call__(self, x: Tensor, direct: bool = False) -> Tensor:
        """Convolve (N, C, h, w) to (N, C', h, w); all share one type. Only `x` has a gradient.

        Args:
            direct: use no other algorithm than the direct one.
        """
        use_winograd = not direct and uses_winograd(x, self.weight)
        return cast(Tensor, _Frozen.apply(x, self, use_winograd))

    def convolve(self, x: Tensor) -> Tensor:
        """Convolve by Winograd's algorithm."""
        if self._transformed is None:
            self._transformed = winograd.transform(self.weight)
        return winograd.convolve(x, self._transformed, self.bias, padding=1)

    def gradient(self, grad_output: Tensor) -> Tensor:
        """Return the gradient by the input by Winograd's algorithm."""
        if self._transformed_backward is None:
            self._transformed_backward = winograd.transform(winograd.turned(self.weight))
        return winograd.convolve(grad_output, self._transformed_backward, None, padding=1)


class TrainedConvolution(nn.Conv2d):
    """A 3x3 convolution whose weights may change between calls: each call transforms them anew.

    Attributes:
        direct: use no other algorithm than the direct one.
    """

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__(channels, outputs, 3)
        self.direct = False

    def forward(self, input: Tensor) -> Tensor:
        """Convolve (N, C, h, w) to (N, C', h - 2, w - 2)."""
        if self._uses_winograd(input):
            assert self.bias is not None
            return cast(Tensor, _Trained.apply(input, self.weight, self.bias))
        return super().forward(input)

    def _uses_winograd(self, x: Tensor) -> bool:
        squares = x.shape[0] * (x.shape[2] - 2) * (x.shape[3] - 2) // 16
        return (
            not self.direct
            and squares >= _FEWEST_TO_TRANSFORM
            and uses_winograd(x, self.weight)
            and not torch.is_autocast_enabled(x.device.type)
        )


class _Trained(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return winograd.convolve(x, winograd.transform(weight), bias, padding=0)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad_output: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        by_x, by_weight, by_bias = ctx.needs_input_grad
        # Kept from the forward pass, they would take four times the memory of the weights.
        transformed = winograd.transform(weight) if by_x else None
        gradient, grad_weight = gradients(grad_output, x, transformed, by_weight)
        return gradient, grad_weight, grad_output.sum((0, 2, 3)) if by_bias else None


class _Frozen(Function):
    """Saves nothing: neither gradient needs the input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, convolution: FrozenConvolution, use_winograd: bool) -> Tensor:
        ctx.convolution, ctx.use_winograd, ctx.shape = convolution, use_winograd, x.shape
        if use_winograd:
            return convolution.convolve(x)
        return F.conv2d(x, convolution.weight, convolution.bias, padding=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None, None]:
        if ctx.use_winograd:
            return ctx.convolution.gradient(grad_output), None, None
        # `torch.nn.grad.conv2d_input` calls the same, but fills the unused tensor.
        backward = torch.ops.aten.convolution_backward
        unused = _unused(ctx.shape, grad_output)
        weight = ctx.convolution.weight
        (gradient, _, _) = backward(
            grad_output, unused, weight, None, *_GEOMETRY, (True, False, False)
        )
        return gradient, None, None


def _unused(shape: Sequence[int], like: Tensor) -> Tensor:
    """Return a tensor for a backward function that uses nothing but its shape, type and layout."""
    return torch.empty(
        shape, dtype=like.dtype, device=like.device, memory_format=layout(like.device)
    )
