"""The authors' training step, reimplemented plainly.

Zhu et al. (ICCV 2017) as their repository does it (`models/cycle_gan_model.py`,
`models/networks.py`): networks of torch's own modules in torch's own layout, one image after the
other through each network. It shares only parameter names with the plugin, so that both can begin
with the same weights.
"""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """A residual block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.conv_block(x)
        return y


class Generator(nn.Module):
    """ResNet generator."""

    def __init__(self, base_channels: int, blocks: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, base_channels, 7)]
        layers += [nn.InstanceNorm2d(base_channels), nn.ReLU(True)]
        for k in (base_channels, 2 * base_channels):
            layers += [nn.Conv2d(k, 2 * k, 3, stride=2, padding=1)]
            layers += [nn.InstanceNorm2d(2 * k), nn.ReLU(True)]
        layers += [Block(4 * base_channels) for _ in range(blocks)]
        for k in (4 * base_channels, 2 * base_channels):
            layers += [nn.ConvTranspose2d(k, k // 2, 3, stride=2, padding=1, output_padding=1)]
            layers += [nn.InstanceNorm2d(k // 2), nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(base_channels, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.model(x)
        return y


class Discriminator(nn.Module):
    """PatchGAN of 70x70."""

    def __init__(self, base_channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, base_channels, 4, stride=2, padding=1)]
        layers += [nn.LeakyReLU(0.2, True)]
        for k, stride in ((base_channels, 2), (2 * base_channels, 2), (4 * base_channels, 1)):
            layers += [nn.Conv2d(k, 2 * k, 4, stride=stride, padding=1)]
            layers += [nn.InstanceNorm2d(2 * k), nn.LeakyReLU(0.2, True)]
        layers += [nn.Conv2d(8 * base_channels, 1, 4, padding=1)]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.model(x)
        return y


class Reference:
    """Four networks and a step; the networks have the names of the plugin's trainer."""

    def __init__(self, base_channels: int, blocks: int) -> None:
        self.networks = nn.ModuleDict(
            {
                "generator_a2b": Generator(base_channels, blocks),
                "generator_b2a": Generator(base_channels, blocks),
                "discriminator_a": Discriminator(base_channels),
                "discriminator_b": Discriminator(base_channels),
            }
        )
        net = self.networks
        self._discriminators = (net["discriminator_a"], net["discriminator_b"])
        self._generator_optimizer = torch.optim.Adam(
            chain(net["generator_a2b"].parameters(), net["generator_b2a"].parameters()),
            lr=2e-4,
            betas=(0.5, 0.999),
        )
        self._discriminator_optimizer = torch.optim.Adam(
            chain(*(discriminator.parameters() for discriminator in self._discriminators)),
            lr=2e-4,
            betas=(0.5, 0.999),
        )

    def step(self, a: Tensor, b: Tensor) -> dict[str, float]:
        """Take one step with images (1, 3, H, W) in [-1, 1]; return its losses.

        The image pool is not full yet, so the discriminators see the new translations.
        """
        net, mse, l1 = self.networks, nn.MSELoss(), nn.L1Loss()
        to_b, to_a = net["generator_a2b"], net["generator_b2a"]
        fake_b = to_b(a)
        rec_a = to_a(fake_b)
        fake_a = to_a(b)
        rec_b = to_b(fake_a)
        for discriminator in self._discriminators:
            discriminator.requires_grad_(False)
        self._generator_optimizer.zero_grad()
        scores_b, scores_a = net["discriminator_b"](fake_b), net["discriminator_a"](fake_a)
        losses = {
            "identity_b": 5 * l1(to_b(b), b),
            "identity_a": 5 * l1(to_a(a), a),
            "adversarial_a2b": mse(scores_b, torch.ones_like(scores_b)),
            "adversarial_b2a": mse(scores_a, torch.ones_like(scores_a)),
            "cycle_a": 10 * l1(rec_a, a),
            "cycle_b": 10 * l1(rec_b, b),
        }
        sum(losses.values()).backward()  # type: ignore[union-attr, no-untyped-call]
        self._generator_optimizer.step()
        for discriminator in self._discriminators:
            discriminator.requires_grad_(True)
        self._discriminator_optimizer.zero_grad()
        for name, real, fake in (("a", a, fake_a), ("b", b, fake_b)):
            discriminator = net[f"discriminator_{name}"]
            on_real, on_fake = discriminator(real), discriminator(fake.detach())
            loss = (
                mse(on_real, torch.ones_like(on_real)) + mse(on_fake, torch.zeros_like(on_fake))
            ) / 2
            loss.backward()
            losses[f"discriminator_{name}"] = loss
        self._discriminator_optimizer.step()
        return {name: float(loss.detach()) for name, loss in losses.items()}
