"""What a loss promises: see `stylekit.protocols.LayerLoss` and `ImageLoss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.registry.catalogue import Component
from stylekit.specs import LossSpec, Spec
from stylekit.testing.images import left_alone, pixels
from stylekit.testing.suite import ComponentSuite

NOTHING = 1e-3
"""A loss at its target, as a part of the loss elsewhere, counts as nothing."""

SLOPE_TOLERANCE = 0.1
"""Of what a gradient says and what a small change really does, in float32."""


class LossSuite(ComponentSuite):
    """Checks of a loss: of features (roles `content` and `style`), or of a picture (`image`)."""

    spec_type: ClassVar[type[Spec]] = LossSpec

    @pytest.fixture
    def features(self, device: torch.device) -> Tensor:
        """What the loss is asked about: features (1, 6, 12, 10), as after a ReLU, or a picture."""
        return features(0, 12, 10).to(device)

    @pytest.fixture
    def loss(self, found: Component[Any], made: Any, device: torch.device) -> Any:
        """The loss as a function of what it is asked about; its target is another picture's."""
        if found.spec.role == "image":
            return lambda x: made(x[:, :3])
        target = made.measure(features(1, 12, 10).to(device))
        return lambda x: made.compare(made.measure(x), target)

    def test_loss_is_a_finite_scalar(self, loss: Any, features: Tensor) -> None:
        """One number, that can be minimized."""
        value = loss(features)
        assert isinstance(value, Tensor), f"The loss is a {type(value).__name__}, and no tensor."
        assert value.shape == (), f"The loss has shape {tuple(value.shape)}: take its mean or sum."
        assert value.is_floating_point(), (
            f"The loss is {value.dtype}, and no floating-point number."
        )
        assert bool(value.isfinite()), f"The loss of ordinary features is {float(value)}."

    def test_costs_nothing_at_the_target(
        self, found: Component[Any], made: Any, loss: Any, features: Tensor
    ) -> None:
        """What is the same costs nothing."""
        if found.spec.role == "image":
            return
        measured = made.measure(features)
        there, elsewhere = float(made.compare(measured, measured)), abs(float(loss(features)))
        assert abs(there) <= NOTHING * max(elsewhere, 1e-6), (
            f"compare(m, m) is {there:g}, and {elsewhere:g} for another picture; it must be 0 (as "
            "good as): what equals its target costs nothing."
        )

    def test_gradient_is_the_slope(self, loss: Any, features: Tensor) -> None:
        """A small step along the gradient changes the loss by as much as the gradient says."""
        gradient = gradient_of(loss, features)
        assert gradient is not None, (
            "The loss has no gradient: keep to tensor operations, without detach(), .item(), "
            "no_grad() or NumPy."
        )
        size = gradient.norm()
        assert bool(size.isfinite()), "The gradient of ordinary features is not finite."
        assert float(size) > 0, "The gradient is 0 everywhere: nothing can be minimized."
        step = 0.02 * features.norm() * gradient / size
        with torch.no_grad():
            rise = float(loss(features + step) - loss(features - step))
        told = float(2 * step.norm() * size)
        assert rise == pytest.approx(told, rel=SLOPE_TOLERANCE), (
            f"By the gradient a small step changes the loss by {told:g}; it changes by {rise:g}. "
            "The gradient is wrong (a backward() of your own?)."
        )

    def test_gradient_is_finite_in_flat_areas(self, loss: Any, features: Tensor) -> None:
        """Black, or all the same: where a square root, a norm or a deviation has no slope."""
        for value, what in ((0.0, "0"), (1.0, "all the same")):
            gradient = gradient_of(loss, torch.full_like(features, value))
            assert gradient is None or bool(gradient.isfinite().all()), (
                f"Where features are {what}, the gradient is not finite: one black area would "
                "spoil a picture. Add a small number under square roots, and to divisors."
            )

    def test_gradient_is_finite_at_the_target(
        self, found: Component[Any], made: Any, features: Tensor
    ) -> None:
        """Where an optimization ends, or begins: from the content."""
        if found.spec.role == "image":
            return
        target = made.measure(features)
        gradient = gradient_of(lambda x: made.compare(made.measure(x), target), features)
        assert gradient is None or bool(gradient.isfinite().all()), (
            "At the target itself the gradient is not finite: a norm has no slope at 0. Take its "
            "square, or add a small number under the square root."
        )

    def test_inputs_are_left_alone(
        self, made: Any, found: Component[Any], features: Tensor
    ) -> None:
        """Others look at the same features."""
        with left_alone("What the loss was given", features):
            if found.spec.role == "image":
                made(features[:, :3])
                return
            measured = made.measure(features)
            target = made.measure(features * 2).clone()
            with left_alone("What `measure` returned, or the target,", measured, target):
                made.compare(measured, target)

    def test_other_sizes(self, found: Component[Any], loss: Any, device: torch.device) -> None:
        """Pictures have any shape; a style's size need not be the result's."""
        if found.spec.role == "content":
            return
        for height, width in ((7, 11), (12, 3), (25, 20)):
            value = loss(features(4, height, width).to(device))
            assert bool(value.isfinite()), (
                f"For features of {height} x {width}, with a target of 12 x 10, the loss is "
                f"{float(value)}."
            )

    def test_additive_is_a_mean_over_positions(
        self, found: Component[Any], made: Any, features: Tensor
    ) -> None:
        """What says `additive` is collected tile by tile."""
        if not getattr(made, "additive", False) or found.spec.role == "image":
            return
        if found.spec.role == "style":
            whole = made.measure(features)
            parts = [made.measure(part) for part in features.chunk(2, dim=2)]
        else:
            target = features.flip(1)
            whole = made.compare(made.measure(features), made.measure(target))
            parts = [
                made.compare(made.measure(part), made.measure(wanted))
                for part, wanted in zip(features.chunk(2, 2), target.chunk(2, 2), strict=True)
            ]
        mean = torch.stack(parts).mean(dim=0)
        assert torch.allclose(mean, whole, rtol=1e-3, atol=1e-5), (
            "`additive` says that the whole is the mean of its halves, and it is not: large "
            "pictures, done in tiles, would come out wrong. Leave `additive` out."
        )

    def test_any_precision(self, found: Component[Any], made: Any, features: Tensor) -> None:
        """What says `accepts_low_precision` gets bfloat16 where a network computes in it."""
        if not getattr(made, "accepts_low_precision", False) or found.spec.role == "image":
            return
        half = features.bfloat16()
        target = made.measure(features.flip(1))
        try:
            measured = made.compare(made.measure(half), made.measure(half.flip(1)))
        except RuntimeError as error:
            pytest.fail(f"`accepts_low_precision` is set, and bfloat16 features fail: {error}")
        exact = float(made.compare(made.measure(features), target))
        assert float(measured) == pytest.approx(exact, rel=0.1), (
            f"With bfloat16 features the loss is {float(measured):g}, with float32 {exact:g}. Sum "
            "in float32, or leave `accepts_low_precision` out."
        )


def features(seed: int, height: int, width: int) -> Tensor:
    """Return features (1, 6, h, w) as after a ReLU, each channel with a strength of its own."""
    both = torch.cat((pixels(seed, width, height), pixels(seed + 100, width, height)), dim=1)
    strength = torch.rand(1, 6, 1, 1, generator=torch.Generator().manual_seed(seed)) + 0.5
    return (2 * both * strength - 0.4).relu()


def gradient_of(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor | None:
    """Return the gradient of a function at a point; None: it has none."""
    leaf = point.detach().clone().requires_grad_()
    value = function(leaf)
    if not value.requires_grad:
        return None
    (gradient,) = torch.autograd.grad(value, leaf, allow_unused=True)
    return gradient
