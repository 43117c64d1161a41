"""The architecture of a generator, read from the names and shapes of its tensors.

Layers have the names that they have in the authors' repository (`model.10.conv_block.1.weight`).
Generators of other projects that differ from it in a few layers are supported, too:

- CUT (T. Park et al., "Contrastive Learning for Unpaired Image-to-Image Translation", ECCV 2020)
  blurs before it subsamples (R. Zhang, "Making Convolutional Networks Shift-Invariant Again",
  ICML 2019); its filters are in its files as `filt`.
- PyTorch-GAN doubles the sides by repetition, in a layer without tensors.
- pix2pixHD halves the image four times instead of twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Upsample = Literal["transposed", "nearest", "bilinear", "nearest-zeros", "bilinear-zeros"]

MODES: tuple[Upsample, ...] = ("nearest", "bilinear")
"""Upsampling modes; a file of stylekit's holds the mode's index in this tuple."""

_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.(\d+)\.weight")

MAX_HALVINGS, MAX_BLOCKS = 5, 64
"""Limits of a file (the paper has 2, and 6 or 9): blocks take memory before weights are checked."""


@dataclass(frozen=True)
class Architecture:
    """The architecture of a generator.

    Attributes:
        base_channels: channels of the first layer; 64 in the paper.
        blocks: residual blocks; 9 in the paper for 256 px and more, 6 for 128 px.
        affine: whether normalizations have a trained scale and shift; in the authors' code they do
            not.
        dropout: whether each block drops half of its values in training.
        upsample: transposed convolutions, as published, or resizing before a plain convolution,
            which leaves no checkerboard (Odena, Dumoulin and Olah, "Deconvolution and Checkerboard
            Artifacts", Distill 2016). `-zeros`: that convolution pads with zeros, as in CUT and
            PyTorch-GAN, instead of by reflection.
        antialias: whether convolutions blur before they subsample, as in CUT.
        halvings: how often the sides are halved; 2 in the paper.
    """

    base_channels: int = 64
    blocks: int = 9
    affine: bool = False
    dropout: bool = False
    upsample: Upsample = "transposed"
    antialias: bool = False
    halvings: int = 2

    @property
    def stride(self) -> int:
        """Downsampling factor; sides of the input must be multiples of it."""
        return int(2**self.halvings)

    @property
    def widest(self) -> int:
        """The most channels of a layer at full size."""
        return self.base_channels * (2 if self.antialias or self.upsample != "transposed" else 1)


def architecture_of(state: Mapping[str, Tensor]) -> Architecture:
    """Infer the architecture of a state dict, as far as its names and shapes show it.

    Raises:
        ValueError: the state dict is not a supported generator's.
    """
    first = state.get("model.1.weight")
    if first is None or first.ndim != 4 or tuple(first.shape[2:]) != (7, 7):
        raise ValueError("'model.1.weight' of shape (channels, 3, 7, 7) is missing")
    if first.shape[1] != 3:
        raise ValueError(f"it takes images of {first.shape[1]} channels, not of 3")
    antialias = "model.7.filt" in state
    matches = [m for key in state if (m := _BLOCK.fullmatch(key)) and state[key].ndim == 4]
    blocks = {int(m.group(1)) for m in matches}
    begin, end = min(blocks, default=0), max(blocks, default=0) + 1
    halvings, odd = divmod(begin - 4, 4 if antialias else 3)
    if len(blocks) != end - begin or odd or not 1 <= halvings <= MAX_HALVINGS:
        raise ValueError("there are no residual blocks, or some are missing")
    if len(blocks) > MAX_BLOCKS:
        raise ValueError(f"it has {len(blocks)} residual blocks, more than {MAX_BLOCKS}")
    return Architecture(
        base_channels=len(first),
        blocks=len(blocks),
        affine="model.2.weight" in state,
        dropout=any(int(m.group(2)) == 6 for m in matches),
        upsample=_upsample(state, end),
        antialias=antialias,
        halvings=halvings,
    )


def _upsample(state: Mapping[str, Tensor], layer: int) -> Upsample:
    """Infer the upsampling from the first layer after the residual blocks."""
    mode = state.get(f"model.{layer}.mode")
    if mode is not None:
        if mode.numel() != 1 or not 0 <= int(mode) < len(MODES):
            raise ValueError(f"'model.{layer}.mode' is not a known upsampling mode")
        return MODES[int(mode)]
    if f"model.{layer}.filt" in state:
        return "bilinear-zeros"
    return "transposed" if f"model.{layer}.weight" in state else "nearest-zeros"
