"""A method of your own that works step by step: the colors of a style, and nothing else.

    python examples/own_iterative_method.py colors.png

You learn how a method yields stages and steps, names the components that it works with as slots,
and can be stopped and resumed. Ten seconds.

The image is `M x + b`, with one matrix M (3, 3) and one vector b for all pixels x of the content.
These twelve numbers are optimized so that features of low layers get the statistics of the style.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor

import stylekit
from stylekit import Clip, Job, Stage, Step

LAYERS = ("relu1_1", "relu2_1")


class ColorParams(stylekit.Params):
    """Parameters of `affine-colors`: options, config files and records have them."""

    steps: int = Field(60, ge=1, description="Optimization steps (--steps).")
    lr: float = Field(0.02, gt=0, le=1, description="Step size of Adam.")


class AffineColors(stylekit.Method):
    """Optimizes an affine transform of the colors."""

    def __init__(self, params: ColorParams) -> None:
        self.params = params

    def stylize(self, job: Job) -> Iterator[Stage | Step]:
        """Yield a stage, then its steps; return the result, a clip of one frame."""
        frame = job.content.image
        content = frame.pixels[None].to(job.device)
        matrix = torch.cat((torch.eye(3), torch.zeros(3, 1)), dim=1).to(job.device)
        matrix.requires_grad_(True)
        adam = torch.optim.Adam([matrix], lr=self.params.lr)
        taken = 0
        if job.resume is not None:  # what `state` returned when the run was stopped
            taken = job.resume["taken"]
            matrix.data.copy_(job.resume["matrix"])
            adam.load_state_dict(job.resume["adam"])

        def image() -> Tensor:
            colors = torch.einsum("ij,njhw->nihw", matrix[:, :3], content)
            return (colors + matrix[:, 3, None, None]).clamp(0, 1)

        def snapshot() -> Clip:
            return Clip((frame.with_pixels(image()),), job.content.origin)

        def state() -> dict[str, Any]:
            return {"taken": taken, "matrix": matrix.detach().clone(), "adam": adam.state_dict()}

        targets = self.targets(job)
        stage = Stage("colors", self.params.steps, frame.width, frame.height)
        yield stage
        while taken < self.params.steps:
            adam.zero_grad()
            loss = self.distance(job, image(), targets)
            loss.backward()
            adam.step()
            taken += 1
            yield Step(stage, taken, {"total": loss.detach()}, snapshot, state)
        return snapshot()

    def targets(self, job: Job) -> dict[str, Tensor]:
        """Return the statistics of the styles, blended by their weights."""
        targets = dict.fromkeys(LAYERS, torch.zeros((), device=job.device))
        with torch.no_grad():
            for style in job.styles:
                found = self.statistics(job, style.frame.pixels[None].to(job.device))
                for layer in LAYERS:
                    targets[layer] = targets[layer] + style.weight * found[layer]
        return targets

    def statistics(self, job: Job, image: Tensor) -> dict[str, Tensor]:
        """Return the statistic of each layer, by the loss that the user chose."""
        features = job.components["backbone"].features(image, LAYERS)
        loss = job.components["style_loss"]
        return {layer: loss.measure(features[layer]) for layer in LAYERS}

    def distance(self, job: Job, image: Tensor, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the style loss of an image, the mean of the layers."""
        measured, loss = self.statistics(job, image), job.components["style_loss"]
        return torch.stack([loss.compare(measured[x], targets[x]) for x in LAYERS]).mean()

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the loss of the finished image, for the run record."""
        with torch.no_grad():
            image = result.image.pixels[None].to(job.device)
            return {"total": float(self.distance(job, image, self.targets(job)))}


class Plugin:
    """Registers the method, as the module of an installed plugin would."""

    @stylekit.hookimpl
    def register_methods(self) -> Iterable[stylekit.MethodSpec]:
        """Name the method, its parameters and its slots."""
        yield stylekit.MethodSpec(
            name="affine-colors",
            summary="The colors of the style, by an affine transform.",
            factory=f"{__name__}:AffineColors",
            params=f"{__name__}:ColorParams",
            slots={
                "backbone": stylekit.Slot("backbone", "vgg19"),
                "style_loss": stylekit.Slot("loss", "gram", role="style"),
            },
        )


def main(out: Path, size: int = 256, steps: int = 60) -> None:
    """Give a photograph the colors of a painting, and print the loss on the way."""
    host = stylekit.Host({"colors": Plugin()})
    run = host.iterate(
        "affine-colors", content="sample:rocket", style="sample:poppies", size=size, steps=steps
    )
    for step in run:
        if step.index == 1 or step.index % 20 == 0:
            print(f"step {step.index}: {float(step.losses['total']):.4f}")
    print(run.result.save(out))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
