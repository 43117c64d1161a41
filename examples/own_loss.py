"""A style loss of your own, without a package, beside a built-in one.

    python examples/own_loss.py gradients.png

You learn what a loss must do (`measure` and `compare`), and how a `Host` takes a plugin that is an
object of this process. About half a minute. `PLUGINS.md` shows how to make an installable plugin of
it, with parameters and tests.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

import stylekit


class GradientLoss:
    """Compares how strongly features change, horizontally and vertically, and not what they are.

    It keeps the direction and the density of strokes, and leaves the colors free.
    """

    def __init__(self, params: object) -> None:
        pass

    def measure(self, features: Tensor) -> Tensor:
        """Return a statistic of the features (1, C, h, w) of one layer, of any h and w."""
        across = features.diff(dim=3).abs().mean(dim=(2, 3))
        down = features.diff(dim=2).abs().mean(dim=(2, 3))
        return torch.cat((across, down))

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the distance of the image's statistic from the style's, a scalar."""
        return (measured - target).square().mean()


class Plugin:
    """Registers the loss, as the module of an installed plugin would."""

    @stylekit.hookimpl
    def register_losses(self) -> Iterable[stylekit.LossSpec]:
        """Name the loss and its class."""
        yield stylekit.LossSpec(
            name="gradients",
            role="style",
            summary="Strength of changes in the features.",
            factory=f"{__name__}:GradientLoss",
        )


def main(out: Path, size: int = 256, steps: int = 60) -> None:
    """Stylize one photograph with the new loss and with `gram`, and save both side by side."""
    host = stylekit.Host({"mine": Plugin()})
    for loss, path in (("gradients", out), ("gram", out.with_stem(f"{out.stem}-gram"))):
        result = host.run(
            content="sample:chelsea",
            style="sample:swirls",
            style_loss=loss,
            size=size,
            steps=steps,
        )
        print(result.save(path), {name: f"{value:.3g}" for name, value in result.losses.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
