"""Backbones with one fault each. See `faults`."""

from __future__ import annotations

import torch
from tests.helpers.faulty_components import fault
from torch.nn import functional as F

from stylekit.testing import BackboneSuite
from stylekit.testing.toy_components import TinyBackbone

LAYERS = ("layer1", "layer2", "layer3")


@fault(BackboneSuite, layers=LAYERS)
class Sound(TinyBackbone):
    pass


@fault(
    BackboneSuite,
    "test_weights_are_registered",
    "no plugin registers",
    layers=LAYERS,
    network="none",
)
class AsksForWeightsThatNobodyHas(TinyBackbone):
    pass


@fault(BackboneSuite, "test_every_layer_comes_back", "were not requested", layers=LAYERS)
class ReturnsMore(TinyBackbone):
    def features(self, image, layers):
        more = {"layer4"} if len(layers) > 2 else set()
        return super().features(image, [*layers, *more])


@fault(BackboneSuite, "test_a_layer_is_the_same_alone", "in place", layers=LAYERS)
class WorksInPlace(TinyBackbone):
    def features(self, image, layers):
        made = super().features(image, layers)
        if len(layers) == 3:
            made["layer1"].sub_(1).relu_()
        return made


@fault(BackboneSuite, "test_stride_is_that_of_the_features", "positions", layers=LAYERS)
class WrongStride(TinyBackbone):
    def features(self, image, layers):
        return {
            name: F.avg_pool2d(value, 2) if name == "layer2" else value
            for name, value in super().features(image, layers).items()
        }

    def reach(self, layers):
        return 200


@fault(BackboneSuite, "test_gradient_reaches_the_image", "0 everywhere", layers=LAYERS)
class Steps(TinyBackbone):
    def features(self, image, layers):
        return {
            name: value.round() + 0 * value
            for name, value in super().features(image, layers).items()
        }


@fault(BackboneSuite, "test_reach_holds", "sees 1", layers=LAYERS)
class NoReach(TinyBackbone):
    def reach(self, layers):
        return 0


@fault(BackboneSuite, "test_image_is_left_alone", "changed in place", layers=LAYERS)
class ChangesTheImage(TinyBackbone):
    def features(self, image, layers):
        made = super().features(image, layers)
        if not image.requires_grad:
            image.mul_(1.0000001).add_(1e-6)
        return made


@fault(BackboneSuite, "test_activations_are_about_one", "scale layers", layers=LAYERS)
class Loud(TinyBackbone):
    def features(self, image, layers):
        return {name: 1000 * value for name, value in super().features(image, layers).items()}


@fault(BackboneSuite, "test_memory_is_declared", "more than 0", layers=LAYERS)
class NoMemory(TinyBackbone):
    def bytes_per_pixel(self, layers):
        return 0.0


@fault(BackboneSuite, "test_native_features_are_the_features", "differs by", layers=LAYERS)
class OtherNativeFeatures(TinyBackbone):
    def native_features(self, image, layers):
        for name, value in self.features(image, layers).items():
            yield name, torch.flip(value, (1,))
