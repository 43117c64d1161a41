"""The body of `transfer_body`, rewritten for one pass on a CPU: the same function, in less time.

Layers of few channels at the full size keep vector units idle: 3 of 8 lanes work in a convolution
to three channels. So four neighboring pixels become four channels (a space-to-depth layout): a 9x9
convolution at the full size becomes one of 5x5 at half of it, upsampling by nearest neighbor is
part of the kernel that follows it (the weights that see the same pixel are added up), and
statistics are those of four channels together. The results differ by the rounding of sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit_plugins.networks.transfer_body import EPSILON, Norm, TransferBody

PIXELS = 4
"""Neighboring pixels that become channels: 2x2. Channel `4 * c + 2 * row + column` is one of `c`,
as in `torch.nn.functional.pixel_unshuffle`."""


class PackedBody(nn.Module):
    """A body whose convolutions are 9x9, 3x3, ..., 3x3, 9x9; see `fits`.

    Args:
        body: it is not changed; convolutions that stay as they are share its parameters.
    """

    def __init__(self, body: TransferBody) -> None:
        super().__init__()
        first, second, third = (cast("nn.Conv2d", each) for each in body.contract)
        *growing, last = (cast("nn.Conv2d", each) for each in body.expand)
        with torch.no_grad():
            self.first = _packed(first, packed_kernel(first.weight))
            self.second = _packed(second, halving_kernel(second.weight), 1)
            self.growing = nn.ModuleList(
                _packed(each, doubling_kernel(each.weight)) for each in growing
            )
            self.last = _packed(last, packed_kernel(last.weight))
        self.third, self.residual = third, body.residual
        self.to(memory_format=torch.channels_last)
        self.requires_grad_(False)

    def forward(self, image: Tensor, norms: Sequence[Norm | None]) -> Tensor:
        """Return the images of the plain body; see `TransferBody.forward`."""
        following = iter(norms)
        x = F.pixel_unshuffle(F.pad(image, (4,) * 4, mode="reflect"), 2)
        x = x.contiguous(memory_format=torch.channels_last)
        x = _normalized(self.first(x), next(following), PIXELS).relu_()
        # Reflection at the first row repeats its block: the kernel sees only the second row of it.
        x = self.second(F.pad(x, (1, 0, 1, 0), mode="replicate"))
        x = _normalized(x, next(following)).relu_()
        x = _normalized(self.third(x), next(following)).relu_()
        for block in self.residual:
            first, second = cast("nn.ModuleList", block)
            inner = _normalized(first(x), next(following)).relu_()
            x = _normalized(second(inner), next(following)).add_(x)
        for index, convolution in enumerate(self.growing):
            if index:
                x = F.pixel_shuffle(x, 2)
            # Reflection of an upsampled image repeats the last pixel before it.
            x = convolution(F.pad(x, (1,) * 4, mode="replicate"))
            x = _normalized(x, next(following), PIXELS).relu_()
        x = _normalized(self.last(_reflected(x)), norms[-1], PIXELS)
        if norms[-1] is not None:
            x = x.sigmoid_()
        return F.pixel_shuffle(x, 2)


def for_inference(body: TransferBody, device: torch.device) -> nn.Module:
    """Return the form of a body that is fastest on a device, without gradients."""
    return PackedBody(body) if device.type == "cpu" and fits(body) else body


def fits(body: TransferBody) -> bool:
    """Return whether a body has the kernels that `PackedBody` rewrites."""
    kernels = [convolution.kernel_size[0] for convolution in body.convolutions()]
    return kernels == [9, *[3] * (len(kernels) - 2), 9]


def packed_kernel(kernel: Tensor) -> Tensor:
    """Return the kernel (4 O, 4 I, k, k) on packed pixels, for one of 9x9 on single ones.

    A row `2 i + a` of the result sees the rows `2 i + a + y` of the padded image, for y of 0 to 8;
    the row `2 (i + u) + b` is in the block u further on, where y = 2 u + b - a.
    """
    outputs, inputs, side, _ = kernel.shape
    blocks = (side + 2) // 2
    result = kernel.new_zeros(outputs, 2, 2, inputs, 2, 2, blocks, blocks)
    # Rows and columns that a block of the result does not see stay 0.
    margin = F.pad(kernel, (1, 1, 1, 1))
    for a in range(2):
        for b in range(2):
            for c in range(2):
                for d in range(2):
                    rows, columns = margin[:, :, c - a + 1 :: 2], slice(d - b + 1, None, 2)
                    result[:, a, b, :, c, d] = rows[:, :, :blocks, columns][..., :blocks]
    return result.view(PIXELS * outputs, PIXELS * inputs, blocks, blocks)


def halving_kernel(kernel: Tensor) -> Tensor:
    """Return the kernel (O, 4 I, 2, 2) on packed pixels, for one of 3x3 with stride 2.

    A row i sees the rows `2 i - 1` to `2 i + 1`: the second of the block before, and both of its
    own.
    """
    outputs, inputs = kernel.shape[:2]
    blocks = F.pad(kernel, (1, 0, 1, 0)).view(outputs, inputs, 2, 2, 2, 2)
    return blocks.permute(0, 1, 3, 5, 2, 4).reshape(outputs, PIXELS * inputs, 2, 2)


def doubling_kernel(kernel: Tensor) -> Tensor:
    """Return the kernel (4 O, I, 3, 3) to packed pixels, for one of 3x3 after upsampling by 2."""
    outputs, inputs = kernel.shape[:2]
    # Of the rows y of the kernel, the first result of two sees the pixel before and twice its own;
    # the second one twice its own, and the one after.
    seen = kernel.new_tensor([[[1, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])
    result = torch.einsum("auy,bvx,oiyx->oabiuv", seen, seen, kernel)
    return result.reshape(PIXELS * outputs, inputs, 3, 3)


def _packed(convolution: nn.Conv2d, kernel: Tensor, repeats: int = PIXELS) -> nn.Conv2d:
    """Return a convolution without padding, of a kernel and the bias of another one."""
    outputs, inputs, side, _ = kernel.shape
    packed = nn.Conv2d(inputs, outputs, side, device="meta")
    packed.weight = nn.Parameter(kernel)
    assert convolution.bias is not None
    packed.bias = nn.Parameter(convolution.bias.repeat_interleave(repeats))
    return packed


def _normalized(x: Tensor, norm: Norm | None, pixels: int = 1) -> Tensor:
    """Give each channel the mean and deviation that a norm says; None: return `x` itself.

    Args:
        x: (N, C, H, W).
        norm: of N or 1 images, with C / `pixels` channels.
        pixels: channels that have their statistics together.
    """
    if norm is None:
        return x
    if len(x) > 1:
        norms = [Norm(*(part[index % len(part)][None] for part in norm)) for index in range(len(x))]
        return torch.cat(
            [_normalized(each[None], one, pixels) for each, one in zip(x, norms, strict=True)]
        )
    mean, variance = (
        each.float().view(-1, pixels) for each in torch.batch_norm_update_stats(x, None, None, 0.0)
    )
    center = mean.mean(1, keepdim=True)
    spread = (variance + (mean - center).square()).mean(1, keepdim=True)
    scale, shift = (part.float().view(-1, 1) for part in norm)
    values = (center, spread, scale, shift)
    packed = [each.expand(-1, pixels).flatten().to(x.dtype) for each in values]
    return F.batch_norm(x, packed[0], packed[1], packed[2], packed[3], False, 0.0, EPSILON)


def _reflected(x: Tensor) -> Tensor:
    """Pad packed pixels (N, 4 C, H, W) by two blocks, as four pixels of reflection."""
    count, channels, height, width = x.shape
    result = x.new_empty(count, height + 4, width + 4, channels)
    result[:, 2:-2, 2:-2] = x.permute(0, 2, 3, 1)
    pixels = result.view(count, height + 4, width + 4, -1, 2, 2)
    # Of all rows, then of all columns.
    for blocks in (pixels.permute(1, 4, 0, 2, 3, 5), pixels.permute(2, 5, 0, 1, 3, 4)):
        last = 2 * len(blocks) - 5
        for distance in range(1, 5):
            for target, source in (
                (4 - distance, 4 + distance),
                (last + distance, last - distance),
            ):
                blocks[target // 2, target % 2] = blocks[source // 2, source % 2]
    return result.permute(0, 3, 1, 2)
