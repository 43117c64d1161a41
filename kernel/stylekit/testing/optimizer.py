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
    """Checks of an optimizer, on a picture that should become another one.

    Attributes:
        steps: in which it must have taken half of the loss away.
    """

    spec_type: ClassVar[type[Spec]] = OptimizerSpec
    steps: ClassVar[int] = 40

    @pytest.fixture
    def image(self, device: torch.device) -> Tensor:
        """A picture (1, 3, 12, 16), a leaf."""
        return pixels(0, 16, 12).to(device).requires_grad_()

    def test_loss_falls(self, made: Any, image: Tensor) -> None:
        """The squared distance from another picture is the easiest that there is."""
        objective = distance_of(image, pixels(1, 16, 12).to(image.device))
        first = float(objective().detach())
        minimization = made.begin(image)
        for _ in range(self.steps):
            minimization.step(objective)
        last = float(objective().detach())
        assert last < first / 2, (
            f"After {self.steps} steps the squared distance from another picture is {last:g} of "
            f"{first:g} at first. Is the picture itself changed, in place, against the gradient?"
        )

    def test_image_stays_in_range(self, made: Any, image: Tensor) -> None:
        """Also where the loss would have it leave [0, 1]."""
        target = 5 * (pixels(2, 16, 12).to(image.device) - 0.5)
        distance = distance_of(image, target)

        def objective() -> Tensor:
            check_range(image, "when the objective is computed")
            return distance()

        minimization = made.begin(image)
        for _ in range(10):
            minimization.step(objective)
            check_range(image, "after a step")

    def test_step_returns_the_loss_before_it(self, made: Any, image: Tensor) -> None:
        """As a scalar that holds on to no graph."""
        objective = distance_of(image, pixels(1, 16, 12).to(image.device))
        minimization = made.begin(image)
        for _ in range(3):
            before = objective().detach()
            told = minimization.step(objective)
            assert isinstance(told, Tensor), f"`step` returns {told!r}, and no tensor."
            assert told.shape == (), f"`step` returns shape {tuple(told.shape)}, and no scalar."
            assert not told.requires_grad, "`step` returns a loss with its graph: .detach() it."
            assert torch.allclose(told, before), (
                f"`step` returned {float(told):g}; the loss before it was {float(before):g}."
            )

    def test_goes_on_bit_equal(self, made: Any, image: Tensor) -> None:
        """A state, written to disk and read again, continues as if nothing had happened."""
        target = pixels(1, 16, 12).to(image.device)
        minimization = made.begin(image)
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
        going_on = made.begin(other)
        going_on.load_state_dict(state)
        for _ in range(3):
            minimization.step(distance_of(image, target))
            going_on.step(distance_of(other, target))
        assert torch.equal(image, other), (
            "What was saved and went on made another picture: `state_dict` lacks something."
        )

    def test_takes_over_at_another_size(self, made: Any, image: Tensor) -> None:
        """Pictures grow from scale to scale."""
        minimization = made.begin(image)
        for _ in range(2):
            minimization.step(distance_of(image, pixels(1, 16, 12).to(image.device)))
        larger = pixels(0, 29, 23).to(image.device).requires_grad_()
        objective = distance_of(larger, pixels(1, 29, 23).to(image.device))
        try:
            following = made.begin(larger, minimization)
            for _ in range(2):
                following.step(objective)
        except (RuntimeError, ValueError, TypeError) as error:
            pytest.fail(
                f"start(image, previous), of a larger picture, fails: {error}. Resize the state, "
                "or begin anew."
            )
        check_range(larger, "after a step at the next scale")

    def test_nothing_happens_where_nothing_can_be_gained(self, made: Any, image: Tensor) -> None:
        """A gradient of 0 everywhere must not become 0/0."""
        minimization = made.begin(image)
        for _ in range(3):
            minimization.step(lambda: (image * 0).sum())
        assert bool(image.isfinite().all()), (
            "With a gradient of 0 the picture is no number any more: never divide by its size "
            "without a small number added."
        )

    def test_memory_is_told(self, made: Any) -> None:
        """A run is refused, or done otherwise, by what this says."""
        told = getattr(made, "bytes_per_value", None)
        assert isinstance(told, int | float), (
            f"`bytes_per_value` is {told!r}: say how many bytes the state takes for each number of "
            "the picture."
        )
        assert 0 <= told < math.inf, f"`bytes_per_value` is {told}."


def distance_of(image: Tensor, target: Tensor) -> Callable[[], Tensor]:
    """Return the mean squared distance of a picture from another one, as an objective."""
    return lambda: (image - target).square().mean()


def check_range(image: Tensor, when: str) -> None:
    """Check that a picture is in [0, 1]."""
    low, high = float(image.detach().min()), float(image.detach().max())
    assert low >= 0, f"The picture falls to {low:g} {when}: clamp it to [0, 1] after each step."
    assert high <= 1, f"The picture rises to {high:g} {when}: clamp it to [0, 1] after each step."
