"""Optimizers with one fault each. See `faults`."""

from __future__ import annotations

import torch
from tests.helpers.faulty_components import fault

from stylekit.testing import OptimizerSuite
from stylekit.testing.toy_components import TinyOptimization, TinyOptimizer


@fault(OptimizerSuite)
class Sound(TinyOptimizer):
    pass


class _Variant(TinyOptimizer):
    descent = TinyOptimization

    def begin(self, image, previous=None):
        return self.descent(image)


@fault(OptimizerSuite, "test_loss_falls", "against the gradient")
class Climbs(_Variant):
    class descent(TinyOptimization):  # noqa: N801
        def step(self, objective):
            return super().step(lambda: -objective()).neg()


@fault(OptimizerSuite, "test_image_stays_in_range", "clamp it")
class Leaves(_Variant):
    class descent(TinyOptimization):  # noqa: N801
        def step(self, objective):
            loss = objective()
            (gradient,) = torch.autograd.grad(loss, self._image)
            self._taken += 1
            with torch.no_grad():
                length = gradient.square().mean().sqrt() + 1e-12
                self._image.sub_(0.05 / self._taken**0.5 * gradient / length)
            return loss.detach()


@fault(OptimizerSuite, "test_step_returns_the_loss_before_it", "detach")
class KeepsTheGraph(_Variant):
    class descent(TinyOptimization):  # noqa: N801
        def step(self, objective):
            return super().step(objective).requires_grad_()


@fault(OptimizerSuite, "test_resumes_bit_equal", "lacks something")
class ForgetsItsState(_Variant):
    class descent(TinyOptimization):  # noqa: N801
        def load_state_dict(self, state):
            pass


@fault(OptimizerSuite, "test_takes_over_at_another_size", "Resize the state")
class TakesOverAsItIs(TinyOptimizer):
    def begin(self, image, previous=None):
        descent = TinyOptimization(image)
        descent.mean = torch.zeros_like(image)
        if previous is not None:
            descent.mean.copy_(previous.mean)
        return descent


@fault(OptimizerSuite, "test_nothing_happens_where_nothing_can_be_gained", "NaN")
class DividesByZero(_Variant):
    class descent(TinyOptimization):  # noqa: N801
        def step(self, objective):
            before = self._image.detach().clone()
            loss = super().step(objective)
            with torch.no_grad():
                change = self._image - before
                self._image.copy_(before + change / change.abs().max() * change.abs().max())
                self._image.clamp_(0, 1)
            return loss


@fault(OptimizerSuite, "test_memory_is_declared", "bytes_per_value")
class SaysNothingOfMemory(TinyOptimizer):
    bytes_per_value = None
