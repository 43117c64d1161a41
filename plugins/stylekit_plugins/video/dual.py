"""One model common to all frames, and one for each frame; both are updated on the summed loss.

The common model is a network that repaints pictures in styles given as codes (of another method,
`Method.style_network`), with its parameters, theta, and the styles' codes S. At frame t the styles
are mixed with shares a_t. The model of a frame is an offset f_t of its code, or (`pixel`) a picture
d_t that is added; K spreads what is a frame's over the frames around it (`spread`):

    b_t = (K a)_t                   z_t = sum_k b_tk g(x_t; S_k)
    y0_t = g(x_t; b_t S)            y_t = g(x_t; b_t S + (K f)_t)  or  y0_t + d_t

each moved towards z_t by a part, `straight`, whose pixels go from style to style on straight lines;

    minimized:  mean_t [ l(y0_t) + l(y_t) ]
                + temporal mean_t mean(m_t (y_t - W y_{t-1})^2)
                + near mean_t |f_t|^2

l is what the method of single frames minimizes (`Method.objective`), W moves along the flow, and
m_t is 1 where it is reliable. As styles are mixed in codes that one network reads, the clip changes
evenly when the shares do (mixed codes alone leave a curved way), and a sudden change of the shares
becomes many small ones. The cost of this training does not depend on the length of the clip.

The frames are made at last in the order of the clip. Each is the one before, moved along, and
changed as the models change between the two moments on one and the same picture:

    p_t = W p_{t-1} + y_t - y_t|t-1

(y_t|t-1: x_t with b and f of the moment before), as what a network paints on the next picture
would swim on what has no texture; a part, `renew`, is y_t itself (more while a sudden change is
drawn out), as is all that was not to be seen before. What a small network cannot paint the method
of single frames adds: it goes on from p_t, held to it by a term like the temporal one (`polish`,
`hold`; "Artistic Style Transfer for Videos", Ruder et al. 2016, with the trained models in place of
a fresh start), less where styles change quickly.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Job, Method, TemporalTarget, WarmStart
from stylekit.methods.per_frame import assess_frames, each_frame
from stylekit_plugins.video.dual_model import Models
from stylekit_plugins.video.memory import check_memory
from stylekit_plugins.video.params import DualParams
from stylekit_plugins.video.scenes import Scenes
from stylekit_plugins.video.temporal_smoothing import ALONE, Spread, room

_POLISHED = 0.7
"""Part of the window that the styles are spread over when frames are polished.

What carries them along changes evenly over all of it, and longer if there is but one sudden change;
polishing brings out the style that is asked for, and so may be nearer to the moment of it.
"""

_RENEWED = 2.0
"""How much more of a frame is painted anew than of the styles changes, in a sudden change.

What is carried along was painted in the style before. The more of it is renewed, the more even is a
change that is drawn out, and the nearer is its end to the style. (A change that is asked to be
gradual follows the shares less closely if it is renewed.)
"""

_QUICK = 0.036
"""Part of the styles that may change from one frame to the next while frames are held in full.

What holds a frame to the one before holds back a change of its style, too. Beyond this pace the
weight falls as the pace rises, so that clips of two, three and five styles in 16 frames are as well
painted as frames each on its own (style loss 1.1 to 1.3 of theirs), and steady enough (E_warp 0.03
to 0.23 of theirs); see benchmarks/README.md. What counts is the change that is asked for: a sudden
one that is drawn out is to be even, which needs holding.
"""

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

    def required_methods(self) -> Collection[str]:
        """Return the method whose network is the common model."""
        return (self.params.network,)

    def stylize(self, job: Job) -> Events:
        """Yield the steps of the training, then those of the frames.

        Raises:
            MemoryLimitError: the clip does not fit into memory.
        """
        if not job.content.is_video:
            return (yield from job.run_method(self.params.method))
        first = job.content.image
        check_memory(first.width, first.height, len(job.content.frames), job.memory)
        scenes = Scenes(job.content.frames, self.params.cut)
        spread = Spread(scenes, self._window(job, ALONE))
        models = Models(self.params, job, scenes, spread, self._pixel)
        resume = job.resume
        if resume is not None:
            models.load(resume)
        yield from self._training(job, models, 0 if resume is None else int(resume["step"]))
        polished = replace(
            job, style_weights_at=Spread(scenes, _POLISHED * self._window(job)).mix(job)
        )
        return (yield from self._frames(polished, models, scenes))

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the method of single frames, means over some frames."""
        return assess_frames(job.methods[self.params.method], job, result)

    def _window(self, job: Job, alone: float = 1.0) -> float:
        """Return how many frames a change of the styles is spread over; see `room`."""
        wanted = self.params.spread * (job.content.fps or 0.0)
        return min(wanted, room(job.style_weights_at, len(job.content.frames), alone))

    def _training(self, job: Job, models: Models, begun: int) -> Events:
        params, first = self.params, job.content.image
        stage = Stage(
            "training",
            params.steps,
            first.width,
            first.height,
            image=job.content.origin,
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

        def stylize(part: Job, index: int) -> Events:
            ready = self._carried(part, job, models, scenes, index)
            assert ready.warm_start is not None
            if ready.warm_start.step_fraction == 0:
                return _as_it_is(ready.warm_start.image, job.content.origin)
            return ready.run_method(self.params.method)

        for event in each_frame(replace(job, resume=begun), stylize):
            if isinstance(event, Stage):
                event = replace(event, total_steps=steps + event.total_steps)
            elif isinstance(event, Step):
                event = _after_training(event, steps, models)
            yield event
        return None

    def _carried(self, part: Job, job: Job, models: Models, scenes: Scenes, index: int) -> Job:
        """Return the job of a frame that goes on from the one before.

        What was made of that one is moved along, and changes as the models change between the two
        moments on one and the same picture; what a network paints on the next picture would swim.
        """
        params = self.params
        image = models.image(index)
        if not scenes.continues(index):
            return _begun(part, image, params.polish_first)
        found = scenes.motion(index)
        changed = image - models.image(index, moment=index - 1)
        carried = found.moved(job.finished_frames[index - 1].pixels) + changed
        renewed = min(1.0, params.renew + _RENEWED * models.haste(index))
        target = torch.lerp(carried, image, renewed).clamp(0, 1)
        beginning = torch.lerp(image, target, found.reliable)
        hold = params.hold * min(1.0, _QUICK / max(models.pace(index), 1e-6))
        temporal_targets = (TemporalTarget(target, hold * found.reliable),)
        return replace(_begun(part, beginning, params.polish), temporal_targets=temporal_targets)


class DualPixel(Dual):
    """The same with a picture for each frame."""

    def __init__(self, params: DualParams) -> None:
        super().__init__(params, pixel=True)


def _begun(part: Job, image: Tensor, effort: float) -> Job:
    frame = part.content.image.with_pixels(image)
    return replace(part, warm_start=WarmStart(frame, effort))


def _as_it_is(frame: Frame, origin: str) -> Events:
    """Yield what a method for pictures would, for a frame that is ready."""
    stage = Stage("ready", 1, frame.width, frame.height, total_steps=1)
    yield stage
    yield Step(stage, 1, {}, lambda: Clip((frame,), origin), dict)
    return Clip((frame,), origin)


def _clip(job: Job, models: Models, index: int) -> Clip:
    content = job.content
    return Clip((content.frames[index].with_pixels(models.image(index)),), content.origin)


def _after_training(step: Step, taken: int, models: Models) -> Step:
    """Return a step of a frame as one of the whole."""

    def state() -> dict[str, Any]:
        assert step.state is not None
        return models.state(taken) | step.state()

    return replace(step, index=taken + step.index, state=state if step.state else None)
