"""The generator: a residual network between two strided convolutions and two that enlarge again.

J.-Y. Zhu, T. Park, P. Isola, A. A. Efros: "Unpaired Image-to-Image Translation using
Cycle-Consistent Adversarial Networks" (ICCV 2017), appendix 7.2, after Johnson et al. (2016).
Layers have the names that they have in the authors' repository (`model.10.conv_block.1.weight`), so
that its files fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from stylekit_plugins.cyclegan.norm import InstanceNorm, Mirrored

STRIDE = 4
"""Sides of the input must be multiples of it."""

LEAST = 16
"""The least side: a border of 3 is mirrored at full size, one of 1 at a quarter of it."""

MOST_BLOCKS = 64
"""Of a file: the paper has 6 or 9, and each takes memory before its weights are looked at."""

Upsample = Literal["transposed", "nearest", "bilinear"]

_MODES: tuple[Upsample, ...] = ("nearest", "bilinear")

_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.(\d+)\.weight")


@dataclass(frozen=True)
class Architecture:
    """What a generator is made of.

    Attributes:
        width: channels of the first layer; 64 in the paper.
        blocks: residual blocks; 9 in the paper for 256 px and more, 6 for 128 px.
        affine: normalisations have a trained scale and shift; not so in the authors' code.
        dropout: half the values inside each block are dropped in training.
        upsample: how the picture is enlarged: by transposed convolutions, as published, or by
            enlarging before a plain one, which leaves no checkerboard (Odena, Dumoulin and Olah,
            "Deconvolution and Checkerboard Artifacts", Distill 2016).
    """

    width: int = 64
    blocks: int = 9
    affine: bool = False
    dropout: bool = False
    upsample: Upsample = "transposed"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, for files."""
        return asdict(self)


class Generator(nn.Module):
    """Translates pictures (N, 3, H, W) in [-1, 1]; H and W multiples of `STRIDE`, at least `LEAST`.

    Args:
        architecture: what it is made of.
        checkpointed: keep only the inputs of the residual blocks for the way back, and compute
            their insides again (Chen et al., arXiv:1604.06174): less memory, a third more time.
    """

    def __init__(self, architecture: Architecture, checkpointed: bool = False) -> None:
        super().__init__()
        self.architecture = architecture
        self.checkpointed = checkpointed
        width, affine = architecture.width, architecture.affine
        layers: list[nn.Module] = [
            Mirrored(3),
            nn.Conv2d(3, width, 7),
            *_normalised(width, affine),
        ]
        for factor in (1, 2):
            narrow, wide = factor * width, 2 * factor * width
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), *_normalised(wide, affine)]
        layers += [
            Residual(4 * width, affine, architecture.dropout) for _ in range(architecture.blocks)
        ]
        for factor in (2, 1):
            wide, narrow = 2 * factor * width, factor * width
            enlarging = _enlarging(wide, narrow, architecture.upsample)
            layers += [enlarging, *_normalised(narrow, affine)]
        layers += [Mirrored(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, picture: Tensor) -> Tensor:
        """Return the translation, of the same shape and range."""
        x = picture
        for layer in self.model:
            if self.checkpointed and isinstance(layer, Residual) and x.requires_grad:
                x = checkpoint(layer, x, use_reentrant=False)
            else:
                x = layer(x)
        return x


class Residual(nn.Module):
    """A residual block of two convolutions; no ReLU after the sum."""

    def __init__(self, channels: int, affine: bool, dropout: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            Mirrored(1),
            nn.Conv2d(channels, channels, 3),
            *_normalised(channels, affine),
        ]
        if dropout:
            layers.append(nn.Dropout(0.5))
        layers += [
            Mirrored(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm(channels, affine=affine),
        ]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C, h, w) for (N, C, h, w)."""
        inner: Tensor = self.conv_block(x)
        return x + inner


class Enlarging(nn.Module):
    """Doubles the sides, then convolves with a mirrored border."""

    def __init__(self, wide: int, narrow: int, upsample: Upsample) -> None:
        super().__init__()
        # In the file, because names and shapes cannot tell.
        self.register_buffer("mode", torch.tensor(_MODES.index(upsample), dtype=torch.uint8))
        self.enlarge = nn.Upsample(scale_factor=2, mode=upsample)
        self.convolution = nn.Conv2d(wide, narrow, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, C', 2h, 2w) for (N, C, h, w)."""
        y: Tensor = self.convolution(self.enlarge(x))
        return y


def architecture_of(state: Mapping[str, Tensor]) -> Architecture:
    """Return the architecture that a state dict belongs to, as far as its names and shapes tell.

    Raises:
        ValueError: it is no generator's.
    """
    first = state.get("model.1.weight")
    if first is None or first.ndim != 4 or tuple(first.shape[1:]) != (3, 7, 7):
        raise ValueError("'model.1.weight' of shape (width, 3, 7, 7) is missing")
    found = [m for key in state if (m := _BLOCK.fullmatch(key)) and state[key].ndim == 4]
    blocks = {int(m.group(1)) for m in found}
    after = 10 + len(blocks)
    if not blocks or blocks != set(range(10, after)) or after > 10 + MOST_BLOCKS:
        raise ValueError("there are no residual blocks, or not all of them, or too many")
    mode = state.get(f"model.{after}.mode")
    return Architecture(
        width=len(first),
        blocks=len(blocks),
        affine="model.2.weight" in state,
        dropout=any(int(m.group(2)) == 6 for m in found),
        upsample="transposed" if mode is None else _MODES[int(mode)],
    )


def initialise(net: nn.Module, deviation: float, generator: torch.Generator) -> None:
    """Draw every weight of a convolution from a normal distribution; biases are 0."""
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            with torch.no_grad():
                layer.weight.normal_(0.0, deviation, generator=generator)
                if layer.bias is not None:
                    layer.bias.zero_()


def _normalised(channels: int, affine: bool) -> list[nn.Module]:
    return [InstanceNorm(channels, affine=affine), nn.ReLU(inplace=True)]


def _enlarging(wide: int, narrow: int, upsample: Upsample) -> nn.Module:
    """Return a layer that doubles the sides; its name is that of the published one."""
    if upsample == "transposed":
        return nn.ConvTranspose2d(wide, narrow, 3, stride=2, padding=1, output_padding=1)
    return Enlarging(wide, narrow, upsample)
