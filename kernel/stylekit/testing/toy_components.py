"""Small components that fill a method's slots in tests: real, quick, without weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import stylekit
from stylekit.images.frames import Clip
from stylekit.protocols import OptimizationRun
from stylekit.specs import BackboneSpec, LossSpec, MediaSpec, OptimizerSpec
from stylekit.testing.images import clip

PLUGIN = "stylekit-testing"
"""The name of the plugin of all small components."""

LAYERS = ("layer1", "layer2", "layer3", "layer4")
"""The layers of the backbone, unless it stands for another one."""

FILLS: Mapping[tuple[str, str], str] = {
    ("backbone", ""): f"{PLUGIN}:tiny",
    ("loss", "content"): f"{PLUGIN}:tiny-content",
    ("loss", "style"): f"{PLUGIN}:tiny-style",
    ("loss", "image"): f"{PLUGIN}:tiny-image",
    ("optimizer", ""): f"{PLUGIN}:tiny",
}
"""The component for a slot, by its kind and role."""

CLIP = "tiny-clip:0"
"""A source that is a video of five frames."""


class TinyPlugin:
    """Registers the small components.

    Args:
        layers: names of layers that the backbone declares; it accepts any name.
    """

    def __init__(self, layers: tuple[str, ...] = LAYERS) -> None:
        self._layers = layers

    @stylekit.hookimpl
    def register_backbones(self) -> list[BackboneSpec]:
        """Register one convolution."""
        return [
            BackboneSpec(
                name="tiny",
                summary="One convolution, untrained.",
                layers=self._layers,
                factory=f"{__name__}:TinyBackbone",
            )
        ]

    @stylekit.hookimpl
    def register_losses(self) -> list[LossSpec]:
        """Register a loss for each role."""
        return [
            LossSpec(
                name="tiny-content",
                role="content",
                summary="Mean squared difference.",
                factory=f"{__name__}:TinyContent",
            ),
            LossSpec(
                name="tiny-style",
                role="style",
                summary="Mean squared difference of Gram matrices.",
                factory=f"{__name__}:TinyStyle",
            ),
            LossSpec(
                name="tiny-image",
                role="image",
                summary="Mean squared difference of neighbors.",
                factory=f"{__name__}:TinyImage",
            ),
        ]

    @stylekit.hookimpl
    def register_optimizers(self) -> list[OptimizerSpec]:
        """Register gradient descent."""
        return [
            OptimizerSpec(
                name="tiny",
                summary="Steps of one length against the gradient.",
                factory=f"{__name__}:TinyOptimizer",
            )
        ]

    @stylekit.hookimpl
    def register_media(self) -> list[MediaSpec]:
        """Register a source of videos."""
        return [
            MediaSpec(
                name="tiny-clip",
                summary="Five small frames, by a seed: tiny-clip:0.",
                schemes=("tiny-clip",),
                clips=("",),
                factory=f"{__name__}:TinyClip",
            )
        ]


class TinyBackbone(nn.Module):
    """A random convolution and its ReLU; layers with a number above 2 are pooled."""

    def __init__(self, params: object, parameters: None = None) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("kernel", torch.randn(6, 3, 3, 3, generator=generator))
        self.kernel: Tensor

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return (1, 6, h, w) for each layer."""
        activations = F.conv2d(image - 0.5, self.kernel, padding=1).relu()
        return {
            name: F.avg_pool2d(activations, 2) if self.stride(name) == 2 else activations
            for name in layers
        }

    def stride(self, layer: str) -> int:
        """Return 2 for layers with a number above 2, else 1."""
        number = re.search(r"\d+", layer)
        return 2 if number and int(number.group()) > 2 else 1

    def reach(self, layers: Collection[str]) -> int:
        """Return the margin of a 3x3 kernel."""
        return 1

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the bytes of the convolution, the ReLU and the returned layers."""
        return 4.0 * 6 * (2 + len(layers))


class TinyContent:
    """Mean squared difference."""

    additive = True

    def __init__(self, params: object) -> None:
        pass

    def measure(self, features: Tensor) -> Tensor:
        """Return the features themselves."""
        return features

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.mse_loss(measured, target)


class TinyStyle(TinyContent):
    """Mean squared difference of Gram matrices."""

    def measure(self, features: Tensor) -> Tensor:
        """Return the mean of the products of channels over all positions."""
        flat = features[0].flatten(1)
        return flat @ flat.T / flat.shape[1]


class TinyImage:
    """Mean squared difference of neighbors."""

    def __init__(self, params: object) -> None:
        pass

    def __call__(self, image: Tensor) -> Tensor:
        """Return the loss."""
        return image.diff(dim=2).square().mean() + image.diff(dim=3).square().mean()


class TinyOptimizer:
    """Gradient descent with steps that grow shorter."""

    bytes_per_value = 8.0

    def __init__(self, params: object) -> None:
        pass

    def begin(self, image: Tensor, previous: OptimizationRun | None = None) -> TinyOptimization:
        """Start from scratch at each size."""
        return TinyOptimization(image)


class TinyOptimization:
    """One optimization of an image."""

    def __init__(self, image: Tensor) -> None:
        self._image = image
        self._taken = 0

    def step(self, objective: Callable[[], Tensor]) -> Tensor:
        """Take a step; return the loss before it."""
        loss = objective()
        (gradient,) = torch.autograd.grad(loss, self._image)
        self._taken += 1
        with torch.no_grad():
            length = gradient.square().mean().sqrt() + 1e-12
            self._image.sub_(0.05 / self._taken**0.5 * gradient / length).clamp_(0, 1)
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """Return the number of steps."""
        return {"taken": self._taken}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue the count of steps."""
        self._taken = state["taken"]


class TinyClip:
    """Reads synthetic videos by their seed."""

    def __init__(self, params: object) -> None:
        pass

    def read(self, source: str) -> Clip:
        """Return five frames.

        Raises:
            InputError: the source is not a number.
        """
        if not source.isdecimal():
            raise stylekit.errors.InputError(
                f"tiny-clip:{source} is not a video.", "Give a number."
            )
        return clip(int(source))

    def write(self, clip: Clip, path: str) -> None:
        """Refuse to write.

        Raises:
            InputError: always.
        """
        raise stylekit.errors.InputError(f"Cannot write {path}: these videos can only be read.")

    def check(self, clip: Clip, path: str) -> None:
        """Accept any video: nothing is written."""
