"""Style transfer: from an image and a style embedding to the stylized image.

The network of Johnson et al. with every normalization's scale and shift linear in the embedding
(Dumoulin et al., arXiv:1610.07629; Ghiasi et al., BMVC 2017, section 3.1), a quarter as wide as the
paper's, as Magenta published it. Its first three convolutions are not normalized.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from stylekit_plugins.networks.named_layers import convolution
from stylekit_plugins.networks.transfer_body import Norm, TransferBody, painted

BLOCKS = 5
"""Residual blocks."""

_CONTRACT = [f"transformer/contract/conv{number}" for number in (1, 2, 3)]
_RESIDUAL = [
    f"transformer/residual/residual{block}/conv{number}"
    for block in range(1, BLOCKS + 1)
    for number in (1, 2)
]
_EXPAND = [f"transformer/expand/conv{number}/conv" for number in (1, 2, 3)]


class Transform(nn.Module):
    """The stylizing network.

    Args:
        state: `LAYER/weights` and `LAYER/biases` by TensorFlow's names.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        residual = [_reflecting(state, name) for name in _RESIDUAL]
        self.body = TransferBody(
            [
                _reflecting(state, name, 1 if index == 0 else 2)
                for index, name in enumerate(_CONTRACT)
            ],
            list(zip(residual[::2], residual[1::2], strict=True)),
            [_reflecting(state, name) for name in _EXPAND],
        )
        names = [f"style_params/{name}/StyleNorm" for name in (*_RESIDUAL, *_EXPAND)]
        self.shifts = nn.ModuleList(convolution(state, f"{name}/Conv") for name in names)
        self.scales = nn.ModuleList(convolution(state, f"{name}/Conv_1") for name in names)
        self.requires_grad_(False).eval()

    def norms(self, embedding: Tensor) -> list[Norm | None]:
        """Return the norm of each convolution of the body, for embeddings (N, 100, 1, 1)."""
        styled = [
            Norm(scale(embedding), shift(embedding))
            for scale, shift in zip(self.scales, self.shifts, strict=True)
        ]
        return [None] * len(_CONTRACT) + styled

    def forward(self, image: Tensor, embedding: Tensor) -> Tensor:
        """Return (N, 3, H, W) in [0, 1], for images like it and embeddings (N, 100, 1, 1).

        H and W are multiples of `STRIDE` and at least `MIN_SIDE`.
        """
        stylized: Tensor = self.body(image, self.norms(embedding))
        return stylized


def stylize(network: Transform, image: Tensor, embedding: Tensor) -> Tensor:
    """Return the stylized images (N, 3, H, W) for images of any size; differentiable."""
    return painted(network.body, image, network.norms(embedding))


def _reflecting(state: Mapping[str, Tensor], name: str, stride: int = 1) -> nn.Conv2d:
    """Return a convolution with reflection padding."""
    border = state[f"{name}/weights"].shape[-1] // 2
    return convolution(state, name, stride, border, mode="reflect")
