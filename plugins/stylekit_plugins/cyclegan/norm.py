"""Instance normalization and reflection padding, in the number format of their input.

Instance normalization (Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022) is computed as batch
normalization (Ioffe and Szegedy, arXiv:1502.03167) of batches of one image, which is the same.
torch's own instance normalization has a wrong gradient for a single image whose gradient is
channels-last (torch 2.14 on a CPU; a test shows it), and batches of one image are the rule here.
Group normalization with one group per channel is equivalent, but slower in the backward pass.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class InstanceNorm(nn.InstanceNorm2d):
    """Gives each channel of each image mean 0 and deviation 1.

    Sums over positions are taken in float32 in any format.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, h, w) for (N, C, h, w)."""
        normalized = [
            F.batch_norm(image, None, None, self.weight, self.bias, training=True, eps=self.eps)
            for image in input.chunk(len(input))
        ]
        return normalized[0] if len(normalized) == 1 else torch.cat(normalized)


class ReflectionPad(nn.ReflectionPad2d):
    """Pads by reflection, without autocast, which would widen the copied values to float32."""

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, h + 2p, w + 2p) for (N, C, h, w)."""
        return reflection_pad(input, int(self.padding[0]))


def reflection_pad(x: Tensor, border: int) -> Tensor:
    """Pad (N, C, h, w) by reflection to (N, C, h + 2b, w + 2b), in the number format of `x`."""
    with torch.autocast(x.device.type, enabled=False):
        return F.pad(x, (border,) * 4, mode="reflect")
