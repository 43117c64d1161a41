"""Methods with one fault each. See `faults`."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import torch
from tests.helpers.faulty_components import fault

from stylekit import Clip, FeedForward, Method, Stage, Step, each_frame
from stylekit.methods.base import Network
from stylekit.testing import MethodSuite


class Fading(Method):
    """Fades the mean color of the styles in, in four steps of two stages."""

    def __init__(self, params):
        pass

    def stylize(self, job):
        content = job.content.image
        pixels, done = content.pixels.clone(), 0
        if job.resume is not None:
            pixels, done = job.resume["pixels"].clone(), job.resume["done"]
        stages = [Stage(f"part {n}", 2, content.width, content.height) for n in (1, 2)]
        for number in range(done // 2, 2):
            yield from self.begin(stages[number])
            while done < 2 * (number + 1):
                pixels = self.faded(pixels, job)
                done += 1
                yield self.step(job, stages[number], done, pixels)
        return self.result(job, pixels)

    def begin(self, stage):
        yield stage

    def faded(self, pixels, job):
        for style in job.styles:
            color = style.frame.pixels.mean(dim=(1, 2), keepdim=True)
            pixels = torch.lerp(pixels, color, 0.2 * style.weight)
        return pixels

    def step(self, job, stage, done, pixels):
        clip = self.result(job, pixels)
        state = {"pixels": pixels, "done": done}
        return Step(stage, done, {"total": torch.ones(())}, lambda: clip, lambda: state)

    def result(self, job, pixels):
        return Clip((job.content.image.with_pixels(pixels),), job.content.origin)


@fault(MethodSuite)
class Sound(Fading):
    pass


@fault(MethodSuite, clips=True)
class SoundForClips(Fading):
    def stylize(self, job):
        return (yield from each_frame(job, lambda part, index: Fading.stylize(self, part)))


@fault(MethodSuite)
class SoundSideBySide(FeedForward):
    side_by_side = True

    def __init__(self, params):
        pass

    def forward_image(self, job):
        return 1 - job.content.image.pixels[None]


@fault(MethodSuite, "test_frames_side_by_side_are_those_in_turn", "keep nothing of a frame")
class RemembersTheFrame(SoundSideBySide):
    def forward_image(self, job):
        self.seen = job.content.image.pixels
        time.sleep(0.05)
        return 1 - self.seen[None]


@fault(MethodSuite, "test_import_strings_load", "`trainer`", trainer="stylekit.nowhere:Trainer")
class HasNoTrainer(Fading):
    pass


@fault(MethodSuite, "test_each_step_is_of_the_stage_before_it", "yield that first")
class SaysNoStage(Fading):
    def begin(self, stage):
        yield from ()


@fault(MethodSuite, "test_steps_are_counted", "count from 1", attributes={"resumable": False})
class CountsFromNought(Fading):
    def step(self, job, stage, done, pixels):
        step = super().step(job, stage, done, pixels)
        return replace(step, index=done - 1, state=None)


@fault(MethodSuite, "test_losses_are_scalars_with_a_total", "lack 'total'")
class HasNoTotal(Fading):
    def step(self, job, stage, done, pixels):
        return replace(super().step(job, stage, done, pixels), losses={"style": torch.ones(())})


@fault(MethodSuite, "test_snapshots_have_the_size_of_the_result", "enlarge")
class ShowsSmallImages(Fading):
    def step(self, job, stage, done, pixels):
        step = super().step(job, stage, done, pixels)
        shown = step.snapshot().image.resized(32, 24)
        return replace(step, snapshot=lambda: Clip((shown,)))


@fault(MethodSuite, "test_result_is_an_image_of_the_contents_size", "[0, 1]")
class Overshoots(Fading):
    def result(self, job, pixels):
        return super().result(job, 3 * pixels)


@fault(MethodSuite, "test_alpha_is_kept", "with_pixels")
class LosesAlpha(Fading):
    def result(self, job, pixels):
        clip = super().result(job, pixels)
        return Clip((replace(clip.image, alpha=None),), clip.origin)


@fault(MethodSuite, "test_images_are_left_alone", "changed in place")
class PaintsOnTheStyle(Fading):
    def stylize(self, job):
        job.styles[0].frame.pixels[:, 0, 0] = 0.123
        return (yield from super().stylize(job))


@fault(
    MethodSuite,
    "test_seed_decides",
    "torch's default generator",
    attributes={"resumable": False},
)
class DrawsElsewhere(Fading):
    def faded(self, pixels, job):
        return (super().faded(pixels, job) + self.shift()).clamp(0, 1)

    def shift(self):
        return 0.01 * random.random()

    def step(self, job, stage, done, pixels):
        return replace(super().step(job, stage, done, pixels), state=None)


@fault(MethodSuite, "test_steps_have_a_state", "`--resume` begins again")
class HasNoState(Fading):
    def step(self, job, stage, done, pixels):
        return replace(super().step(job, stage, done, pixels), state=None)


@fault(MethodSuite, "test_weights_of_styles_count", "use `style.weight`")
class IgnoresWeights(Fading):
    def faded(self, pixels, job):
        for style in job.styles:
            color = style.frame.pixels.mean(dim=(1, 2), keepdim=True)
            pixels = torch.lerp(pixels, color, 0.1)
        return pixels


@fault(MethodSuite, "test_resumes_where_it_stopped", "lacks something")
class KeepsHalfItsState(Fading):
    def step(self, job, stage, done, pixels):
        state = {"pixels": job.content.image.pixels, "done": done}
        return replace(super().step(job, stage, done, pixels), state=lambda: state)


@fault(MethodSuite, "test_assess_returns_finite_losses", "no 'total'")
class MeasuresWithoutTotal(Fading):
    def assess(self, job, result):
        return {"style": 1.0}


@fault(MethodSuite, "test_objective_can_be_minimized", "do not .detach() it")
class DetachesItsObjective(Fading):
    def objective(self, job):
        return lambda image: {"total": image.detach().mean()}


@fault(MethodSuite, "test_network_returns_images", "rises to 255")
class ExportsBytes(Fading):
    def as_network(self, weights):
        return Network(Bytes())


class Bytes(torch.nn.Module):
    def forward(self, images):
        return 255 * (images > 0.5).float()


@fault(MethodSuite, "test_takes_as_many_styles_as_it_says", "with 2 the method fails")
class TakesOneStyle(Fading):
    def faded(self, pixels, job):
        (_style,) = job.styles
        return super().faded(pixels, job)


@fault(
    MethodSuite, "test_frames_of_a_clip_are_finished_in_order", "finished only 0 of 5", clips=True
)
class ForgetsClips(Fading):
    pass
