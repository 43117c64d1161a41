"""What a classifier promises: see `stylekit.evaluation.classifier`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.errors import WeightsError
from stylekit.evaluation.classifier import Classifier
from stylekit.host import Host
from stylekit.protocols import LoadedWeights
from stylekit.specs import ClassifierSpec, Spec
from stylekit.testing.images import frame, left_alone
from stylekit.testing.suite import ComponentSuite
from stylekit.weights.manager import WeightsManager


class ClassifierSuite(ComponentSuite):
    """Checks of a classifier.

    Nothing is fetched: checks that need missing weights are skipped.
    """

    spec_type: ClassVar[type[Spec]] = ClassifierSpec

    @pytest.fixture
    def weights(self, host: Host) -> Callable[[str], LoadedWeights]:
        """Loads the weights of a network."""
        return WeightsManager(host.catalogue, {}, offline=True).load

    @pytest.fixture
    def logits(
        self, instance: Any, weights: Callable[[str], LoadedWeights], device: torch.device
    ) -> Callable[..., Tensor]:
        """The function that classifies."""
        if not isinstance(instance, Classifier):
            pytest.skip("it is no classifier")
        try:
            function: Callable[..., Tensor] = instance.load(weights, device)
        except WeightsError as error:
            pytest.skip(error.message)
        return function

    def test_it_is_a_classifier(self, instance: Any) -> None:
        """It has the methods of the protocol."""
        assert isinstance(instance, Classifier), "A classifier needs methods `classes` and `load`."

    def test_classes_are_in_order(self, instance: Any) -> None:
        """They are numbered by the index of their logit."""
        indices = [one.index for one in instance.classes()]
        assert indices == list(range(len(indices))), (
            "classes() must be in the order of the logits: index 0, 1, 2 and so on."
        )
        assert len(indices) > 1, "classes() has fewer than two classes: it cannot classify."

    def test_logits_are_those_of_single_images(
        self, instance: Any, logits: Callable[..., Tensor]
    ) -> None:
        """Images of any size have the same logits alone and in a batch."""
        images = [frame(0, 120, 90), frame(1, 64, 80)]
        with left_alone("The image", *(image.pixels for image in images)):
            both = logits(images)
        shape = (2, len(instance.classes()))
        assert tuple(both.shape) == shape, f"Logits are {tuple(both.shape)}, not {shape}."
        assert both.dtype is torch.float32, f"Logits are {both.dtype}, not float32."
        assert both.device.type == "cpu", f"Logits are on {both.device}: .cpu()"
        assert bool(both.isfinite().all()), "Some logits are not finite."
        alone = torch.cat([logits([image]) for image in images])
        assert torch.allclose(both, alone, rtol=1e-3, atol=1e-3), (
            "The logits of an image depend on the rest of the batch: is batch normalization in "
            "training mode?"
        )
