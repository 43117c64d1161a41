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

NEARLY_ZERO = 1e-3
"""The loss at its target counts as 0 up to this fraction of the loss elsewhere."""

GRADIENT_TOLERANCE = 0.1
"""Relative difference, in float32, between a gradient and the measured change of the loss."""


class LossSuite(ComponentSuite):
    """Checks of a loss: of features (roles `content` and `style`) or of an image (`image`)."""

    spec_type: ClassVar[type[Spec]] = LossSpec

    @pytest.fixture
    def features(self, device: torch.device) -> Tensor:
        """The argument of the loss: features (1, 6, 12, 10) as after a ReLU, or an image."""
        return features(0, 12, 10).to(device)

    @pytest.fixture
    def loss(self, entry: Component[Any], instance: Any, device: torch.device) -> Any:
        """The loss as a function of features or image; its target comes from another image."""
        if entry.spec.role == "image":
            return lambda x: instance(x[:, :3])
        target = instance.measure(features(1, 12, 10).to(device))
        return lambda x: instance.compare(instance.measure(x), target)

    def test_loss_is_a_finite_scalar(self, loss: Any, features: Tensor) -> None:
        """The loss is one finite number."""
        value = loss(features)
        assert isinstance(value, Tensor), f"The loss is a {type(value).__name__}, not a tensor."
        assert value.shape == (), f"The loss has shape {tuple(value.shape)}: take its mean or sum."
        assert value.is_floating_point(), f"The loss is {value.dtype}, not a floating-point number."
        assert bool(value.isfinite()), f"The loss of ordinary features is {float(value)}."

    def test_costs_nothing_at_the_target(
        self, entry: Component[Any], instance: Any, loss: Any, features: Tensor
    ) -> None:
        """The loss is 0 where the features equal the target."""
        if entry.spec.role == "image":
            return
        measured = instance.measure(features)
        at_target, elsewhere = (
            float(instance.compare(measured, measured)),
            abs(float(loss(features))),
        )
        assert abs(at_target) <= NEARLY_ZERO * max(elsewhere, 1e-6), (
            f"compare(m, m) is {at_target:g}, and {elsewhere:g} for another image; it must be 0, "
            "up to rounding."
        )

    def test_gradient_is_the_slope(self, loss: Any, features: Tensor) -> None:
        """A small step along the gradient changes the loss as the gradient predicts."""
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
        predicted = float(2 * step.norm() * size)
        assert rise == pytest.approx(predicted, rel=GRADIENT_TOLERANCE), (
            f"By the gradient a small step changes the loss by {predicted:g}; it changes by "
            f"{rise:g}. The gradient is wrong: check a custom backward()."
        )

    def test_gradient_is_finite_in_flat_areas(self, loss: Any, features: Tensor) -> None:
        """The gradient is finite for black and constant features, where square roots have none."""
        for value, what in ((0.0, "0"), (1.0, "all the same")):
            gradient = gradient_of(loss, torch.full_like(features, value))
            assert gradient is None or bool(gradient.isfinite().all()), (
                f"Where features are {what}, the gradient is not finite: one black area would "
                "spoil an image. Add a small number under square roots and to divisors."
            )

    def test_gradient_is_finite_at_the_target(
        self, entry: Component[Any], instance: Any, features: Tensor
    ) -> None:
        """The gradient is finite where the features equal the target."""
        if entry.spec.role == "image":
            return
        target = instance.measure(features)
        gradient = gradient_of(lambda x: instance.compare(instance.measure(x), target), features)
        assert gradient is None or bool(gradient.isfinite().all()), (
            "At the target itself the gradient is not finite: a norm has no gradient at 0. Take "
            "its square, or add a small number under the square root."
        )

    def test_inputs_are_left_alone(
        self, instance: Any, entry: Component[Any], features: Tensor
    ) -> None:
        """The loss changes neither features nor targets, which others use too."""
        with left_alone("The argument of the loss", features):
            if entry.spec.role == "image":
                instance(features[:, :3])
                return
            measured = instance.measure(features)
            target = instance.measure(features * 2).clone()
            with left_alone("The measured statistics or the target", measured, target):
                instance.compare(measured, target)

    def test_other_sizes(self, entry: Component[Any], loss: Any, device: torch.device) -> None:
        """Images have any shape; a style may have another size than the result."""
        if entry.spec.role == "content":
            return
        for height, width in ((7, 11), (12, 3), (25, 20)):
            value = loss(features(4, height, width).to(device))
            assert bool(value.isfinite()), (
                f"For features of {height} x {width}, with a target of 12 x 10, the loss is "
                f"{float(value)}."
            )

    def test_additive_is_a_mean_over_positions(
        self, entry: Component[Any], instance: Any, features: Tensor
    ) -> None:
        """An `additive` loss is the mean over tiles."""
        if not getattr(instance, "additive", False) or entry.spec.role == "image":
            return
        if entry.spec.role == "style":
            whole = instance.measure(features)
            parts = [instance.measure(part) for part in features.chunk(2, dim=2)]
        else:
            target = features.flip(1)
            whole = instance.compare(instance.measure(features), instance.measure(target))
            parts = [
                instance.compare(instance.measure(part), instance.measure(part_target))
                for part, part_target in zip(features.chunk(2, 2), target.chunk(2, 2), strict=True)
            ]
        mean = torch.stack(parts).mean(dim=0)
        assert torch.allclose(mean, whole, rtol=1e-3, atol=1e-5), (
            "With `additive` the whole must be the mean of its halves, and it is not: images that "
            "are optimized tile by tile would come out wrong. Leave `additive` out."
        )

    def test_low_precision_is_accepted(
        self, entry: Component[Any], instance: Any, features: Tensor
    ) -> None:
        """A loss with `accepts_low_precision` takes bfloat16 features."""
        if not getattr(instance, "accepts_low_precision", False) or entry.spec.role == "image":
            return
        half = features.bfloat16()
        target = instance.measure(features.flip(1))
        try:
            measured = instance.compare(instance.measure(half), instance.measure(half.flip(1)))
        except RuntimeError as error:
            pytest.fail(f"`accepts_low_precision` is set, and bfloat16 features fail: {error}")
        exact = float(instance.compare(instance.measure(features), target))
        assert float(measured) == pytest.approx(exact, rel=0.1), (
            f"With bfloat16 features the loss is {float(measured):g}, with float32 {exact:g}. Sum "
            "in float32, or leave `accepts_low_precision` out."
        )


def features(seed: int, height: int, width: int) -> Tensor:
    """Return features (1, 6, h, w) as after a ReLU; channels differ in strength."""
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
