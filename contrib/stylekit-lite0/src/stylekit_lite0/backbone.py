"""EfficientNet-Lite0 as a backbone: images are enlarged, and channels are standardized.

Gram matrices were invented for VGG, whose activations are sparse: most are zero, and the others are
informative. Here most channels of a layer are active nearly everywhere, so that a Gram matrix holds
little but their means, and a few channels vary far more than those that respond to color. Results
from the raw activations have green faces. So each channel is scaled and shifted to mean 1 and
deviation 2 over natural images: about the statistics of VGG's layers of mean activation 1, so that
loss weights mean the same for both. (Means of 0 would not work: a Gram matrix cannot tell a feature
from its opposite, hence orange from blue.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylekit import fit, resize
from stylekit.errors import DamagedWeightsError
from stylekit.machine.precision import as_float64, layout
from stylekit.protocols import LoadedWeights
from stylekit_lite0.layers import LAYERS, own_name
from stylekit_lite0.network import Lite0, steps
from stylekit_lite0.params import Lite0Params

DEVIATION = 2.0
"""Standard deviation of a channel over natural images; its mean is 1."""

FLOOR = 0.1
"""Fraction of a layer's mean variance added to each channel's, so that rare channels stay small."""

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
"""Natural images in the package scikit-image."""

LONG_SIDE = 256
"""Pixels of the long side of each photograph."""

_FLOAT = 4


class Lite0Backbone(nn.Module):
    """Features of EfficientNet-Lite0; see `stylekit.protocols.Backbone`.

    Args:
        params: the factor by which images are enlarged.
        weights: tensors with the names of the usual PyTorch implementation.
    """

    def __init__(self, params: Lite0Params, weights: LoadedWeights) -> None:
        super().__init__()
        self.enlarge: int = params.enlarge
        self._preprocessing = weights.preprocessing
        try:
            self._net = Lite0(weights.state)
        except (KeyError, RuntimeError) as error:
            raise DamagedWeightsError(
                f"Weights '{weights.name}' are of no EfficientNet-Lite0: {error}"
            ) from None
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)
        for name, (gain, offset) in self._calibrated().items():
            self.register_buffer(f"{name}_gain", gain)
            self.register_buffer(f"{name}_offset", offset)

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return features (1, C, h, w) by layer, float32, for an image (1, 3, H, W) in [0, 1].

        h is H over the layer's stride, rounded down; C is 32 for `stem` and up to 672.

        Raises:
            UsageError: there is no such layer.
        """
        names = {own_name(layer) for layer in layers}
        features = {
            name: torch.addcmul(
                self.get_buffer(f"{name}_offset"), value, self.get_buffer(f"{name}_gain")
            )
            for name, value in self._walk(image, names)
        }
        return {layer: features[own_name(layer)] for layer in layers}

    def stride(self, layer: str) -> int:
        """Return pixels of the image per position: 1 to 16 if images are enlarged."""
        name, stride = own_name(layer), 1
        for step in steps():
            stride *= step.stride
            if step.layer == name:
                break
        return stride // self.enlarge

    def reach(self, layers: Collection[str]) -> int:
        """Return how many pixels beyond its own stride-wide cell a feature depends on, each way."""
        names = {own_name(layer) for layer in layers}
        stride, before, after, most = 1, 0, 0, 0
        for step in steps():
            before += step.before * stride
            after += (step.kernel - 1 - step.before) * stride
            stride *= step.stride
            if step.layer in names:
                most = max(most, before, after - (stride - 1))
        # Enlarging mixes a pixel with its neighbor.
        return -(-most // self.enlarge) + (1 if self.enlarge > 1 else 0)

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return bytes that a forward and backward pass hold per pixel, at most.

        Each convolution saves its padded input and each activation its output; a requested layer
        adds the feature and its gradient. At work are two more tensors of the widest layer.
        """
        names = {own_name(layer) for layer in layers}
        saved, widest, stride, missing = 3.0 * 2, 0.0, 1, set(names)
        for step in steps():
            stride *= step.stride
            size = step.channels * (self.enlarge / stride) ** 2
            saved += size * (3 if step.layer else 1)
            saved += 2 * size if step.layer in names else 0
            widest = max(widest, size)
            missing.discard(step.layer)
            if not missing:
                break
        return _FLOAT * (saved + 2 * widest)

    def _walk(self, image: Tensor, names: Collection[str]) -> Iterator[tuple[str, Tensor]]:
        """Yield the named layers, raw; nothing is computed past the last one."""
        missing = set(names)
        if self.enlarge > 1:
            image = F.interpolate(image, scale_factor=self.enlarge, mode="bilinear")
        prepared = self._preprocessing.apply(image)
        # Faster on a CPU. The image itself stays contiguous, which L-BFGS needs of its gradient.
        for name, value in self._net(prepared.contiguous(memory_format=layout(image.device))):
            if name in missing:
                yield name, value
                missing.remove(name)
                if not missing:
                    return

    def _calibrated(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Return gain and offset, each (1, C, 1, 1), that standardize each channel, by layer."""
        means: dict[str, list[Tensor]] = {name: [] for name in LAYERS}
        squares: dict[str, list[Tensor]] = {name: [] for name in LAYERS}
        with torch.no_grad():
            for image in PHOTOGRAPHS:
                for name, value in self._walk(_photograph(image), LAYERS):
                    value = as_float64(value)
                    means[name].append(value.mean(dim=(0, 2, 3)))
                    squares[name].append(value.square().mean(dim=(0, 2, 3)))
        calibrated = {}
        for name in LAYERS:
            mean = torch.stack(means[name]).mean(dim=0)
            variance = torch.stack(squares[name]).mean(dim=0) - mean.square()
            gain = DEVIATION / (variance + FLOOR * variance.mean()).sqrt()
            calibrated[name] = tuple(x.float().view(1, -1, 1, 1) for x in (gain, 1 - mean * gain))
        return {name: (gain, offset) for name, (gain, offset) in calibrated.items()}


def _photograph(name: str) -> Tensor:
    """Return an image (1, 3, H, W) in [0, 1]."""
    from skimage import data

    array = np.asarray(getattr(data, name)(), dtype=np.float32) / 255
    image = torch.from_numpy(array).permute(2, 0, 1)[None]
    width, height = fit(image.shape[-1], image.shape[-2], LONG_SIDE)
    return resize(image, width, height).clamp(0, 1)
