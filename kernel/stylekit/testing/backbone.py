"""What a backbone promises: see `stylekit.protocols.Backbone`."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from stylekit.errors import WeightsError
from stylekit.host import Host
from stylekit.protocols import LoadedWeights
from stylekit.registry.catalogue import Component, load_object
from stylekit.specs import BackboneSpec, Spec, WeightsSpec
from stylekit.testing.images import left_alone, pixels
from stylekit.testing.suite import ComponentSuite, installed_host
from stylekit.weights.manager import WeightsManager

ROUNDING = 1e-4
"""Part of the largest gradient that may be rounding."""

UNIT = 50.0
"""A mean activation within this factor of 1 is about 1."""


class BackboneSuite(ComponentSuite):
    """Checks of a backbone.

    Checks that need weights which are not on this machine are skipped; nothing is downloaded. For
    weights that users bring, override the fixture `loaded_weights` to return small ones.

    Attributes:
        width: width in pixels of the image that features are computed of.
        height: its height; no multiple of a stride, like the heights of most images.
    """

    spec_type: ClassVar[type[Spec]] = BackboneSpec
    width: ClassVar[int] = 90
    height: ClassVar[int] = 70

    @pytest.fixture
    def loaded_weights(self, host: Host, entry: Component[Any]) -> LoadedWeights | None:
        """The weights of its network; None: it needs none. Override the fixture to load others."""
        if entry.spec.network is None:
            return None
        try:
            return WeightsManager(host.catalogue, {}, offline=True).load(entry.spec.network)
        except WeightsError as error:
            pytest.skip(f"{error.message} Override the fixture `loaded_weights` to use others.")

    @pytest.fixture
    def instance(
        self, entry: Component[Any], loaded_weights: LoadedWeights | None, device: torch.device
    ) -> Any:
        """The backbone, on the device."""
        backbone = load_object(entry.spec.factory, entry)(self.params_for(entry), loaded_weights)
        backbone.to(device)
        return backbone

    @pytest.fixture
    def layers(self, entry: Component[Any]) -> tuple[str, ...]:
        """The layers that get the closer checks: the first, the middle and the last."""
        every = entry.spec.layers
        return tuple(dict.fromkeys((every[0], every[len(every) // 2], every[-1])))

    @pytest.fixture
    def image(self, device: torch.device) -> Tensor:
        """An image (1, 3, H, W)."""
        return pixels(0, self.width, self.height).to(device)

    def test_weights_are_registered(self, host: Host, entry: Component[Any]) -> None:
        """Some plugin registers weights of the network that the spec names."""
        network = entry.spec.network
        both = (host, installed_host())
        everywhere = [component for each in both for component in each.catalogue.all(WeightsSpec)]
        assert network is None or any(c.spec.network == network for c in everywhere), (
            f"The spec needs weights of '{network}', which no plugin registers: register a "
            "WeightsSpec of that network, or leave `network` out if it needs none."
        )

    def test_every_layer_comes_back(
        self, entry: Component[Any], instance: Any, image: Tensor
    ) -> None:
        """`features` returns the layers of the spec and no others, float32 and finite."""
        declared = entry.spec.layers
        assert declared, "The spec declares no `layers`."
        with torch.no_grad():
            features = instance.features(image, declared)
        missing, more = set(declared) - set(features), set(features) - set(declared)
        assert not missing, (
            f"The spec declares {sorted(missing)}, but `features` did not return them."
        )
        assert not more, f"`features` returned layers that were not requested: {sorted(more)}."
        for name, value in features.items():
            shape = tuple(value.shape)
            assert len(shape) == 4, f"'{name}' has shape {shape}, not (1, C, h, w)."
            assert shape[0] == 1, f"'{name}' has shape {shape}, not (1, C, h, w)."
            assert value.dtype is torch.float32, f"'{name}' is {value.dtype}, not float32."
            assert bool(value.isfinite().all()), f"'{name}' has values that are not finite."

    def test_a_layer_is_the_same_alone(
        self, entry: Component[Any], instance: Any, image: Tensor, layers: tuple[str, ...]
    ) -> None:
        """A layer has the same values whichever others are requested: none is overwritten."""
        with torch.no_grad():
            whole = instance.features(image, entry.spec.layers)
            for name in layers:
                alone = instance.features(image, [name])
                assert list(alone) == [name], f"For '{name}' alone it returns {list(alone)}."
                assert torch.allclose(alone[name], whole[name], rtol=1e-3, atol=1e-4), (
                    f"'{name}' differs when it is requested alone. Does a later layer work in "
                    "place (ReLU(inplace=True)), or is dropout or batch normalization training?"
                )

    def test_stride_is_that_of_the_features(
        self, entry: Component[Any], instance: Any, device: torch.device
    ) -> None:
        """`stride` is the number of pixels per position, for any size of image."""
        for width, height in ((self.width, self.height), (self.width + 7, self.height + 3)):
            with torch.no_grad():
                features = instance.features(pixels(1, width, height).to(device), entry.spec.layers)
            for name, value in features.items():
                stride = instance.stride(name)
                for have, side in zip(value.shape[-2:], (height, width), strict=True):
                    assert side // stride <= have <= -(-side // stride), (
                        f"stride('{name}') is {stride}, so {side} pixels should give about "
                        f"{side // stride} positions, but they give {have}."
                    )

    def test_gradient_reaches_the_image(
        self, instance: Any, image: Tensor, layers: tuple[str, ...]
    ) -> None:
        """Every layer has a finite gradient with respect to the image."""
        for name in layers:
            leaf = image.clone().requires_grad_()
            value = instance.features(leaf, [name])[name]
            assert value.requires_grad, (
                f"'{name}' has no gradient: no detach(), no_grad() or inference_mode()."
            )
            (gradient,) = torch.autograd.grad(value.square().sum(), leaf)
            assert bool(gradient.isfinite().all()), f"The gradient of '{name}' is not finite."
            assert float(gradient.abs().max()) > 0, f"The gradient of '{name}' is 0 everywhere."

    def test_reach_holds(self, instance: Any, image: Tensor, layers: tuple[str, ...]) -> None:
        """A feature depends on no pixel beyond its reach, by which tiles overlap.

        Some algorithms for convolutions compute squares of pixels together, so that rounding goes
        beyond; it makes no seams.
        """
        for name in layers:
            leaf = image.clone().requires_grad_()
            value = instance.features(leaf, [name])[name]
            row, column = (side // 2 for side in value.shape[-2:])
            (gradient,) = torch.autograd.grad(value[0, :, row, column].square().sum(), leaf)
            stride, reach = instance.stride(name), instance.reach([name])
            for axis, place in ((2, row), (3, column)):
                other = 5 - axis
                seen = gradient.abs().sum(dim=(0, 1, other))
                visible = (seen > ROUNDING * seen.max()).nonzero().flatten()
                if not len(visible):
                    continue
                first, last = int(visible[0]), int(visible[-1])
                beyond = max(place * stride - first, last - (place + 1) * stride + 1)
                assert beyond <= reach, (
                    f"reach(['{name}']) is {reach} pixels, but a feature sees {beyond}: images "
                    "that are optimized tile by tile would have seams."
                )

    def test_image_is_left_alone(self, entry: Component[Any], instance: Any, image: Tensor) -> None:
        """The image belongs to an optimizer: `features` must not change it."""
        with left_alone("The image", image), torch.no_grad():
            instance.features(image, entry.spec.layers)

    def test_activations_are_about_one(
        self, entry: Component[Any], instance: Any, image: Tensor
    ) -> None:
        """Activations are scaled, so that a weight means the same for every layer and network."""
        with torch.no_grad():
            for name, value in instance.features(image, entry.spec.layers).items():
                mean = float(value.abs().mean())
                assert 1 / UNIT <= mean <= UNIT, (
                    f"The mean activation of '{name}' is {mean:g}; scale layers so that it is "
                    "about 1 over natural images."
                )

    def test_memory_is_declared(self, instance: Any, layers: tuple[str, ...]) -> None:
        """`bytes_per_pixel` is a positive number: runs are tiled or refused by it."""
        size = instance.bytes_per_pixel(layers)
        assert isinstance(size, int | float), f"bytes_per_pixel returns {size!r}, not a number."
        assert 0 < size < 1e9, f"bytes_per_pixel returns {size:g}: it must be more than 0."

    def test_native_features_are_the_features(
        self, instance: Any, image: Tensor, layers: tuple[str, ...]
    ) -> None:
        """A `LowPrecisionBackbone` yields the same features one by one, apart from their dtype."""
        if not hasattr(instance, "native_features"):
            return
        with torch.no_grad():
            usual = instance.features(image, layers)
            native = dict(instance.native_features(image, layers))
        assert set(native) == set(usual), (
            f"`native_features` yields {sorted(native)} where `features` returns {sorted(usual)}."
        )
        for name, value in native.items():
            error = float((value.float() - usual[name]).norm() / usual[name].norm())
            assert error < 0.05, f"'{name}' differs by {error:.0%} between the two ways."
