"""The convolutional part of VGG (Simonyan and Zisserman, arXiv:1409.1556) as a feature extractor.

Departures from torchvision's: a layer that is asked for is never overwritten (its ReLU is in place,
so that `conv4_2` silently holds `relu4_2`), nothing is computed past the last layer asked for, no
more is kept for the way back than the gradient of the picture needs (see `lean`), and every layer
is scaled so that its mean activation over natural pictures is 1. The network is positively
homogeneous, so that scaling changes nothing else; Gatys et al. (2016), section 2, normalize theirs
in the same spirit, but one constant a channel, which blows up channels that are rarely active.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import torch
from torch import Tensor, nn

from stylekit.machine.precision import layout, supports_bfloat16_matmul, takes_bfloat16
from stylekit.protocols import LoadedWeights
from stylekit_plugins.backbones import memory_efficient
from stylekit_plugins.backbones.calibration import mean_activations
from stylekit_plugins.backbones.params import VGGParams

_KEY = re.compile(r"features\.(\d+)\.weight")
_FLOAT, _HALF = 4, 2
"""Bytes of a number."""


class VGG(nn.Module):
    """VGG features, unit mean activation.

    Args:
        params: pooling and precision.
        parameters: convolutions in torchvision's layout, with the preprocessing they expect.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, params: VGGParams, parameters: LoadedWeights) -> None:
        super().__init__()
        self.pooling = params.pooling
        self.precision = params.precision
        convolutions = _convolutions(parameters.state)
        self._convolutions: list[tuple[str, nn.Conv2d]] = list(convolutions.items())
        self._lower: dict[str, tuple[Tensor, Tensor]] = {}
        # The last convolution of each block, after which comes a pooling.
        self._last = set({name[0]: name for name in convolutions}.values())
        self.net = nn.ModuleDict({f"conv{name}": conv for name, conv in convolutions.items()})
        preprocessing = parameters.preprocessing
        if preprocessing.channels == "BGR":
            # Reorder the first kernel once instead of every picture.
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
        known = parameters.activations if self.pooling == "max" else None
        self._scale_to_unit(known or mean_activations(self._exact, self._relu_names()))

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return features by layer; see `stylekit.protocols.Backbone.features`.

        `convB_J` (before the ReLU) and `reluB_J` are (1, C, H / 2^(B-1), W / 2^(B-1)), rounded
        down, `poolB` half that; C is 64, 128, 256, 512, 512 for the blocks 1 to 5. All are float32.
        A convolution has the scale of its ReLU.
        """
        return {name: value.float() for name, value in self.native_features(image, layers)}

    def native_features(
        self, image: Tensor, layers: Collection[str]
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield features in the number format that they are computed in, from the first layer on.

        Each is yielded before the next layer is computed. What is measured of them at once is so
        placed that the way back comes upon it last, and need not hold all their gradients.
        """
        return self._compute(image, layers, self._number_format(image.device))

    def stride(self, layer: str) -> int:
        """Return pixels of the picture for each position: 1 for block 1, 16 for block 5."""
        block = int(layer[4])
        return 1 << (block if layer.startswith("pool") else block - 1)

    def reach(self, layers: Collection[str]) -> int:
        """Return how many pixels beyond its own stride-wide cell a feature can see, each way."""
        last = max(self._position(layer) for layer in layers)
        field, step = 1, 1
        for name, _ in self._convolutions:
            if self._position(f"conv{name}") > last:
                break
            field += 2 * step
            if name in self._last and self._position(f"pool{name[0]}") <= last:
                field, step = field + step, 2 * step
        return -(-(field - step) // 2)

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return bytes that a forward and backward pass hold for each pixel, at most."""
        return self._bytes_per_pixel(layers, native=False)

    def native_bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the same for `native_features`."""
        return self._bytes_per_pixel(layers, native=True)

    def _exact(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        return dict(self._compute(image, layers, torch.float32))

    def _compute(
        self, image: Tensor, layers: Collection[str], dtype: torch.dtype
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield features computed in `dtype`."""
        wanted = set(layers)
        for name, value in self._walk(image, frozenset(layers), dtype):
            if name in wanted:
                yield name, value
                wanted.remove(name)
                if not wanted:
                    return

    def _bytes_per_pixel(self, layers: Collection[str], native: bool) -> float:
        """Return the most that is held at any layer: what is kept so far, and what is at work.

        Kept for the way back are features that are asked for, by the loss, and of the rest masks of
        one byte a value. If features come all at once (not `native`), their owner may hold them to
        the end, and the way back begins with the gradients of all. At work are three tensors: a
        layer, what it makes, and a gradient.
        """
        last = max(self._position(layer) for layer in layers)
        device = self.mean.device
        lower = self._number_format(device) is torch.bfloat16
        own = _HALF if lower else _FLOAT
        place = 2 if device.type == "cpu" else 4
        asked = own if native else 2 * _FLOAT
        # ReLU keeps its result in the network's own format, beside the float32 that is returned.
        asked_of_relu = asked if native or not lower else asked + _HALF
        # A processor without bfloat16 writes out the 3x3 surroundings of each value.
        written_out = lower and device.type == "cpu" and not supports_bfloat16_matmul(device)
        at_work = 3 * own + (9 * _HALF if written_out else 0)
        kept, most, widest = 3.0 * 3 * _FLOAT, 0.0, 0.0
        for name, convolution in self._convolutions:
            conv, activation, pool = f"conv{name}", f"relu{name}", f"pool{name[0]}"
            if self._position(conv) > last:
                break
            size = convolution.out_channels / self.stride(conv) ** 2
            kept += size * (asked if conv in layers else 0)
            kept += size * (asked_of_relu if activation in layers else 1)
            if name in self._last and self._position(pool) <= last:
                kept += size / 4 * (place + (asked_of_relu if pool in layers else 0))
            most, widest = max(most, kept + size * at_work), max(widest, size)
        return most if native else kept + widest * at_work

    def _number_format(self, device: torch.device) -> torch.dtype:
        """Return the type that a picture on `device` is computed in."""
        lower = (self.precision == "bfloat16" and takes_bfloat16(device)) or (
            self.precision == "auto" and supports_bfloat16_matmul(device)
        )
        return torch.bfloat16 if lower else torch.float32

    def _walk(
        self, image: Tensor, wanted: Collection[str], dtype: torch.dtype
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield layers in order, each computed on demand; one that is not wanted may be left out.

        What is yielded and wanted is never overwritten.
        """
        # Channels-last is two to three times faster on a CPU. The picture itself stays contiguous,
        # which L-BFGS needs of its gradient.
        x = ((image - self.mean) / self.std).to(dtype, memory_format=layout(image.device))
        for name, convolution in self._convolutions:
            conv, activation, pool = f"conv{name}", f"relu{name}", f"pool{name[0]}"
            x = memory_efficient.convolve(x, *self._in_format(name, convolution, dtype))
            yield conv, x
            if name in self._last and self.pooling == "max" and activation not in wanted:
                # The same in the other order, where ReLU has a quarter of the values.
                x, given = _rectified(memory_efficient.max_pool(x), True, pool in wanted)
                yield pool, given
                continue
            x, given = _rectified(x, conv not in wanted, activation in wanted)
            yield activation, given
            if name in self._last:
                x = (
                    memory_efficient.max_pool(x)
                    if self.pooling == "max"
                    else memory_efficient.average_pool(x)
                )
                yield pool, x

    def _in_format(
        self, name: str, convolution: nn.Conv2d, dtype: torch.dtype
    ) -> tuple[Tensor, Tensor]:
        """Return weight and bias of a convolution; to a lower format they are converted once."""
        weight, bias = convolution.weight, convolution.bias
        assert bias is not None
        if dtype is weight.dtype:
            return weight, bias
        kept = self._lower.get(name)
        if kept is None or kept[0].device != weight.device:
            kept = self._lower[name] = (weight.to(dtype), bias.to(dtype))
        return kept

    def _relu_names(self) -> list[str]:
        return [f"relu{name}" for name, _ in self._convolutions]

    @staticmethod
    def _position(layer: str) -> tuple[int, int, bool]:
        """Sort key of a layer, from the input to the output."""
        if layer.startswith("pool"):
            return int(layer[4:]), 99, True
        block, number = layer[4:].split("_")
        return int(block), int(number), layer.startswith("relu")

    def _scale_to_unit(self, activations: Mapping[str, float]) -> None:
        """Scale each convolution so that its ReLU's mean activation becomes 1."""
        before = 1.0
        for name, convolution in self._convolutions:
            here = activations[f"relu{name}"]
            convolution.weight.data.mul_(before / here)
            assert convolution.bias is not None
            convolution.bias.data.div_(here)
            before = here


def _rectified(x: Tensor, in_place: bool, shared: bool) -> tuple[Tensor, Tensor]:
    """Return a ReLU for the next layer, and the same to be yielded."""
    if shared:
        return memory_efficient.shared_relu(x, in_place)
    x = memory_efficient.relu(x, in_place)
    return x, x


def _convolutions(state: Mapping[str, Tensor]) -> dict[str, nn.Conv2d]:
    """Make the convolutions of a torchvision state dict, named `1_1`, `1_2`, `2_1`, ..."""
    indices = sorted(int(m.group(1)) for key in state if (m := _KEY.fullmatch(key)))
    made: dict[str, nn.Conv2d] = {}
    block, number, previous = 1, 0, -2
    for index in indices:
        # Convolutions of a block are two apart; the pooling between blocks makes it three.
        block, number = (block, number + 1) if index - previous == 2 else (block + 1, 1)
        weight = state[f"features.{index}.weight"]
        convolution = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
        convolution.weight.data = weight.clone()
        assert convolution.bias is not None
        convolution.bias.data = state[f"features.{index}.bias"].clone()
        made[f"{block}_{number}"] = convolution
        previous = index
    return made
