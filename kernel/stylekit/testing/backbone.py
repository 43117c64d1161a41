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

UNIT = 50.0
"""A mean activation within this factor of 1 is about 1."""


class BackboneSuite(ComponentSuite):
    """Checks of a backbone.

    Where its weights are not on this machine, what needs them is skipped; nothing is fetched.

    Attributes:
        width: of the picture that features are taken of, in pixels.
        height: likewise; no multiple of a stride, as most pictures are not.
    """

    spec_type: ClassVar[type[Spec]] = BackboneSpec
    width: ClassVar[int] = 90
    height: ClassVar[int] = 70

    @pytest.fixture
    def trained(self, host: Host, found: Component[Any]) -> LoadedWeights | None:
        """The parameters that it is made with; None: it needs none. Override it for others."""
        if found.spec.network is None:
            return None
        try:
            return WeightsManager(host.catalogue, {}, offline=True).load(found.spec.network)
        except WeightsError as error:
            pytest.skip(error.message)

    @pytest.fixture
    def made(
        self, found: Component[Any], trained: LoadedWeights | None, device: torch.device
    ) -> Any:
        """The backbone, on the device."""
        backbone = load_object(found.spec.factory, found)(self.parameters_of(found), trained)
        backbone.to(device)
        return backbone

    @pytest.fixture
    def layers(self, found: Component[Any]) -> tuple[str, ...]:
        """The layers that are looked at closely: the first, the middle and the last."""
        every = found.spec.layers
        return tuple(dict.fromkeys((every[0], every[len(every) // 2], every[-1])))

    @pytest.fixture
    def image(self, device: torch.device) -> Tensor:
        """A picture (1, 3, H, W)."""
        return pixels(0, self.width, self.height).to(device)

    def test_weights_are_offered(self, host: Host, found: Component[Any]) -> None:
        """A network that the spec names must have weights somewhere."""
        network = found.spec.network
        both = (host, installed_host())
        everywhere = [component for each in both for component in each.catalogue.all(WeightsSpec)]
        assert network is None or any(c.spec.network == network for c in everywhere), (
            f"The spec asks for weights of '{network}', which no plugin offers: register a "
            "WeightsSpec of that network, or leave `network` out if it needs none."
        )

    def test_every_layer_comes_back(self, found: Component[Any], made: Any, image: Tensor) -> None:
        """All that the spec declares, and nothing else; float32 and finite."""
        declared = found.spec.layers
        assert declared, "The spec declares no `layers`."
        with torch.no_grad():
            features = made.features(image, declared)
        missing, more = set(declared) - set(features), set(features) - set(declared)
        assert not missing, f"The spec declares {sorted(missing)}, and they did not come back."
        assert not more, f"Layers came back that nobody asked for: {sorted(more)}."
        for name, value in features.items():
            shape = tuple(value.shape)
            assert len(shape) == 4, f"'{name}' has shape {shape}, not (1, C, h, w)."
            assert shape[0] == 1, f"'{name}' has shape {shape}, not (1, C, h, w)."
            assert value.dtype is torch.float32, f"'{name}' is {value.dtype}, not float32."
            assert bool(value.isfinite().all()), f"'{name}' has values that are not finite."

    def test_a_part_is_like_the_whole(
        self, found: Component[Any], made: Any, image: Tensor, layers: tuple[str, ...]
    ) -> None:
        """A layer is the same whichever others are asked for: none is overwritten."""
        with torch.no_grad():
            whole = made.features(image, found.spec.layers)
            for name in layers:
                alone = made.features(image, [name])
                assert list(alone) == [name], f"Asked for '{name}', it returns {list(alone)}."
                assert torch.allclose(alone[name], whole[name], rtol=1e-3, atol=1e-4), (
                    f"'{name}' differs when it is asked for alone. Does a later layer work in "
                    "place (ReLU(inplace=True)), or is dropout or batch normalization training?"
                )

    def test_stride_is_that_of_the_features(
        self, found: Component[Any], made: Any, device: torch.device
    ) -> None:
        """`stride` says how many pixels one position stands for, for any size of picture."""
        for width, height in ((self.width, self.height), (self.width + 7, self.height + 3)):
            with torch.no_grad():
                features = made.features(pixels(1, width, height).to(device), found.spec.layers)
            for name, value in features.items():
                stride = made.stride(name)
                for have, side in zip(value.shape[-2:], (height, width), strict=True):
                    assert side // stride <= have <= -(-side // stride), (
                        f"stride('{name}') is {stride}; so {side} pixels should give about "
                        f"{side // stride} positions, and they give {have}."
                    )

    def test_gradient_reaches_the_image(
        self, made: Any, image: Tensor, layers: tuple[str, ...]
    ) -> None:
        """That is what a backbone is for."""
        for name in layers:
            leaf = image.clone().requires_grad_()
            value = made.features(leaf, [name])[name]
            assert value.requires_grad, (
                f"'{name}' has no gradient: no detach(), no_grad() or inference_mode()."
            )
            (gradient,) = torch.autograd.grad(value.square().sum(), leaf)
            assert bool(gradient.isfinite().all()), f"The gradient of '{name}' is not finite."
            assert float(gradient.abs().max()) > 0, f"The gradient of '{name}' is 0 everywhere."

    def test_reach_holds(self, made: Any, image: Tensor, layers: tuple[str, ...]) -> None:
        """A feature depends on no pixel beyond its reach: tiles are cut by it."""
        for name in layers:
            leaf = image.clone().requires_grad_()
            value = made.features(leaf, [name])[name]
            row, column = (side // 2 for side in value.shape[-2:])
            (gradient,) = torch.autograd.grad(value[0, :, row, column].square().sum(), leaf)
            stride, reach = made.stride(name), made.reach([name])
            for axis, place in ((2, row), (3, column)):
                other = 5 - axis
                seen = gradient.abs().sum(dim=(0, 1, other)).nonzero().flatten()
                if not len(seen):
                    continue
                first, last = int(seen[0]), int(seen[-1])
                beyond = max(place * stride - first, last - (place + 1) * stride + 1)
                assert beyond <= reach, (
                    f"reach(['{name}']) is {reach} pixels, and a feature sees {beyond}: pictures "
                    "that are done in tiles would have seams."
                )

    def test_image_is_left_alone(self, found: Component[Any], made: Any, image: Tensor) -> None:
        """The picture is an optimizer's."""
        with left_alone("The picture", image), torch.no_grad():
            made.features(image, found.spec.layers)

    def test_activations_are_about_one(
        self, found: Component[Any], made: Any, image: Tensor
    ) -> None:
        """So a weight means the same for every layer and network."""
        with torch.no_grad():
            for name, value in made.features(image, found.spec.layers).items():
                mean = float(value.abs().mean())
                assert 1 / UNIT <= mean <= UNIT, (
                    f"The mean activation of '{name}' is {mean:g}; scale layers so that it is "
                    "about 1 over natural pictures."
                )

    def test_memory_is_told(self, made: Any, layers: tuple[str, ...]) -> None:
        """A run is refused, or done in tiles, by what this says."""
        told = made.bytes_per_pixel(layers)
        assert isinstance(told, int | float), f"bytes_per_pixel returns {told!r}, and no number."
        assert 0 < told < 1e9, f"bytes_per_pixel says {told:g}: it must be more than 0."

    def test_native_features_are_the_features(
        self, made: Any, image: Tensor, layers: tuple[str, ...]
    ) -> None:
        """A `LowPrecisionBackbone` gives the same one by one, but for its number format."""
        if not hasattr(made, "native_features"):
            return
        with torch.no_grad():
            usual = made.features(image, layers)
            native = dict(made.native_features(image, layers))
        assert set(native) == set(usual), (
            f"`native_features` yields {sorted(native)} where `features` returns {sorted(usual)}."
        )
        for name, value in native.items():
            error = float((value.float() - usual[name]).norm() / usual[name].norm())
            assert error < 0.05, f"'{name}' differs by {error:.0%} between the two ways."
