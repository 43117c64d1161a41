"""The authors' training step, written again as plainly as anybody would.

Zhu et al. (ICCV 2017) as their repository does it (`models/cycle_gan_model.py`,
`models/networks.py`): networks of torch's own modules in torch's own layout, one picture after the
other through each network. It shares nothing with the plugin but the names of the parameters, so
that both can begin with the same.
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

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7)]
        layers += [nn.InstanceNorm2d(width), nn.ReLU(True)]
        for k in (width, 2 * width):
            layers += [nn.Conv2d(k, 2 * k, 3, stride=2, padding=1)]
            layers += [nn.InstanceNorm2d(2 * k), nn.ReLU(True)]
        layers += [Block(4 * width) for _ in range(blocks)]
        for k in (4 * width, 2 * width):
            layers += [nn.ConvTranspose2d(k, k // 2, 3, stride=2, padding=1, output_padding=1)]
            layers += [nn.InstanceNorm2d(k // 2), nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.model(x)
        return y


class Discriminator(nn.Module):
    """PatchGAN of 70x70."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, stride=2, padding=1)]
        layers += [nn.LeakyReLU(0.2, True)]
        for k, stride in ((width, 2), (2 * width, 2), (4 * width, 1)):
            layers += [nn.Conv2d(k, 2 * k, 4, stride=stride, padding=1)]
            layers += [nn.InstanceNorm2d(2 * k), nn.LeakyReLU(0.2, True)]
        layers += [nn.Conv2d(8 * width, 1, 4, padding=1)]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.model(x)
        return y


class Reference:
    """Four networks and a step; names of networks are those of the plugin's trainer."""

    def __init__(self, width: int, blocks: int) -> None:
        self.networks = nn.ModuleDict(
            {
                "generator_a2b": Generator(width, blocks),
                "generator_b2a": Generator(width, blocks),
                "discriminator_a": Discriminator(width),
                "discriminator_b": Discriminator(width),
            }
        )
        net = self.networks
        self._judges = (net["discriminator_a"], net["discriminator_b"])
        self._of_generators = torch.optim.Adam(
            chain(net["generator_a2b"].parameters(), net["generator_b2a"].parameters()),
            lr=2e-4,
            betas=(0.5, 0.999),
        )
        self._of_judges = torch.optim.Adam(
            chain(*(judge.parameters() for judge in self._judges)), lr=2e-4, betas=(0.5, 0.999)
        )

    def step(self, a: Tensor, b: Tensor) -> dict[str, float]:
        """Take one step with pictures (1, 3, H, W) in [-1, 1]; return its losses.

        The pool of old translations is still being filled, that is, the new ones are shown.
        """
        net, mse, l1 = self.networks, nn.MSELoss(), nn.L1Loss()
        to_b, to_a = net["generator_a2b"], net["generator_b2a"]
        fake_b = to_b(a)
        rec_a = to_a(fake_b)
        fake_a = to_a(b)
        rec_b = to_b(fake_a)
        for judge in self._judges:
            judge.requires_grad_(False)
        self._of_generators.zero_grad()
        said_b, said_a = net["discriminator_b"](fake_b), net["discriminator_a"](fake_a)
        losses = {
            "identity_b": 5 * l1(to_b(b), b),
            "identity_a": 5 * l1(to_a(a), a),
            "adversarial_a2b": mse(said_b, torch.ones_like(said_b)),
            "adversarial_b2a": mse(said_a, torch.ones_like(said_a)),
            "cycle_a": 10 * l1(rec_a, a),
            "cycle_b": 10 * l1(rec_b, b),
        }
        sum(losses.values()).backward()  # type: ignore[union-attr, no-untyped-call]
        self._of_generators.step()
        for judge in self._judges:
            judge.requires_grad_(True)
        self._of_judges.zero_grad()
        for name, real, fake in (("a", a, fake_a), ("b", b, fake_b)):
            judge = net[f"discriminator_{name}"]
            good, bad = judge(real), judge(fake.detach())
            loss = (mse(good, torch.ones_like(good)) + mse(bad, torch.zeros_like(bad))) / 2
            loss.backward()
            losses[f"discriminator_{name}"] = loss
        self._of_judges.step()
        return {name: float(loss.detach()) for name, loss in losses.items()}
