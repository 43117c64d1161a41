"""The discriminator, which scores overlapping patches of 70x70 pixels (PatchGAN).

P. Isola, J.-Y. Zhu, T. Zhou, A. A. Efros: "Image-to-Image Translation with Conditional Adversarial
Networks" (CVPR 2017), appendix 6.1.2; Zhu et al. (ICCV 2017), appendix 7.2. Layers have the names
of the authors' repository.
"""

from __future__ import annotations

from torch import Tensor, nn

from stylekit_plugins.cyclegan.norm import InstanceNorm
from stylekit_plugins.networks.trained_layers import TrainedConv2d


class Discriminator(nn.Module):
    """Scores patches: (N, 1, about H/8, about W/8) for images (N, 3, H, W) in [-1, 1].

    1 stands for real, 0 for fake; there is no sigmoid, as the loss is least squares.

    Args:
        base_channels: channels of the first layer; 64 in the paper.
    """

    def __init__(self, base_channels: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            TrainedConv2d(3, base_channels, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        for narrow, wide, stride in ((1, 2, 2), (2, 4, 2), (4, 8, 1)):
            layers += [
                TrainedConv2d(
                    narrow * base_channels, wide * base_channels, 4, stride=stride, padding=1
                ),
                InstanceNorm(wide * base_channels),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers.append(TrainedConv2d(8 * base_channels, 1, 4, stride=1, padding=1))
        self.model = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        """Score each patch."""
        scores: Tensor = self.model(image)
        return scores
