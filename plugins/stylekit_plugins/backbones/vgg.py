"""The convolutional part of VGG (Simonyan and Zisserman, arXiv:1409.1556) as a feature extractor.

Departures from torchvision's:

- A requested layer is never overwritten (torchvision's ReLU works in place, so that `conv4_2`
  silently holds `relu4_2`).
- Nothing is computed past the last requested layer.
- Backward to the image keeps no more than it needs; see `memory_efficient`.
- Every layer is scaled so that its mean activation over natural images is 1. The network is
  positively homogeneous, so that scaling changes nothing else. Gatys et al. (2016), section 2,
  normalize theirs in the same spirit, but with one constant per channel, which blows up channels
  that are rarely active.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from stylekit.errors import UsageError
from stylekit.machine.precision import (
    layout,
    prefers_winograd,
    supports_bfloat16_matmul,
    takes_bfloat16,
)
from stylekit.protocols import LoadedWeights
from stylekit.text import did_you_mean
from stylekit_plugins.backbones import memory_efficient
from stylekit_plugins.backbones.calibration import mean_activations
from stylekit_plugins.backbones.params import VGGParams
from stylekit_plugins.networks.convolution import FrozenConvolution, bytes_to_transform
from stylekit_plugins.networks.vgg import convolution_names

_KEY = re.compile(r"features\.(\d+)\.weight")
_FLOAT, _HALF = 4, 2
"""Bytes of a number."""


class VGG(nn.Module):
    """VGG features of unit mean activation.

    Args:
        params: pooling and precision.
        weights: convolutions in torchvision's layout, and the preprocessing that they expect.
    """

    has_winograd: ClassVar[bool] = True
    mean: Tensor
    std: Tensor

    def __init__(self, params: VGGParams, weights: LoadedWeights) -> None:
        super().__init__()
        self.pooling = params.pooling
        self.precision = params.precision
        convolutions = _convolutions(weights.state)
        self._convolutions: list[tuple[str, nn.Conv2d]] = list(convolutions.items())
        self._frozen: dict[tuple[str, torch.dtype], FrozenConvolution] = {}
        # The last convolution of each block; a pooling follows it.
        self._last = set({name[0]: name for name in convolutions}.values())
        self._positions = {layer: index for index, layer in enumerate(self._layer_names())}
        self.net = nn.ModuleDict({f"conv{name}": conv for name, conv in convolutions.items()})
        preprocessing = weights.preprocessing
        if preprocessing.channels == "BGR":
            # Reorder the first kernel once instead of every image.
            first = self._convolutions[0][1]
            first.weight.data = first.weight.data.flip(1)
        flip = -1 if preprocessing.channels == "BGR" else 1
        mean = torch.tensor(preprocessing.mean[::flip]) / preprocessing.scale
        std = torch.tensor(preprocessing.std[::flip]) / preprocessing.scale
        self.register_buffer("mean", mean.view(1, 3, 1, 1))
        self.register_buffer("std", std.view(1, 3, 1, 1))
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)
        # The published constants hold for max pooling.
        published = weights.activations if self.pooling == "max" else None
        self._scale_to_unit(published or mean_activations(self._exact, self._relu_names()))

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return features by layer; see `stylekit.protocols.Backbone.features`.

        `convB_N` (before the ReLU) and `reluB_N` are (1, C, H / 2^(B-1), W / 2^(B-1)), rounded
        down, `poolB` half that; C is 64, 128, 256, 512, 512 for the blocks 1 to 5. All are float32.
        A convolution has the scale of its ReLU.

        Raises:
            UsageError: the network has no such layer.
        """
        return {name: value.float() for name, value in self.native_features(image, layers)}

    def native_features(
        self, image: Tensor, layers: Collection[str]
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield features in the number format that they are computed in, from the first layer on.

        Each is yielded before the next layer is computed. If a loss is computed on a feature as
        soon as it is yielded, backward reaches it last, and not all gradients are alive at once.
        """
        self._last_position(layers)
        dtype = self._number_format(image.device)
        return self._compute(image, layers, dtype, direct=self.precision == "exact")

    def stride(self, layer: str) -> int:
        """Return pixels of the image per position: 1 for block 1, 16 for block 5.

        Raises:
            UsageError: the network has no such layer.
        """
        self._position(layer)
        block = int(layer[4])
        return 1 << (block if layer.startswith("pool") else block - 1)

    def reach(self, layers: Collection[str]) -> int:
        """Return how many pixels beyond its own stride-wide cell a feature depends on, each way.

        Raises:
            UsageError: the network has no such layer.
        """
        last = self._last_position(layers)
        field, step = 1, 1
        for name, _ in self._convolutions:
            if self._position(f"conv{name}") > last:
                break
            field += 2 * step
            if name in self._last and self._position(f"pool{name[0]}") <= last:
                field, step = field + step, 2 * step
        return -(-(field - step) // 2)

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return bytes that a forward and backward pass hold per pixel, at most.

        Raises:
            UsageError: the network has no such layer.
        """
        return self._bytes_per_pixel(layers, native=False)

    def native_bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the same for `native_features`."""
        return self._bytes_per_pixel(layers, native=True)

    @property
    def alignment(self) -> int:
        """Positions of the deepest layer that tiles begin at multiples of.

        Then Winograd's squares of 4x4 outputs are the same in every tile, and so is their rounding,
        which decides about a ReLU here and there.
        """
        device = self.mean.device
        direct = self.precision == "exact" or self._number_format(device) is not torch.float32
        return 1 if direct or not prefers_winograd(device) else 4

    def fixed_bytes(self, layers: Collection[str]) -> float:
        """Return bytes that a forward and backward pass take at any size, at most.

        Raises:
            UsageError: the network has no such layer.
        """
        last = self._last_position(layers)
        if self.alignment == 1:
            return 0.0
        passed = [x for name, x in self._convolutions if self._position(f"conv{name}") <= last]
        return float(sum(map(bytes_to_transform, (x.weight for x in passed))))

    def _exact(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        return dict(self._compute(image, layers, torch.float32, direct=True))

    def _compute(
        self, image: Tensor, layers: Collection[str], dtype: torch.dtype, direct: bool
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield features computed in `dtype`."""
        missing = set(layers)
        for name, value in self._walk(image, frozenset(layers), dtype, direct):
            if name in missing:
                yield name, value
                missing.remove(name)
                if not missing:
                    return

    def _bytes_per_pixel(self, layers: Collection[str], native: bool) -> float:
        """Return the most that is held at any layer: what is saved so far, and what is at work.

        Saved for backward are the requested features, by the loss, and for the other layers masks
        of one byte per value. If features come all at once (not `native`), their owner may hold
        them to the end, and backward begins with the gradients of all. At work are three tensors:
        a layer's input, its output, and a gradient.
        """
        last = self._last_position(layers)
        device = self.mean.device
        lower = self._number_format(device) is torch.bfloat16
        own = _HALF if lower else _FLOAT
        place = 2 if device.type == "cpu" else 4
        requested = own if native else 2 * _FLOAT
        # ReLU saves its result in the network's own format, beside the float32 that is returned.
        requested_relu = requested if native or not lower else requested + _HALF
        # A processor without bfloat16 writes out the 3x3 surroundings of each value.
        written_out = lower and device.type == "cpu" and not supports_bfloat16_matmul(device)
        at_work = 3 * own + (9 * _HALF if written_out else 0)
        saved, most, widest = 3.0 * 3 * _FLOAT, 0.0, 0.0
        for name, convolution in self._convolutions:
            conv, activation, pool = f"conv{name}", f"relu{name}", f"pool{name[0]}"
            if self._position(conv) > last:
                break
            size = convolution.out_channels / self.stride(conv) ** 2
            saved += size * (requested if conv in layers else 0)
            saved += size * (requested_relu if activation in layers else 1)
            if name in self._last and self._position(pool) <= last:
                saved += size / 4 * (place + (requested_relu if pool in layers else 0))
            most, widest = max(most, saved + size * at_work), max(widest, size)
        return most if native else saved + widest * at_work

    def _number_format(self, device: torch.device) -> torch.dtype:
        """Return the type that an image on `device` is computed in."""
        lower = (self.precision == "bfloat16" and takes_bfloat16(device)) or (
            self.precision == "auto" and supports_bfloat16_matmul(device)
        )
        return torch.bfloat16 if lower else torch.float32

    def _walk(
        self, image: Tensor, requested: Collection[str], dtype: torch.dtype, direct: bool
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield layers in order, each computed on demand; others than `requested` may be left out.

        A requested layer is never overwritten after it is yielded.
        """
        # Channels-last is faster on a CPU. The image itself stays contiguous, which L-BFGS needs
        # of its gradient.
        x = ((image - self.mean) / self.std).to(dtype, memory_format=layout(image.device))
        for name, convolution in self._convolutions:
            conv, activation, pool = f"conv{name}", f"relu{name}", f"pool{name[0]}"
            x = self._convolution(name, convolution, dtype)(x, direct)
            yield conv, x
            if name in self._last and self.pooling == "max" and activation not in requested:
                # The same in the other order, where ReLU has a quarter of the values.
                x, tap = _rectified(memory_efficient.max_pool(x), True, pool in requested)
                yield pool, tap
                continue
            x, tap = _rectified(x, conv not in requested, activation in requested)
            yield activation, tap
            if name in self._last:
                x = (
                    memory_efficient.max_pool(x)
                    if self.pooling == "max"
                    else memory_efficient.average_pool(x)
                )
                yield pool, x

    def _convolution(
        self, name: str, convolution: nn.Conv2d, dtype: torch.dtype
    ) -> FrozenConvolution:
        """Return a convolution in a number format; it is converted once."""
        weight, bias = convolution.weight, convolution.bias
        assert bias is not None
        frozen = self._frozen.get((name, dtype))
        if frozen is None or frozen.weight.device != weight.device:
            frozen = FrozenConvolution(weight.to(dtype), bias.to(dtype))
            self._frozen[name, dtype] = frozen
        return frozen

    def _relu_names(self) -> list[str]:
        return [f"relu{name}" for name, _ in self._convolutions]

    def _layer_names(self) -> Iterator[str]:
        """Yield the layers from the input to the output."""
        for name, _ in self._convolutions:
            yield from (f"conv{name}", f"relu{name}")
            if name in self._last:
                yield f"pool{name[0]}"

    def _position(self, layer: str) -> int:
        """Return how many layers come before this one.

        Raises:
            UsageError: the network has no such layer.
        """
        if layer not in self._positions:
            raise UsageError(
                f"The VGG backbone has no layer '{layer}'.",
                did_you_mean(layer, self._positions),
            )
        return self._positions[layer]

    def _last_position(self, layers: Collection[str]) -> int:
        return max((self._position(layer) for layer in layers), default=-1)

    def _scale_to_unit(self, activations: Mapping[str, float]) -> None:
        """Scale each convolution so that its ReLU's mean activation becomes 1."""
        before = 1.0
        for name, convolution in self._convolutions:
            here = activations[f"relu{name}"]
            convolution.weight.data.mul_(before / here)
            assert convolution.bias is not None
            convolution.bias.data.div_(here)
            before = here
        # Those that measured the activations.
        self._frozen.clear()


def _rectified(x: Tensor, in_place: bool, tapped: bool) -> tuple[Tensor, Tensor]:
    """Return a ReLU for the next layer, and the same to be yielded."""
    if tapped:
        return memory_efficient.relu_with_tap(x, in_place)
    x = memory_efficient.relu(x, in_place)
    return x, x


def _convolutions(state: Mapping[str, Tensor]) -> dict[str, nn.Conv2d]:
    """Make the convolutions of a torchvision state dict, named `1_1`, `1_2`, `2_1`, ..."""
    indices = [int(match.group(1)) for key in state if (match := _KEY.fullmatch(key))]
    convolutions: dict[str, nn.Conv2d] = {}
    for index, name in convolution_names(indices).items():
        weight = state[f"features.{index}.weight"]
        convolution = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
        convolution.weight.data = weight.clone()
        assert convolution.bias is not None
        convolution.bias.data = state[f"features.{index}.bias"].clone()
        convolutions[name] = convolution
    return convolutions
