"""A network for one painting, with the strength of its style as an input.

Each normalization has a scale and a shift for a few strengths, the knots, and interpolates linearly
between them, as Dumoulin et al. (arXiv:1610.07629) interpolate between styles. The result is mixed
with the image by a gate that is 0 at strength 0, so that this strength gives the image itself.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from stylekit_plugins.networks.style_transform import Transform
from stylekit_plugins.networks.transfer_body import Norm, TransferBody, painted


class NormTable(nn.Module):
    """The scale and the shift of one normalization at each knot.

    Args:
        scale: (K, C).
        shift: likewise.
    """

    def __init__(self, scale: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(scale), nn.Parameter(shift)

    def at(self, weights: Tensor) -> Norm:
        """Return the norm for weights of the knots, (N, K)."""
        return Norm(*((weights @ table)[..., None, None] for table in (self.scale, self.shift)))


class FastNetwork(nn.Module):
    """Stylizes images; its state dict is what a file of the method `fast` holds.

    Args:
        body: the convolutions.
        norms: of each convolution of the body; None: its output is not normalized.
        strengths: of the knots, (K,), ascending.
        gates: how much of the result replaces the image at each knot, (K,) in [0, 1].
    """

    def __init__(
        self,
        body: TransferBody,
        norms: Sequence[NormTable | None],
        strengths: Tensor,
        gates: Tensor,
    ) -> None:
        super().__init__()
        self.body = body
        self._tables = list(norms)
        self.norms = nn.ModuleDict(
            {str(index): norm for index, norm in enumerate(norms) if norm is not None}
        )
        self.strengths: Tensor
        self.gates: Tensor
        self.register_buffer("strengths", strengths)
        self.register_buffer("gates", gates)

    def forward(self, images: Tensor, strengths: Tensor) -> Tensor:
        """Return the stylized images (N, 3, H, W) in [0, 1]. The result is differentiable.

        Args:
            images: (N, 3, H, W) in [0, 1], of any size.
            strengths: of each, (N,); beyond the outermost knots, those count.
        """
        weights = self._knot_weights(strengths)
        stylized = painted(self.body, images, self._norms_at(weights)).clamp(0, 1)
        gates = (weights @ self.gates)[:, None, None, None]
        return torch.lerp(images, stylized, gates)

    def fixed(self, strength: float, body: nn.Module | None = None) -> FixedNetwork:
        """Return the network at one strength.

        Args:
            strength: beyond the outermost knots, those count.
            body: a faster form of its body (`packed_body.for_inference`); None: its body itself.
        """
        with torch.no_grad():
            weights = self._knot_weights(self.strengths.new_tensor([strength]))
            norms = self._norms_at(weights)
            return FixedNetwork(body or self.body, norms, float(weights @ self.gates))

    def state_at(self, strength: float) -> dict[str, Tensor]:
        """Return the state of the network with this strength alone; its knot is strength 1."""
        with torch.no_grad():
            weights = self._knot_weights(self.strengths.new_tensor([strength]))
            state = {
                name: weights @ tensor if name.startswith("norms.") else tensor
                for name, tensor in self.state_dict().items()
            }
        return {**state, "strengths": torch.ones(1), "gates": weights @ self.gates}

    def _norms_at(self, weights: Tensor) -> list[Norm | None]:
        return [None if norm is None else norm.at(weights) for norm in self._tables]

    def _knot_weights(self, strengths: Tensor) -> Tensor:
        """Return the weights of the knots, (N, K): of the two around each strength."""
        knots = self.strengths
        if len(knots) == 1:
            return knots.new_ones(len(strengths), 1)
        strengths = strengths.to(knots).clamp(knots[0], knots[-1])
        below = torch.bucketize(strengths, knots[1:-1], right=True)
        fraction = (strengths - knots[below]) / (knots[below + 1] - knots[below])
        weights = knots.new_zeros(len(strengths), len(knots))
        weights.scatter_(1, below[:, None], (1 - fraction)[:, None])
        return weights.scatter_(1, below[:, None] + 1, fraction[:, None])


class FixedNetwork(nn.Module):
    """A network at one strength.

    Args:
        body: the convolutions.
        norms: of each convolution, (1, C, 1, 1); None: its output is not normalized.
        gate: how much of the result replaces the image, in [0, 1].
    """

    def __init__(self, body: nn.Module, norms: Sequence[Norm | None], gate: float) -> None:
        super().__init__()
        self.body, self.gate = body, gate
        dtype = next(body.parameters()).dtype
        self._norms = [
            None if norm is None else Norm(*(each.to(dtype) for each in norm)) for norm in norms
        ]

    def forward(self, images: Tensor) -> Tensor:
        """Return the stylized images (N, 3, H, W) in [0, 1] of images like them, of any size."""
        if self.gate == 0:
            return images
        values = images.to(next(self.body.parameters()).dtype)
        stylized = painted(self.body, values, self._norms).to(images).clamp(0, 1)
        return stylized if self.gate == 1 else torch.lerp(images, stylized, self.gate)


class BlendedNetworks(nn.Module):
    """The mean of the results of several networks.

    Args:
        shares: of each network; they add up to 1.
    """

    def __init__(self, networks: Sequence[nn.Module], shares: Sequence[float]) -> None:
        super().__init__()
        self.networks, self.shares = nn.ModuleList(networks), list(shares)

    def forward(self, images: Tensor) -> Tensor:
        """Return the stylized images (N, 3, H, W) in [0, 1] of images like them, of any size."""
        first, *others = self.networks
        result: Tensor = first(images)
        if not others:
            return result
        result = result * self.shares[0]
        for network, share in zip(others, self.shares[1:], strict=True):
            result = result.add_(network(images), alpha=share)
        return result.clamp(0, 1)


def warm_network(
    transform: Transform, embedding: Tensor, strengths: Sequence[float], gates: Sequence[float]
) -> FastNetwork:
    """Return a network that paints as the arbitrary-style network does, at every strength alike.

    Args:
        transform: the arbitrary-style network; it is copied.
        embedding: of the style, (D,).
        strengths: of the knots, ascending.
        gates: at each knot.
    """
    with torch.no_grad():
        styled = transform.norms(embedding[None, :, None, None])
        norms = [
            None
            if norm is None
            else NormTable(*(each.flatten().repeat(len(strengths), 1) for each in norm))
            for norm in styled
        ]
    knots, opening = (
        torch.tensor(values, dtype=torch.float32, device=embedding.device)
        for values in (strengths, gates)
    )
    network = FastNetwork(copy.deepcopy(transform.body), norms, knots, opening)
    return network.requires_grad_(True)
