"""What a method promises: see `stylekit.Method`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.errors import PluginError, UsageError, WeightsError
from stylekit.events import FrameDone, Stage
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.syntax import MEMORY
from stylekit.methods.base import Job
from stylekit.registry.catalogue import Component, load_object
from stylekit.result import Result
from stylekit.specs import MethodSpec, Spec
from stylekit.testing import toy_components
from stylekit.testing.images import check_image, clip, frame, left_alone
from stylekit.testing.recorder import MethodLog, RecordedMethod
from stylekit.testing.slots import has_steps, layers_for, slots_of
from stylekit.testing.steps import check_counted, check_losses, check_stages
from stylekit.testing.suite import ComponentSuite

_FAILURES = (UsageError, AssertionError, LookupError, TypeError, ValueError)


class MethodSuite(ComponentSuite):
    """Checks of a method, by runs on small images.

    Small components fill its slots (`stylekit.testing.toy_components`). If weights that it needs
    are not on this machine, the runs are skipped; nothing is downloaded.

    Attributes:
        width: width of the content image in pixels.
        height: height of the content image in pixels.
        steps: steps of a run, if the method has a parameter `steps`.
        options: further run keys and tables.
        resumable: whether its steps have a state to resume from.
    """

    spec_type: ClassVar[type[Spec]] = MethodSpec
    # The default components of its slots come from other plugins, and its parameters may name
    # their layers.
    discover: ClassVar[bool] = True
    width: ClassVar[int] = 64
    height: ClassVar[int] = 48
    steps: ClassVar[int] = 6
    options: ClassVar[Mapping[str, Any]] = {}
    resumable: ClassVar[bool] = True

    @pytest.fixture
    def host(self) -> Host:
        """The host that has the method and small components for its slots."""
        host = self.make_host({})
        method = self.find_component(host)
        return self.make_host(
            {toy_components.PLUGIN: toy_components.TinyPlugin(layers_for(host, method))}
        )

    @pytest.fixture
    def content(self) -> Frame:
        """The content image: a cut-out, so that it has an alpha."""
        return frame(0, self.width, self.height, cutout=True)

    @pytest.fixture
    def style(self) -> Frame:
        """A style image of another shape."""
        return frame(1, self.height + 4, self.width)

    @pytest.fixture
    def recorded(
        self, host: Host, entry: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> tuple[MethodLog, Result]:
        """A run: its recorded events and its result."""
        return self.run(host, entry, content, [style], device)

    def run(
        self,
        host: Host,
        entry: Component[Any],
        content: Frame | str,
        styles: list[Frame],
        device: torch.device,
        resume: tuple[bytes, torch.Tensor] | None = None,
        weights: Sequence[float] = (),
    ) -> tuple[MethodLog, Result]:
        """Run the method with as many of the styles as it takes, by weight if weights are given."""
        most = entry.spec.styles[1]
        used = styles if most is None else styles[:most]
        if getattr(load_object(entry.spec.factory, entry), "network_of_styles", ""):
            # Its styles are files of the user's.
            used = []
        in_memory = {f"{MEMORY}:style-{number}": style for number, style in enumerate(used)}
        weighted = [f"{name}*{weight}" for name, weight in zip(in_memory, weights, strict=False)]
        layer: dict[str, Any] = {
            "method": entry.id,
            "style": weighted or list(in_memory),
            "content": [content if isinstance(content, str) else f"{MEMORY}:content"],
            "seed": 1,
            "device": str(device),
            "offline": True,
            **{
                name: toy_components.FILLS[slot.kind, slot.role]
                for name, slot in slots_of(host, entry).items()
                if (slot.kind, slot.role) in toy_components.FILLS
            },
        }
        if not used:
            del layer["style"]
        if isinstance(content, Frame):
            in_memory[f"{MEMORY}:content"] = content
        if has_steps(host, entry):
            layer["steps"] = self.steps
        if self.params:
            layer[entry.id] = dict(self.params)
        plan = host.plan(layer, self.options)
        log = MethodLog(resume=resume)
        plan = replace(plan, method=RecordedMethod(plan.method.component, plan.method.params, log))
        try:
            return log, host.start(plan, in_memory=in_memory, write=False, quiet=True).to_end()
        except WeightsError as error:
            pytest.skip(error.message)

    def test_each_step_is_of_the_stage_before_it(self, recorded: tuple[MethodLog, Result]) -> None:
        """A stage is yielded before its first step, and each step names it."""
        log, _ = recorded
        check_stages(log.events)
        assert log.steps, "No Step was yielded, so progress cannot be shown."

    def test_steps_are_counted(self, recorded: tuple[MethodLog, Result]) -> None:
        """Steps are counted from 1 over all stages, and no stage exceeds its `steps`."""
        log, _ = recorded
        check_counted(log.steps)
        for stage in [event for event in log.events if isinstance(event, Stage)]:
            taken = sum(step.stage == stage for step in log.steps)
            assert taken <= stage.steps, (
                f"The stage '{stage.name}' declares {stage.steps} steps but took {taken}."
            )

    def test_losses_are_scalars_with_a_total(self, recorded: tuple[MethodLog, Result]) -> None:
        """The losses of a step are finite detached scalars, `total` among them."""
        check_losses(recorded[0].steps)

    def test_snapshots_have_the_size_of_the_result(
        self, recorded: tuple[MethodLog, Result]
    ) -> None:
        """A snapshot has the size of the result: it is the result of an interrupted run."""
        log, _ = recorded
        wrong = set(log.snapshots) - {(self.width, self.height)}
        assert not wrong, (
            f"Snapshots of {self.width} x {self.height} px have the sizes {sorted(wrong)}: "
            "enlarge the image to the size of the content."
        )

    def test_result_is_an_image_of_the_contents_size(
        self, recorded: tuple[MethodLog, Result]
    ) -> None:
        """The result is float32 in [0, 1] and as large as the content."""
        _, result = recorded
        check_image(result.image.pixels, (3, self.height, self.width), "The result")

    def test_alpha_is_kept(self, recorded: tuple[MethodLog, Result], content: Frame) -> None:
        """The result has the content's alpha."""
        alpha = recorded[1].image.alpha
        assert alpha is not None, (
            "The content's alpha is lost: make the result with `content.with_pixels(...)`."
        )
        assert content.alpha is not None
        assert torch.allclose(alpha, content.alpha, atol=1 / 255), "The content's alpha is changed."

    def test_images_are_left_alone(
        self, host: Host, entry: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> None:
        """The method does not change its inputs, which other runs and metrics use too."""
        with left_alone("A content or style image", content.pixels, content.alpha, style.pixels):
            self.run(host, entry, content, [style], device)

    def test_seed_decides(
        self,
        recorded: tuple[MethodLog, Result],
        host: Host,
        entry: Component[Any],
        content: Frame,
        style: Frame,
        device: torch.device,
    ) -> None:
        """The same seed gives the same result, byte for byte on the same machine."""
        _, again = self.run(host, entry, content, [style], device)
        assert torch.equal(again.image.pixels, recorded[1].image.pixels), (
            "Two runs with one seed differ: draw all random numbers from torch's default "
            "generator, which is seeded, or from one made of `job.seed`."
        )

    def test_steps_have_a_state(self, recorded: tuple[MethodLog, Result]) -> None:
        """If a run takes several steps, each has the state that `--resume` continues from."""
        log, _ = recorded
        assert not self.resumable or len(log.steps) < 2 or log.states, (
            "Its steps have no `state`, so that `--resume` begins again: return all that the next "
            "steps need. If the method cannot resume, set `resumable = False`."
        )

    def test_weights_of_styles_count(
        self, host: Host, entry: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> None:
        """The result depends on the weights of several styles, if it depends on the styles."""
        least, most = entry.spec.styles
        if least > 2 or (most is not None and most < 2):
            return
        styles = [style, frame(2, self.height + 4, self.width)]
        try:
            results = [
                self.run(host, entry, content, styles, device, weights=weights)[1].image.pixels
                for weights in ((9.0, 1.0), (1.0, 9.0))
            ]
        except _FAILURES:
            # `test_takes_as_many_styles_as_it_says` reports it.
            return
        if not torch.equal(*results):
            return
        alone = [self.run(host, entry, content, [each], device)[1].image.pixels for each in styles]
        assert torch.equal(*alone), (
            "Styles with weights 9 to 1 and 1 to 9 give the same result: use `style.weight`."
        )

    def test_resumes_where_it_stopped(
        self,
        recorded: tuple[MethodLog, Result],
        host: Host,
        entry: Component[Any],
        content: Frame,
        style: Frame,
        device: torch.device,
    ) -> None:
        """A run that resumes from the state of a step gives the same result, bit for bit."""
        log, result = recorded
        if not log.states:
            return
        index, state, random = log.states[len(log.states) // 2]
        resumed, again = self.run(host, entry, content, [style], device, (state, random))
        first = [step.index for step in resumed.steps[:1]]
        assert first in ([], [index + 1]), (
            f"Resumed after step {index}, the next step is {first[0]}: begin with `job.resume`."
        )
        assert torch.equal(again.image.pixels, result.image.pixels), (
            f"Resumed after step {index}, the result differs: `Step.state` lacks something."
        )

    def test_assess_returns_finite_losses(self, recorded: tuple[MethodLog, Result]) -> None:
        """`assess` returns finite losses with a total, or none."""
        losses = recorded[1].losses
        assert not losses or "total" in losses, f"`assess` returns {sorted(losses)}, no 'total'."
        for name, loss in losses.items():
            assert math.isfinite(loss), f"`assess` returns {loss} for '{name}'."

    def test_objective_can_be_minimized(self, recorded: tuple[MethodLog, Result]) -> None:
        """The total of `objective`, which other methods minimize, has a finite gradient."""
        log, _ = recorded
        objective = log.method.objective(log.job) if log.job else None
        if objective is None or log.job is None:
            return
        image = frame(5, self.width, self.height).pixels[None].to(log.job.device)
        losses = objective(image.requires_grad_())
        assert "total" in losses, f"`objective` returns {sorted(losses)}, no 'total'."
        total = losses["total"]
        assert total.shape == (), f"The total has shape {tuple(total.shape)} and is no scalar."
        assert total.requires_grad, "The total of `objective` has no gradient: do not .detach() it."
        (gradient,) = torch.autograd.grad(total, image)
        assert bool(gradient.isfinite().all()), "The gradient of `objective` is not finite."

    def test_network_returns_images(self, recorded: tuple[MethodLog, Result]) -> None:
        """The network that `stylekit export` writes returns images of the size of its input."""
        log, _ = recorded
        network = log.method.as_network(log.job.weights) if log.job else None
        if network is None:
            return
        width, height = (
            -(-side // network.multiple) * network.multiple for side in (self.width, self.height)
        )
        with torch.no_grad():
            painted = network.module(frame(5, width, height).pixels[None])
        check_image(painted, (1, 3, height, width), "The output of the network of `as_network`")

    def test_frames_side_by_side_are_those_in_turn(
        self, recorded: tuple[MethodLog, Result]
    ) -> None:
        """With `side_by_side`, frames that are painted at once are those that it paints in turn."""
        log, _ = recorded
        method, job = log.method, log.job
        if job is None or not getattr(method, "side_by_side", False):
            return
        jobs = [
            replace(job, content=Clip((frame(seed, self.width, self.height),)))
            for seed in range(2, 6)
        ]

        def paint(each: Job) -> Tensor:
            with torch.inference_mode():
                painted: Tensor = method.forward_image(each)
                return painted

        in_turn = [paint(each) for each in jobs]
        with ThreadPoolExecutor(len(jobs)) as threads:
            at_once = list(threads.map(paint, jobs))
        for alone, beside in zip(in_turn, at_once, strict=True):
            assert torch.allclose(alone, beside, atol=1e-3), (
                "Painted at once, frames are others than painted in turn: keep nothing of a frame "
                "in the method and draw no random numbers, or set `side_by_side = False`."
            )

    def test_takes_as_many_styles_as_it_says(
        self, host: Host, entry: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> None:
        """It runs with the least number of styles, and with one more if the spec allows it."""
        least, most = entry.spec.styles
        for count in sorted({least, least if most == least else least + 1}):
            styles = [frame(number, self.height, self.width) for number in range(1, count + 1)]
            try:
                _, result = self.run(host, entry, content, styles, device)
            except _FAILURES as error:
                pytest.fail(
                    f"The spec allows {least} to {most or 'any number of'} styles; "
                    f"with {count} the method fails: {type(error).__name__}: {error}"
                )
            assert len(result.clips) == 1, f"With {count} styles there is no result."

    def test_frames_of_a_clip_are_finished_in_order(
        self, host: Host, entry: Component[Any], style: Frame, device: torch.device
    ) -> None:
        """A video method finishes every frame in order; other methods run once per frame."""
        try:
            log, result = self.run(host, entry, toy_components.CLIP, [style], device)
        except PluginError as error:
            pytest.fail(error.message)
        content = log.job.content if log.job else None
        if entry.spec.clips and content is not None:
            done = [event.index for event in log.events if isinstance(event, FrameDone)]
            assert done == list(range(len(content.frames))), (
                f"Of {len(content.frames)} frames, these were finished: {done}."
            )
        frames = [image for video in result.clips for image in video]
        assert len(frames) == len(clip().frames), f"{len(frames)} frames came out."
        sizes = {(image.width, image.height) for image in frames}
        assert sizes == {(64, 48)}, f"Frames of 64 x 48 px have the sizes {sorted(sizes)}."
