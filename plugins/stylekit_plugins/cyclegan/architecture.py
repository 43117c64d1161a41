"""What a generator is made of, told from the names and shapes of its tensors.

Layers have the names that they have in the authors' repository (`model.10.conv_block.1.weight`).
Generators of other projects that differ from it in a few layers are known, too:

- CUT (T. Park et al., "Contrastive Learning for Unpaired Image-to-Image Translation", ECCV 2020)
  blurs before it drops pixels (R. Zhang, "Making Convolutional Networks Shift-Invariant Again",
  ICML 2019); its filters are in its files as `filt`.
- PyTorch-GAN doubles the sides by repetition, in a layer without tensors.
- pix2pixHD halves the image four times instead of twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from torch import Tensor

Upsample = Literal["transposed", "nearest", "bilinear", "nearest-zeros", "bilinear-zeros"]

MODES: tuple[Upsample, ...] = ("nearest", "bilinear")
"""Ways to enlarge that a file of stylekit's names by their position here."""

_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.(\d+)\.weight")

MOST_HALVINGS, MOST_BLOCKS = 5, 64
"""Of a file: the paper has 2, and 6 or 9; each block takes memory before its weights are seen."""


@dataclass(frozen=True)
class Architecture:
    """What a generator is made of.

    Attributes:
        width: channels of the first layer; 64 in the paper.
        blocks: residual blocks; 9 in the paper for 256 px and more, 6 for 128 px.
        affine: normalizations have a trained scale and shift; not so in the authors' code.
        dropout: half the values inside each block are dropped in training.
        upsample: how the image is enlarged: by transposed convolutions, as published, or by
            enlarging before a plain one, which leaves no checkerboard (Odena, Dumoulin and Olah,
            "Deconvolution and Checkerboard Artifacts", Distill 2016). `-zeros`: that one has a
            border of zeros, as in CUT and PyTorch-GAN, instead of a mirrored one.
        antialias: convolutions blur before they drop pixels, as in CUT.
        halvings: how often the sides are halved; 2 in the paper.
    """

    width: int = 64
    blocks: int = 9
    affine: bool = False
    dropout: bool = False
    upsample: Upsample = "transposed"
    antialias: bool = False
    halvings: int = 2

    @property
    def stride(self) -> int:
        """Sides of the input must be multiples of it."""
        return int(2**self.halvings)

    @property
    def widest(self) -> int:
        """The most channels of a layer at full size."""
        return self.width * (2 if self.antialias or self.upsample != "transposed" else 1)

    def as_dict(self) -> dict[str, Any]:
        """Give the fields, for files."""
        return asdict(self)


def architecture_of(state: Mapping[str, Tensor]) -> Architecture:
    """Tell the architecture that a state dict belongs to, as far as its names and shapes show it.

    Raises:
        ValueError: it is no generator's.
    """
    first = state.get("model.1.weight")
    if first is None or first.ndim != 4 or tuple(first.shape[2:]) != (7, 7):
        raise ValueError("'model.1.weight' of shape (width, 3, 7, 7) is missing")
    if first.shape[1] != 3:
        raise ValueError(f"it takes images of {first.shape[1]} channels, not of 3")
    antialias = "model.7.filt" in state
    found = [m for key in state if (m := _BLOCK.fullmatch(key)) and state[key].ndim == 4]
    blocks = {int(m.group(1)) for m in found}
    begin, end = min(blocks, default=0), max(blocks, default=0) + 1
    halvings, odd = divmod(begin - 4, 4 if antialias else 3)
    if len(blocks) != end - begin or odd or not 1 <= halvings <= MOST_HALVINGS:
        raise ValueError("there are no residual blocks, or not all of them")
    if len(blocks) > MOST_BLOCKS:
        raise ValueError(f"it has {len(blocks)} residual blocks, more than {MOST_BLOCKS}")
    return Architecture(
        width=len(first),
        blocks=len(blocks),
        affine="model.2.weight" in state,
        dropout=any(int(m.group(2)) == 6 for m in found),
        upsample=_upsample(state, end),
        antialias=antialias,
        halvings=halvings,
    )


def _upsample(state: Mapping[str, Tensor], layer: int) -> Upsample:
    """Tell how the image is enlarged, from the first layer after the residual blocks."""
    mode = state.get(f"model.{layer}.mode")
    if mode is not None:
        if mode.numel() != 1 or not 0 <= int(mode) < len(MODES):
            raise ValueError(f"'model.{layer}.mode' is no way to enlarge that is known")
        return MODES[int(mode)]
    if f"model.{layer}.filt" in state:
        return "bilinear-zeros"
    return "transposed" if f"model.{layer}.weight" in state else "nearest-zeros"
