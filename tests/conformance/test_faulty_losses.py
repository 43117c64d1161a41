"""Losses with one fault each. See `faults`."""

from __future__ import annotations

from types import ModuleType

import torch
from pydantic import ConfigDict, Field
from tests.helpers.faulty_components import FAULTS, Fault, fault
from torch.nn import functional as F

from stylekit import Params
from stylekit.testing import LossSuite

HERE = __name__


@fault(LossSuite, role="style")
class Sound:
    def __init__(self, params):
        pass

    def measure(self, features):
        flat = features[0].flatten(1)
        return flat @ flat.T / flat.shape[1]

    def compare(self, measured, target):
        return F.mse_loss(measured.float(), target.float())


@fault(LossSuite, role="content")
class SoundContent(Sound):
    additive = True
    accepts_low_precision = True

    def measure(self, features):
        return features


@fault(LossSuite, role="image")
class SoundImage(Sound):
    def __call__(self, image):
        return image.diff(dim=2).square().mean()


@fault(LossSuite, "test_loss_is_a_finite_scalar", "take its mean", role="style")
class OneNumberInAList(Sound):
    def compare(self, measured, target):
        return super().compare(measured, target)[None]


@fault(LossSuite, "test_costs_nothing_at_the_target", "must be 0", role="style")
class Offset(Sound):
    def compare(self, measured, target):
        return 1 + super().compare(measured, target)


@fault(LossSuite, "test_gradient_is_the_slope", "gradient is wrong", role="style")
class WrongBackward(Sound):
    def compare(self, measured, target):
        loss = super().compare(measured, target)
        return 2 * loss - loss.detach()


@fault(LossSuite, "test_gradient_is_finite_in_flat_areas", "square roots", role="style")
class Deviation(Sound):
    def measure(self, features):
        return features[0].flatten(1).var(dim=1).sqrt()


@fault(LossSuite, "test_gradient_is_finite_at_the_target", "norm", role="style")
class Norm(Sound):
    def compare(self, measured, target):
        return (measured - target).square().sum().sqrt()


@fault(LossSuite, "test_inputs_are_left_alone", "changed in place", role="style")
class InPlace(Sound):
    def measure(self, features):
        measured = super().measure(features)
        if not features.requires_grad:
            features.mul_(1.0001)
        return measured


@fault(LossSuite, "test_other_sizes", role="style")
class FixedSize(Sound):
    def measure(self, features):
        measured = super().measure(features)
        return measured / 0 if features.shape[2] == 25 else measured


@fault(LossSuite, "test_additive_is_a_mean_over_positions", "Leave `additive` out", role="style")
class SaysAdditive(Sound):
    additive = True

    def measure(self, features):
        return super().measure(features).square()


@fault(LossSuite, "test_low_precision_is_accepted", "bfloat16 features fail", role="style")
class SaysAnyPrecision(Sound):
    accepts_low_precision = True

    def measure(self, features):
        mixing = torch.eye(features.shape[1], device=features.device)
        return super().measure(torch.einsum("ij,njhw->nihw", mixing, features))


# -- what holds for every kind --------------------------------------------------------------------


@fault(LossSuite, "test_summary_is_a_line", "one line", role="style", summary="Two\nlines.")
class TwoLines(Sound):
    pass


class Undescribed(Params):
    strength: float = 1.0


class OpenParams(Params):
    model_config = ConfigDict(extra="ignore")


class BadDefault(Params):
    strength: float = Field(-1.0, ge=0, description="Must not be negative.")


@fault(
    LossSuite,
    "test_parameters_are_described",
    "strength",
    role="style",
    params=f"{HERE}:Undescribed",
)
class WithUndescribed(Sound):
    pass


@fault(
    LossSuite,
    "test_parameters_are_closed",
    "unknown names",
    role="style",
    params=f"{HERE}:OpenParams",
)
class WithOpen(Sound):
    pass


@fault(
    LossSuite,
    "test_parameters_survive_a_record",
    "its own field accepts",
    role="style",
    params=f"{HERE}:BadDefault",
)
class WithBadDefault(Sound):
    pass


def heavy_module() -> ModuleType:
    import tests.conformance.heavy_manifest as heavy

    return heavy


class TestHeavyManifest(LossSuite):
    component = "faulty"
    plugin = heavy_module()
    fault = Fault(LossSuite, "test_manifest_is_light", "loads torch")


FAULTS.append(TestHeavyManifest.fault)
