"""Instance normalisation (Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022), always in float32.

It is computed as group normalisation with a group for each channel (Wu and He, ECCV 2018, section
3), which is the same. torch's own instance normalisation has a wrong gradient for a single picture
whose gradient comes channels-last (seen with torch 2.14 on a CPU, and kept in the tests), and
batches of one picture are the rule here.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class InstanceNorm(nn.InstanceNorm2d):
    """Gives each channel of each picture mean 0 and deviation 1.

    In bfloat16 a mean over many positions would lose most of its digits, so the values are widened,
    and what comes out has the type that came in.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, h, w) for (N, C, h, w)."""
        weight = None if self.weight is None else self.weight.float()
        bias = None if self.bias is None else self.bias.float()
        normalised = F.group_norm(input.float(), self.num_features, weight, bias, self.eps)
        return normalised.to(input.dtype)
