"""What the networks are trained on: adversarial, cycle and identity losses.

Zhu et al. (ICCV 2017), section 3, with the least-squares loss of Mao et al. (ICCV 2017), and as the
authors' code weighs them. `G` translates from A to B, `F` from B to A; `D_b` judges pictures of B.

    L_G = (D_b(G(a)) - 1)^2 + (D_a(F(b)) - 1)^2
          + cycle_a |F(G(a)) - a| + cycle_b |G(F(b)) - b|
          + identity (cycle_b |G(b) - b| + cycle_a |F(a) - a|)
    L_D = ((D(real) - 1)^2 + D(pool of made)^2) / 2, for each discriminator

All are means over positions and pictures.
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
    """Pictures of one domain.

    Attributes:
        images: (N, 3, H, W) in [-1, 1].
        masks: (N, 1, H, W) in [0, 1], where a generator may change something; None: everywhere.
    """

    images: Tensor
    masks: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device, in its layout."""
        images = self.images.to(device, memory_format=layout(device))
        return Batch(images, None if self.masks is None else self.masks.to(device))

    def within(self, translated: Tensor) -> Tensor:
        """Return the translation inside the masks, and the pictures outside."""
        if self.masks is None:
            return translated
        return torch.lerp(self.images, translated, self.masks)

    def outside(self, translated: Tensor) -> Tensor:
        """Return how much a translation changes outside the masks, a mean."""
        if self.masks is None:
            return translated.new_zeros(())
        return ((1 - self.masks) * (translated - self.images).abs()).mean()


@dataclass(frozen=True, eq=False)
class Translations:
    """What the generators made of two batches, within the masks."""

    to_b: Tensor
    to_a: Tensor


def generator_losses(
    networks: nn.ModuleDict, a: Batch, b: Batch, params: TrainingParams
) -> tuple[dict[str, Tensor], Translations]:
    """Return each term of `L_G` with its weight, and the translations."""
    to_b, to_a = networks["generator_a2b"], networks["generator_b2a"]
    if params.identity_weight > 0:
        made_b, same_b = at_once(to_b, a.images, b.images)
        made_a, same_a = at_once(to_a, b.images, a.images)
    else:
        made_b, made_a = to_b(a.images), to_a(b.images)
    shown_b, shown_a = a.within(made_b), b.within(made_a)
    losses = {
        "adversarial_a2b": towards(networks["discriminator_b"](shown_b), 1.0),
        "adversarial_b2a": towards(networks["discriminator_a"](shown_a), 1.0),
        "cycle_a": params.cycle_weight_a * F.l1_loss(a.within(to_a(shown_b)), a.images),
        "cycle_b": params.cycle_weight_b * F.l1_loss(b.within(to_b(shown_a)), b.images),
    }
    if params.identity_weight > 0:
        weight_a, weight_b = (
            params.identity_weight * x for x in (params.cycle_weight_a, params.cycle_weight_b)
        )
        losses["identity_a"] = weight_a * F.l1_loss(same_a, a.images)
        losses["identity_b"] = weight_b * F.l1_loss(same_b, b.images)
    if a.masks is not None or b.masks is not None:
        losses["background"] = params.background_weight * (a.outside(made_b) + b.outside(made_a))
    return losses, Translations(shown_b.detach(), shown_a.detach())


def discriminator_loss(discriminator: nn.Module, real: Tensor, made: Tensor) -> Tensor:
    """Return `L_D` of one discriminator."""
    of_real, of_made = at_once(discriminator, real, made)
    return (towards(of_real, 1.0) + towards(of_made, 0.0)) / 2


def at_once(net: nn.Module, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a network makes of two batches, in one pass.

    Small pictures fill a processor better together. Nothing is mixed: the networks normalize each
    picture on its own.
    """
    one, other = net(torch.cat((first, second))).split((len(first), len(second)))
    return one, other


def towards(scores: Tensor, label: float) -> Tensor:
    """Return the mean squared distance of scores from a label."""
    return (scores.float() - label).square().mean()
