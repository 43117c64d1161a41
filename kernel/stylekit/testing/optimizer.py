"""What an optimizer promises: see `stylekit.protocols.Optimizer` and `OptimizationRun`."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.specs import OptimizerSpec, Spec
from stylekit.testing.images import pixels
from stylekit.testing.suite import ComponentSuite


class OptimizerSuite(ComponentSuite):
    """Checks of an optimizer that turns one image into another.

    Attributes:
        steps: number of steps in which it must halve the loss.
    """

    spec_type: ClassVar[type[Spec]] = OptimizerSpec
    steps: ClassVar[int] = 40

    @pytest.fixture
    def image(self, device: torch.device) -> Tensor:
        """An image (1, 3, 12, 16), a leaf."""
        return pixels(0, 16, 12).to(device).requires_grad_()

    def test_loss_falls(self, instance: Any, image: Tensor) -> None:
        """The squared distance from another image is halved within `steps`."""
        objective = distance_of(image, pixels(1, 16, 12).to(image.device))
        first = float(objective().detach())
        minimization = instance.begin(image)
        for _ in range(self.steps):
            minimization.step(objective)
        last = float(objective().detach())
        assert last < first / 2, (
            f"After {self.steps} steps the squared distance from another image is {last:g}, and "
            f"was {first:g}. Does a step change the image itself, in place, against the gradient?"
        )

    def test_image_stays_in_range(self, instance: Any, image: Tensor) -> None:
        """The image stays in [0, 1], also where the gradient leads out of it."""
        target = 5 * (pixels(2, 16, 12).to(image.device) - 0.5)
        distance = distance_of(image, target)

        def objective() -> Tensor:
            check_range(image, "when the objective is computed")
            return distance()

        minimization = instance.begin(image)
        for _ in range(10):
            minimization.step(objective)
            check_range(image, "after a step")

    def test_step_returns_the_loss_before_it(self, instance: Any, image: Tensor) -> None:
        """`step` returns the loss before it, as a detached scalar."""
        objective = distance_of(image, pixels(1, 16, 12).to(image.device))
        minimization = instance.begin(image)
        for _ in range(3):
            before = objective().detach()
            loss = minimization.step(objective)
            assert isinstance(loss, Tensor), f"`step` returns {loss!r}, not a tensor."
            assert loss.shape == (), f"`step` returns shape {tuple(loss.shape)}, not a scalar."
            assert not loss.requires_grad, "`step` returns a loss with its graph: .detach() it."
            assert torch.allclose(loss, before), (
                f"`step` returned {float(loss):g}; the loss before it was {float(before):g}."
            )

    def test_resumes_bit_equal(self, instance: Any, image: Tensor) -> None:
        """A run resumed from its state on disk continues bit-equal."""
        target = pixels(1, 16, 12).to(image.device)
        minimization = instance.begin(image)
        for _ in range(3):
            minimization.step(distance_of(image, target))
        file = io.BytesIO()
        try:
            torch.save(minimization.state_dict(), file)
            file.seek(0)
            state = torch.load(file, weights_only=True)
        except Exception as error:
            pytest.fail(
                f"`state_dict` does not come back from disk ({error}). Let it hold tensors, "
                "numbers, texts, lists and dicts."
            )
        other = image.detach().clone().requires_grad_()
        resumed = instance.begin(other)
        resumed.load_state_dict(state)
        for _ in range(3):
            minimization.step(distance_of(image, target))
            resumed.step(distance_of(other, target))
        assert torch.equal(image, other), (
            "The resumed run made another image: `state_dict` lacks something."
        )

    def test_takes_over_at_another_size(self, instance: Any, image: Tensor) -> None:
        """`begin` takes the run at the scale before, whose image was smaller."""
        minimization = instance.begin(image)
        for _ in range(2):
            minimization.step(distance_of(image, pixels(1, 16, 12).to(image.device)))
        larger = pixels(0, 29, 23).to(image.device).requires_grad_()
        objective = distance_of(larger, pixels(1, 29, 23).to(image.device))
        try:
            following = instance.begin(larger, minimization)
            for _ in range(2):
                following.step(objective)
        except (RuntimeError, ValueError, TypeError) as error:
            pytest.fail(
                f"begin(image, previous) with a larger image fails: {error}. Resize the state, or "
                "start from scratch."
            )
        check_range(larger, "after a step at the next scale")

    def test_nothing_happens_where_nothing_can_be_gained(
        self, instance: Any, image: Tensor
    ) -> None:
        """A gradient of 0 everywhere does not become 0/0."""
        minimization = instance.begin(image)
        for _ in range(3):
            minimization.step(lambda: (image * 0).sum())
        assert bool(image.isfinite().all()), (
            "With a gradient of 0 the image becomes NaN: add a small number before dividing by "
            "the norm of the gradient."
        )

    def test_memory_is_declared(self, instance: Any) -> None:
        """`bytes_per_value` is a number: runs are refused or changed by it."""
        size = getattr(instance, "bytes_per_value", None)
        assert isinstance(size, int | float), (
            f"`bytes_per_value` is {size!r}: set it to the bytes that the state takes for each "
            "value of the image."
        )
        assert 0 <= size < math.inf, f"`bytes_per_value` is {size}."


def distance_of(image: Tensor, target: Tensor) -> Callable[[], Tensor]:
    """Return the mean squared distance of two images, as an objective."""
    return lambda: (image - target).square().mean()


def check_range(image: Tensor, when: str) -> None:
    """Check that an image is in [0, 1]."""
    low, high = float(image.detach().min()), float(image.detach().max())
    assert low >= 0, f"The image falls to {low:g} {when}: clamp it to [0, 1] after each step."
    assert high <= 1, f"The image rises to {high:g} {when}: clamp it to [0, 1] after each step."
