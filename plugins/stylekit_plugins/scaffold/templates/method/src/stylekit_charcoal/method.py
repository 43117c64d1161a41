"""Gradient descent on the pixels, first at half size and then in full.

After L. A. Gatys, A. S. Ecker, M. Bethge, "Image Style Transfer Using Convolutional Neural
Networks" (CVPR 2016), with components that the user chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import torch
from stylekit import Clip, Job, Method, Stage, Step
from stylekit.errors import UsageError
from stylekit.images.frames import resize
from stylekit.specs import BackboneSpec, ComponentSpec
from torch import Tensor
from torch.nn import functional as F

from stylekit_charcoal.params import CharcoalParams

Losses = dict[str, Tensor]


class CharcoalMethod(Method):
    """Lowers a content loss and a style loss step by step."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params
        self.layers = {params.content_layer, *params.style_layers}

    def check(self, specs: Mapping[Any, ComponentSpec]) -> None:
        """Refuse layers that the backbone does not have, before anything heavy loads."""
        backbone = specs["backbone"]
        assert isinstance(backbone, BackboneSpec)
        for layer in sorted(self.layers - set(backbone.layers)):
            raise UsageError(
                f"Backbone '{backbone.name}' has no layer '{layer}'.",
                f"It has {', '.join(backbone.layers)}.",
            )

    def bytes_needed(self, components: Mapping[Any, Any], width: int, height: int) -> float:
        """Return the memory of a step at full size, in bytes."""
        features = components["backbone"].bytes_per_pixel(self.layers)
        state = 3 * components["optimizer"].bytes_per_value
        return float(width * height * (features + state))

    def stylize(self, job: Job) -> Generator[Stage | Step, None, Clip]:
        """Yield two stages and their steps; return a clip of one frame, of the content's size."""
        stages = self._stages(job)
        # All that a run which was killed needs to continue bit for bit (`Step.state`).
        progress: dict[str, Any] = {
            "stage": 0,
            "taken": 0,
            "image": job.content.image.pixels[None].to(job.device),
            "optimizer": None,
        }
        progress.update(job.resume or {})
        for number in range(progress["stage"], len(stages)):
            progress["stage"] = number
            yield stages[number]
            yield from self._steps(job, stages, progress)
        return _finished(job, progress["image"])

    def _steps(
        self, job: Job, stages: Sequence[Stage], progress: dict[str, Any]
    ) -> Generator[Step, None, None]:
        """Yield the steps of the current stage; leave its image in `progress`."""
        stage = stages[progress["stage"]]
        image = resize(progress["image"], stage.width, stage.height).clamp(0, 1)
        image = image.clone().contiguous().requires_grad_(True)
        objective = self._objective(job, stage.width, stage.height)
        optimization = job.components["optimizer"].begin(image)
        if progress["optimizer"] is not None:
            optimization.load_state_dict(progress["optimizer"])
        losses: Losses = {}

        def evaluate() -> Tensor:
            losses.update(objective(image))
            return losses["total"]

        def snapshot() -> Clip:
            return _finished(job, image.detach())

        def state() -> dict[str, Any]:
            values = {"image": image.detach().clone(), "optimizer": optimization.state_dict()}
            return {**progress, **values}

        end = sum(each.steps for each in stages[: progress["stage"] + 1])
        while progress["taken"] < end:
            optimization.step(evaluate)
            progress["taken"] += 1
            # Losses stay tensors: `float()` would make a GPU wait at each step.
            detached = {name: loss.detach() for name, loss in losses.items()}
            yield Step(stage, progress["taken"], detached, snapshot, state)
        progress.update(image=image.detach(), optimizer=None)

    def objective(self, job: Job) -> Callable[[Tensor], Losses]:
        """Return the losses of an image (1, 3, H, W) of the content's size, for other methods."""
        return self._objective(job, job.content.image.width, job.content.image.height)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the finished image, as the run record has them."""
        with torch.no_grad():
            losses = self.objective(job)(result.image.pixels[None].to(job.device))
        return {name: float(loss) for name, loss in losses.items()}

    def _stages(self, job: Job) -> list[Stage]:
        """Return half size and full size, each with half of the steps."""
        width, height = job.content.image.width, job.content.image.height
        half = self.params.steps // 2
        plan = [(max(1, width // 2), max(1, height // 2), half)]
        plan.append((width, height, self.params.steps - half))
        # A step costs what its image has pixels: so the time left is right from the first stage on.
        total_cost = sum(steps * w * h for w, h, steps in plan)
        return [
            Stage(
                f"{max(w, h)} px",
                steps,
                w,
                h,
                image=job.content.origin,
                total_steps=self.params.steps,
                cost=w * h,
                total_cost=total_cost,
            )
            for w, h, steps in plan
        ]

    def _objective(self, job: Job, width: int, height: int) -> Callable[[Tensor], Losses]:
        """Return a function from an image to its losses; targets are measured once."""
        backbone, style_loss = job.components["backbone"], job.components["style_loss"]
        content_layer, style_layers = self.params.content_layer, self.params.style_layers
        content = job.content.image.resized(width, height).pixels[None].to(job.device)
        with torch.no_grad():
            target = backbone.features(content, [content_layer])[content_layer]
            styles = [
                (backbone.features(style.frame.pixels[None].to(job.device), style_layers), style)
                for style in job.styles
            ]
            # What a loss measures of several styles is blended by their weights.
            targets = {
                layer: torch.stack(
                    [style.weight * style_loss.measure(each[layer]) for each, style in styles]
                ).sum(dim=0)
                for layer in style_layers
            }

        def losses(image: Tensor) -> Losses:
            features = backbone.features(image, self.layers)
            content_loss = F.mse_loss(features[content_layer], target)
            terms = [
                style_loss.compare(style_loss.measure(features[layer]), targets[layer])
                for layer in style_layers
            ]
            style = torch.stack(terms).mean()
            total = content_loss + self.params.style_weight * style
            return {"total": total, "content": content_loss, "style": style}

        return losses


def _finished(job: Job, image: Tensor) -> Clip:
    """Return an image (1, 3, h, w) at the size of the content, with the content's alpha."""
    content = job.content.image
    pixels = resize(image, content.width, content.height).clamp(0, 1)
    return Clip((content.with_pixels(pixels),), job.content.origin)
