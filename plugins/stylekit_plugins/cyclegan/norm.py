"""Instance normalization and mirrored borders, in the number format that comes in.

Instance normalization (Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022) is computed as batch
normalization (Ioffe and Szegedy, arXiv:1502.03167) of batches of one picture, which is the same.
torch's own instance normalization has a wrong gradient for a single picture whose gradient comes
channels-last (seen with torch 2.14 on a CPU, and kept in the tests), and batches of one picture are
the rule here; group normalization with a group a channel, the same again, takes four times as long
on the way back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class InstanceNorm(nn.InstanceNorm2d):
    """Gives each channel of each picture mean 0 and deviation 1.

    Sums over positions are taken in float32 in any format.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, h, w) for (N, C, h, w)."""
        normalized = [
            F.batch_norm(image, None, None, self.weight, self.bias, training=True, eps=self.eps)
            for image in input.chunk(len(input))
        ]
        return normalized[0] if len(normalized) == 1 else torch.cat(normalized)


class Mirrored(nn.ReflectionPad2d):
    """A border that mirrors the picture. Autocast would widen to float32 what is only copied."""

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, h + 2p, w + 2p) for (N, C, h, w)."""
        return mirrored(input, int(self.padding[0]))


def mirrored(x: Tensor, border: int) -> Tensor:
    """Give (N, C, h + 2b, w + 2b) for (N, C, h, w), in the number format of `x`."""
    with torch.autocast(x.device.type, enabled=False):
        return F.pad(x, (border,) * 4, mode="reflect")
