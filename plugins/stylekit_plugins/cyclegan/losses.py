"""The losses of the training: adversarial, cycle and identity.

Zhu et al. (ICCV 2017), section 3, with the least-squares loss of Mao et al. (ICCV 2017), and the
weights of the authors' code. `G` translates from A to B, `F` from B to A; `D_b` scores images of B.

    L_G = (D_b(G(a)) - 1)^2 + (D_a(F(b)) - 1)^2
          + cycle_weight_a |F(G(a)) - a| + cycle_weight_b |G(F(b)) - b|
          + identity_weight (cycle_weight_b |G(b) - b| + cycle_weight_a |F(a) - a|)
    L_D = ((D(real) - 1)^2 + D(pooled fake)^2) / 2, for each discriminator

All are means over positions and images.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit.machine.precision import layout
from stylekit_plugins.cyclegan.params import TrainingParams


@dataclass(frozen=True, eq=False)
class Batch:
    """Images of one domain.

    Attributes:
        images: (N, 3, H, W) in [-1, 1].
        masks: (N, 1, H, W) in [0, 1], where a generator may change something; None: everywhere.
    """

    images: Tensor
    masks: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device, in its memory layout."""
        images = self.images.to(device, memory_format=layout(device))
        return Batch(images, None if self.masks is None else self.masks.to(device))

    def composite(self, translated: Tensor) -> Tensor:
        """Return the translation inside the masks, and the images outside."""
        if self.masks is None:
            return translated
        return torch.lerp(self.images, translated, self.masks)

    def background_change(self, translated: Tensor) -> Tensor:
        """Return the mean change of a translation outside the masks."""
        if self.masks is None:
            return translated.new_zeros(())
        return ((1 - self.masks) * (translated - self.images).abs()).mean()


@dataclass(frozen=True, eq=False)
class Fakes:
    """Translations of two batches, composited into their images, detached.

    Attributes:
        b: images of domain A translated to B.
        a: images of domain B translated to A.
    """

    b: Tensor
    a: Tensor


def generator_losses(
    networks: nn.ModuleDict, a: Batch, b: Batch, params: TrainingParams
) -> tuple[dict[str, Tensor], Fakes]:
    """Return each term of `L_G` with its weight, and the translations."""
    to_b, to_a = networks["generator_a2b"], networks["generator_b2a"]
    if params.identity_weight > 0:
        translated_b, same_b = forward_pair(to_b, a.images, b.images)
        translated_a, same_a = forward_pair(to_a, b.images, a.images)
    else:
        translated_b, translated_a = to_b(a.images), to_a(b.images)
    fake_b, fake_a = a.composite(translated_b), b.composite(translated_a)
    weight_a, weight_b = params.cycle_weight_a, params.cycle_weight_b
    losses = {
        "adversarial_a2b": lsgan_loss(networks["discriminator_b"](fake_b), 1.0),
        "adversarial_b2a": lsgan_loss(networks["discriminator_a"](fake_a), 1.0),
        "cycle_a": weight_a * F.l1_loss(a.composite(to_a(fake_b)), a.images),
        "cycle_b": weight_b * F.l1_loss(b.composite(to_b(fake_a)), b.images),
    }
    if params.identity_weight > 0:
        losses["identity_a"] = params.identity_weight * weight_a * F.l1_loss(same_a, a.images)
        losses["identity_b"] = params.identity_weight * weight_b * F.l1_loss(same_b, b.images)
    if a.masks is not None or b.masks is not None:
        change = a.background_change(translated_b) + b.background_change(translated_a)
        losses["background"] = params.background_weight * change
    return losses, Fakes(fake_b.detach(), fake_a.detach())


def discriminator_loss(discriminator: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Return `L_D` of one discriminator."""
    real_scores, fake_scores = forward_pair(discriminator, real, fake)
    return (lsgan_loss(real_scores, 1.0) + lsgan_loss(fake_scores, 0.0)) / 2


def forward_pair(net: nn.Module, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs of a network for two batches, computed in one pass.

    Small images use a processor better together. The results are those of two passes: the networks
    normalize each image by itself.
    """
    one, other = net(torch.cat((first, second))).split((len(first), len(second)))
    return one, other


def lsgan_loss(scores: Tensor, label: float) -> Tensor:
    """Return the mean squared distance of scores from a label."""
    return (scores.float() - label).square().mean()
