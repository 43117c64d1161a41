"""What a method promises: see `stylekit.methods.base.Method`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch

from stylekit.errors import PluginError, UsageError, WeightsError
from stylekit.events import FrameDone, Stage
from stylekit.host import Host
from stylekit.images.frames import Frame
from stylekit.inputs.syntax import MEMORY
from stylekit.registry.catalogue import Component
from stylekit.result import Result
from stylekit.specs import MethodSpec, Spec
from stylekit.testing import toy_components
from stylekit.testing.images import check_image, clip, frame, left_alone
from stylekit.testing.recorder import Log, WatchedPart
from stylekit.testing.slots import has_steps, layers_for, slots_of
from stylekit.testing.suite import ComponentSuite


class MethodSuite(ComponentSuite):
    """Checks of a method, which is run by the kernel on small pictures.

    Small components fill its slots (`stylekit.testing.toy_components`). Where weights that it needs
    are not on this machine, the runs are skipped; nothing is fetched.

    Attributes:
        width: of the content picture, in pixels.
        height: likewise.
        steps: of a run, if the method has a parameter `steps`.
        options: further run keys and tables.
    """

    spec_type: ClassVar[type[Spec]] = MethodSpec
    # The defaults of its slots are other plugins', whose layers its parameters may name.
    discover: ClassVar[bool] = True
    width: ClassVar[int] = 64
    height: ClassVar[int] = 48
    steps: ClassVar[int] = 6
    options: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def host(self) -> Host:
        """The host that has the method, and small components for its slots."""
        host = self.make_host({})
        found = host.catalogue.find(MethodSpec, self.wanted(host))
        return self.make_host(
            {toy_components.PLUGIN: toy_components.TinyPlugin(layers_for(host, found))}
        )

    @pytest.fixture
    def content(self) -> Frame:
        """The content: a cut-out, so that it has an alpha."""
        return frame(0, self.width, self.height, cutout=True)

    @pytest.fixture
    def style(self) -> Frame:
        """A style, of another shape."""
        return frame(1, self.height + 4, self.width)

    @pytest.fixture
    def ran(
        self, host: Host, found: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> tuple[Log, Result]:
        """A run: what was seen of it, and its result."""
        return self.run(host, found, content, [style], device)

    def run(
        self,
        host: Host,
        found: Component[Any],
        content: Frame | str,
        styles: list[Frame],
        device: torch.device,
        resume: tuple[bytes, torch.Tensor] | None = None,
    ) -> tuple[Log, Result]:
        """Run the method, with as many of the styles as it takes."""
        most = found.spec.styles[1]
        used = styles if most is None else styles[:most]
        given = {f"{MEMORY}:style-{number}": style for number, style in enumerate(used)}
        layer: dict[str, Any] = {
            "method": found.id,
            "style": list(given),
            "content": [content if isinstance(content, str) else f"{MEMORY}:content"],
            "seed": 1,
            "device": str(device),
            "offline": True,
            **{slot: toy_components.SLOTS[slot] for slot in slots_of(host, found)},
        }
        if not used:
            del layer["style"]
        if isinstance(content, Frame):
            given[f"{MEMORY}:content"] = content
        if has_steps(host, found):
            layer["steps"] = self.steps
        if self.params:
            layer[found.id] = dict(self.params)
        plan = host.plan(layer, self.options)
        log = Log(resume=resume)
        plan = replace(plan, method=WatchedPart(plan.method.component, plan.method.params, log))
        try:
            return log, host.start(plan, in_memory=given, write=False, quiet=True).to_end()
        except WeightsError as error:
            pytest.skip(error.message)

    def test_each_step_is_of_the_stage_before_it(self, ran: tuple[Log, Result]) -> None:
        """A stage is yielded before its first step, and goes with each of them."""
        log, _ = ran
        stage: Stage | None = None
        for event in log.events:
            if isinstance(event, Stage):
                stage = event
            elif not isinstance(event, FrameDone):
                assert stage is not None, "The first step came before any Stage: yield that first."
                assert event.stage is stage or event.stage == stage, (
                    f"A step is of the stage '{event.stage.name}', while the latest stage was "
                    f"'{stage.name}'."
                )
        assert log.steps, "No Step was yielded: nobody sees how far the work is."

    def test_steps_are_counted(self, ran: tuple[Log, Result]) -> None:
        """From 1, over all stages, and no stage takes more than it says."""
        log, _ = ran
        indices = [step.index for step in log.steps]
        assert indices == list(range(1, len(indices) + 1)), (
            f"`index` of the steps is {indices}: count from 1 over all stages."
        )
        for stage in [event for event in log.events if isinstance(event, Stage)]:
            taken = sum(step.stage == stage for step in log.steps)
            assert taken <= stage.steps, (
                f"The stage '{stage.name}' says {stage.steps} steps and took {taken}."
            )

    def test_losses_are_scalars_with_a_total(self, ran: tuple[Log, Result]) -> None:
        """Observers show them."""
        for step in ran[0].steps:
            assert "total" in step.losses, f"The losses {sorted(step.losses)} lack 'total'."
            for name, loss in step.losses.items():
                assert isinstance(loss, torch.Tensor), f"The loss '{name}' is no tensor: {loss!r}."
                assert loss.shape == (), f"The loss '{name}' has shape {tuple(loss.shape)}."
                assert not loss.requires_grad, (
                    f"The loss '{name}' of a step holds on to its graph: .detach() it."
                )
                assert bool(loss.isfinite()), f"The loss '{name}' is {float(loss)}."

    def test_snapshots_have_the_size_of_the_result(self, ran: tuple[Log, Result]) -> None:
        """Whoever stops the run gets one."""
        log, _ = ran
        wrong = set(log.snapshots) - {(self.width, self.height)}
        assert not wrong, (
            f"Snapshots of {self.width} x {self.height} px have the sizes {sorted(wrong)}: "
            "enlarge the picture to the size of the content."
        )

    def test_result_is_a_image_of_the_contents_size(self, ran: tuple[Log, Result]) -> None:
        """Float32 in [0, 1]."""
        _, result = ran
        check_image(result.image.pixels, (3, self.height, self.width), "The result")

    def test_alpha_is_kept(self, ran: tuple[Log, Result], content: Frame) -> None:
        """A cut-out stays one."""
        alpha = ran[1].image.alpha
        assert alpha is not None, (
            "The content's alpha is lost: make the result with `content.with_pixels(...)`."
        )
        assert content.alpha is not None
        assert torch.allclose(alpha, content.alpha, atol=1 / 255), "The content's alpha is changed."

    def test_images_are_left_alone(
        self, host: Host, found: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> None:
        """They are used again, for other styles and for the measures."""
        with left_alone("A content or style picture", content.pixels, content.alpha, style.pixels):
            self.run(host, found, content, [style], device)

    def test_seed_decides(
        self,
        ran: tuple[Log, Result],
        host: Host,
        found: Component[Any],
        content: Frame,
        style: Frame,
        device: torch.device,
    ) -> None:
        """A record repeats a run, byte for byte on the same machine."""
        _, again = self.run(host, found, content, [style], device)
        assert torch.equal(again.image.pixels, ran[1].image.pixels), (
            "Two runs with one seed differ: draw all random numbers from torch's default "
            "generator, which is seeded, or from one made of `job.seed`."
        )

    def test_goes_on_where_it_stopped(
        self,
        ran: tuple[Log, Result],
        host: Host,
        found: Component[Any],
        content: Frame,
        style: Frame,
        device: torch.device,
    ) -> None:
        """With the state of a step in `job.resume`, the result is the same, bit for bit."""
        log, result = ran
        if not log.states:
            return
        index, state, random = log.states[len(log.states) // 2]
        going_on, again = self.run(host, found, content, [style], device, (state, random))
        first = [step.index for step in going_on.steps[:1]]
        assert first in ([], [index + 1]), (
            f"Resumed after step {index}, the next step is {first[0]}: go on with `job.resume`."
        )
        assert torch.equal(again.image.pixels, result.image.pixels), (
            f"Resumed after step {index}, the result is another one: `Step.state` lacks something."
        )

    def test_measures_its_result(self, ran: tuple[Log, Result]) -> None:
        """`assess` returns finite losses with a total, or nothing."""
        losses = ran[1].losses
        assert not losses or "total" in losses, f"`assess` returns {sorted(losses)}, no 'total'."
        for name, loss in losses.items():
            assert math.isfinite(loss), f"`assess` says that '{name}' is {loss}."

    def test_objective_can_be_minimized(self, ran: tuple[Log, Result]) -> None:
        """What it offers other methods to minimize has a total with a gradient."""
        log, _ = ran
        objective = log.method.objective(log.job) if log.job else None
        if objective is None or log.job is None:
            return
        image = frame(5, self.width, self.height).pixels[None].to(log.job.device)
        losses = objective(image.requires_grad_())
        assert "total" in losses, f"`objective` returns {sorted(losses)}, no 'total'."
        total = losses["total"]
        assert total.shape == (), f"The total has shape {tuple(total.shape)}, and is no scalar."
        assert total.requires_grad, "The total of `objective` has no gradient: do not .detach() it."
        (gradient,) = torch.autograd.grad(total, image)
        assert bool(gradient.isfinite().all()), "The gradient of `objective` is not finite."

    def test_network_repaints(self, ran: tuple[Log, Result]) -> None:
        """What `stylekit export` writes returns pictures like those that it is given."""
        log, _ = ran
        network = log.method.as_network(log.job.weights) if log.job else None
        if network is None:
            return
        width, height = (
            -(-side // network.multiple) * network.multiple for side in (self.width, self.height)
        )
        with torch.no_grad():
            made = network.module(frame(5, width, height).pixels[None])
        check_image(made, (1, 3, height, width), "What the network of `as_network` returns")

    def test_takes_as_many_styles_as_it_says(
        self, host: Host, found: Component[Any], content: Frame, style: Frame, device: torch.device
    ) -> None:
        """The least number, and several if it says so."""
        least, most = found.spec.styles
        for count in sorted({least, least if most == least else least + 1}):
            styles = [frame(number, self.height, self.width) for number in range(1, count + 1)]
            try:
                _, result = self.run(host, found, content, styles, device)
            except (UsageError, AssertionError, LookupError, TypeError, ValueError) as error:
                pytest.fail(
                    f"The spec says that {least} to {most or 'any number of'} styles can be used; "
                    f"with {count} the method fails: {type(error).__name__}: {error}"
                )
            assert len(result.clips) == 1, f"With {count} styles there is no result."

    def test_frames_of_a_clip_are_finished_in_order(
        self, host: Host, found: Component[Any], style: Frame, device: torch.device
    ) -> None:
        """A method for clips yields each frame; the others get one frame after the other."""
        try:
            log, result = self.run(host, found, toy_components.CLIP, [style], device)
        except PluginError as error:
            pytest.fail(error.message)
        content = log.job.content if log.job else None
        if found.spec.clips and content is not None:
            done = [event.index for event in log.events if isinstance(event, FrameDone)]
            assert done == list(range(len(content.frames))), (
                f"Of {len(content.frames)} frames, these were finished: {done}."
            )
        frames = [shown for made in result.clips for shown in made]
        assert len(frames) == len(clip().frames), f"{len(frames)} frames came out."
        sizes = {(shown.width, shown.height) for shown in frames}
        assert sizes == {(64, 48)}, f"Frames of 64 x 48 px have the sizes {sorted(sizes)}."
