"""One model common to all frames, and one for each frame; both are updated on the summed loss.

The common model is a network that repaints pictures in styles given as codes (of another method,
`Method.style_network`), with its parameters, theta, and the styles' codes S. At frame t the styles
are mixed with shares a_t. The model of a frame is an offset f_t of its code, or (`pixel`) a picture
d_t that is added; K spreads what is a frame's over the frames around it (`spread`):

    y0_t = g(x_t; (K a)_t S)        y_t = g(x_t; (K a)_t S + (K f)_t)  or  y0_t + d_t

    minimised:  mean_t [ l(y0_t) + l(y_t) ]
                + temporal mean_t mean(m_t (y_t - W y_{t-1})^2)
                + near mean_t |f_t|^2

l is what the method of single frames minimises (`Method.objective`), W moves along the flow, and
m_t is 1 where it is reliable. As styles are mixed in codes that one network reads, the clip changes
evenly when the shares do, and a sudden change of the shares becomes many small ones. The cost of
this training does not depend on the length of the clip.

What a small network cannot paint, each frame's own model does at last: in the order of the clip,
the method of single frames goes on from y_t, and what it had added to the frame before, moved
along, with the same l and temporal term (`polish`; "Artistic Style Transfer for Videos", Ruder et
al. 2016, with the trained models in place of a fresh start).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.frame_by_frame import assess_frames, each_frame
from stylekit.frames import Clip
from stylekit.method import Anchor, Beginning, Job, Method
from stylekit_plugins.video.models import Models
from stylekit_plugins.video.params import DualParams
from stylekit_plugins.video.scenes import Scenes
from stylekit_plugins.video.spread import Spread

Events = Generator[Stage | Step | FrameDone, None, Clip | None]


class Dual(Method):
    """A common model and one for each frame.

    Args:
        params: of the training.
        pixel: the model of a frame is a picture that is added, not an offset of its code.
    """

    def __init__(self, params: DualParams, pixel: bool = False) -> None:
        self.params = params
        self._pixel = pixel

    def helpers(self) -> Collection[str]:
        """Return the method whose network is the common model."""
        return (self.params.network,)

    def stylize(self, job: Job) -> Events:
        """Yield the steps of the training, then those of the frames."""
        if not job.content.moves:
            return (yield from job.running(self.params.method))
        scenes, spread = self._around(job)
        job = replace(job, mix=spread.mix(job))
        models = Models(self.params, job, scenes, spread, self._pixel)
        resume = job.resume
        if resume is not None:
            models.load(resume)
        yield from self._training(job, models, 0 if resume is None else int(resume["step"]))
        return (yield from self._frames(job, models, scenes))

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the method of single frames, means over some frames."""
        return assess_frames(job.methods[self.params.method], job, result)

    def _around(self, job: Job) -> tuple[Scenes, Spread]:
        scenes = Scenes(job.content.frames, self.params.cut)
        return scenes, Spread(scenes, self.params.spread * (job.content.fps or 0.0))

    def _training(self, job: Job, models: Models, begun: int) -> Events:
        params, first = self.params, job.content.picture
        stage = Stage(
            "training",
            params.steps,
            first.width,
            first.height,
            picture=job.content.origin,
            total_steps=params.steps + len(job.content.frames),
        )
        yield stage
        for step in range(begun, params.steps):
            index, losses = models.descend(step)
            yield Step(
                stage,
                step + 1,
                losses,
                lambda index=index: _clip(job, models, index),  # type: ignore[misc]
                lambda step=step: models.state(step + 1),  # type: ignore[misc]
                frame=index,
            )
        return None

    def _frames(self, job: Job, models: Models, scenes: Scenes) -> Events:
        steps, resume = self.params.steps, job.resume
        begun = resume if resume is not None and "frame" in resume else None
        # The models rest now; each frame is asked for twice, by itself and by the next one.
        picture = lru_cache(maxsize=2)(models.picture)

        def stylize(part: Job, index: int) -> Events:
            if self._effort(index, scenes) == 0:
                return self._as_it_is(job, models, index)
            return self._polished(part, job, picture, scenes, index).running(self.params.method)

        for event in each_frame(replace(job, resume=begun), stylize):
            if isinstance(event, Stage):
                event = replace(event, total_steps=steps + event.total_steps)
            elif isinstance(event, Step):
                event = _after_training(event, steps, models)
            yield event
        return None

    def _as_it_is(self, job: Job, models: Models, index: int) -> Events:
        """Yield what a method for pictures would, for a frame that is ready."""
        made = _clip(job, models, index)
        stage = Stage("ready", 1, made.picture.width, made.picture.height, total_steps=1)
        yield stage
        yield Step(stage, 1, {}, lambda: made, dict)
        return made

    def _polished(
        self, part: Job, job: Job, picture: Callable[[int], Tensor], scenes: Scenes, index: int
    ) -> Job:
        """Return the job of a frame that goes on from what the models make of it."""
        beginning = picture(index)
        anchors: tuple[Anchor, ...] = ()
        if scenes.continues(index):
            found = scenes.motion(index)
            before = found.moved(job.done[index - 1].pixels)
            added = before - found.moved(picture(index - 1))
            beginning = (beginning + found.reliable * added).clamp(0, 1)
            anchors = (Anchor(before, self.params.temporal * found.reliable),)
        frame = part.content.picture.with_pixels(beginning)
        return replace(
            part, anchors=anchors, beginning=Beginning(frame, self._effort(index, scenes))
        )

    def _effort(self, index: int, scenes: Scenes) -> float:
        """Return the part of the method's steps that a frame takes."""
        return self.params.polish if scenes.continues(index) else self.params.polish_first


class DualPixel(Dual):
    """The same with a picture for each frame."""

    def __init__(self, params: DualParams) -> None:
        super().__init__(params, pixel=True)


def _clip(job: Job, models: Models, index: int) -> Clip:
    content = job.content
    return Clip((content.frames[index].with_pixels(models.picture(index)),), content.origin)


def _after_training(step: Step, taken: int, models: Models) -> Step:
    """Return a step of a frame as one of the whole."""

    def state() -> dict[str, Any]:
        assert step.state is not None
        return models.state(taken) | step.state()

    return replace(step, index=taken + step.index, state=state if step.state else None)
