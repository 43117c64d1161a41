"""What a weights component promises: see `stylekit.protocols.Weights`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from torch import Tensor

from stylekit.errors import DamagedWeightsError, UsageError
from stylekit.host import Host
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.registry.catalogue import Component
from stylekit.specs import Spec, WeightsSpec
from stylekit.testing.suite import ComponentSuite
from stylekit.weights import UserFile, WeightsSource
from stylekit.weights.cache import verify
from stylekit.weights.defaults import default_weights
from stylekit.weights.manager import WeightsManager

GARBAGE = b"These are not weights at all. " * 40


class WeightsSuite(ComponentSuite):
    """Checks of a weights component.

    Checks that need its file are skipped if that is not on this machine; nothing is downloaded.
    For a file that users bring, override the fixture `weights_file` to write a small one.
    """

    spec_type: ClassVar[type[Spec]] = WeightsSpec

    @pytest.fixture
    def weights_file(self, host: Host, entry: Component[Any]) -> Path:
        """A complete weights file."""
        place = WeightsManager(host.catalogue, {}).locate(entry)
        if place is None:
            pytest.skip(f"the file of '{entry.spec.name}' is not on this machine")
        return place[0]

    @pytest.fixture
    def decoded(self, instance: Any, weights_file: Path) -> LoadedWeights:
        """The decoded file."""
        weights: LoadedWeights = instance.decode(weights_file)
        return weights

    def test_file_is_pinned(self, entry: Component[Any]) -> None:
        """Every file except the user's own has a SHA-256, which is verified before decoding."""
        spec = entry.spec
        if spec.source.by_user:
            assert not isinstance(spec.source, UserFile) or spec.source.suffixes, (
                "Name the files that it can decode: UserFile(suffixes=...)."
            )
            return
        assert spec.sha256 is not None, "Give the file's `sha256`: nothing else is trusted."
        assert re.fullmatch(r"[0-9a-f]{8,64}", spec.sha256), (
            f"sha256={spec.sha256!r} must be 8 to 64 hexadecimal digits in small letters."
        )

    def test_source_is_safe(self, entry: Component[Any]) -> None:
        """A URL begins with https://, and a member of a package or archive stays inside it."""
        source = entry.spec.source
        url = getattr(source, "url", "")
        assert not url or url.startswith("https://"), f"{url} is not an https:// address."
        member = getattr(source, "member", "")
        assert not member.startswith("/"), f"'{member}' leads out of the package."
        assert ".." not in Path(member).parts, f"'{member}' leads out of the package."

    def test_source_is_described(self, entry: Component[Any]) -> None:
        """The source has a place, a file name, and a way to the file."""
        source = entry.spec.source
        assert source.describe(), "`describe` returns nothing: return the place of the file."
        name = source.file_name
        assert Path(name).name == name, f"file_name is {name!r}, not the name of a file alone."
        ways = (type(source).locate, type(source).fetch, type(source).accepts)
        own = (WeightsSource.locate, WeightsSource.fetch, WeightsSource.accepts)
        assert ways != own, "The source implements none of `locate`, `fetch` and `accepts`."

    def test_license_is_declared(self, entry: Component[Any]) -> None:
        """The spec declares the license, which users see when the weights are chosen."""
        assert entry.spec.license not in ("", "unknown"), "Set the `license` of the weights."

    def test_authors_are_named(self, entry: Component[Any]) -> None:
        """A Creative Commons license asks for the authors' names and for a link."""
        spec = entry.spec
        if spec.license.upper().startswith("CC-BY"):
            assert spec.authors, "The license asks for the names of the `authors`."
            assert spec.url, "The license asks for a link to the weights: set `url`."

    def test_network_has_one_default(self, host: Host, entry: Component[Any]) -> None:
        """Of the network's weights, one set is the default, which runs take."""
        try:
            default_weights(entry.spec.network, host.catalogue)
        except UsageError as error:
            pytest.fail(f"{error.message} Set `default=True` on one of them.")

    def test_file_is_the_pinned_one(self, entry: Component[Any], weights_file: Path) -> None:
        """The file on this machine has the declared checksum."""
        if entry.spec.sha256 is None:
            return
        try:
            verify(weights_file, entry.spec)
        except DamagedWeightsError as error:
            pytest.fail(f"{error.message} Has the file changed? Then change `sha256`, too.")

    def test_tensors_are_finite(self, decoded: LoadedWeights) -> None:
        """`decode` returns finite tensors by name."""
        assert len(decoded.state), "`decode` returns no tensors."
        for name, tensor in decoded.state.items():
            assert isinstance(name, str), f"The name {name!r} is not a string."
            assert isinstance(tensor, Tensor), f"'{name}' is a {type(tensor).__name__}."
            assert bool(tensor.isfinite().all()), f"'{name}' has values that are not finite."
            assert not tensor.requires_grad, f"'{name}' requires a gradient: .detach() it."

    def test_preprocessing_is_declared(self, decoded: LoadedWeights) -> None:
        """The preprocessing that the network was trained with is complete and valid."""
        values = decoded.preprocessing
        assert isinstance(values, Preprocessing), f"`preprocessing` is {values!r}."
        assert values.channels in ("RGB", "BGR"), f"channels={values.channels!r}: RGB or BGR."
        assert all(each > 0 for each in (*values.std, values.scale)), (
            f"std={values.std} and scale={values.scale} must be above 0."
        )

    def test_activations_are_positive(self, decoded: LoadedWeights) -> None:
        """Mean activations are above 0, as layers are divided by them."""
        for layer, mean in (decoded.activations or {}).items():
            assert mean > 0, (
                f"The mean activation of '{layer}' is {mean}: layers are divided by it."
            )

    def test_garbage_is_refused(self, instance: Any, entry: Component[Any], tmp_path: Path) -> None:
        """A file of the right name with wrong contents raises a DamagedWeightsError."""
        for content, what in ((GARBAGE, "garbage"), (b"", "nothing")):
            path = tmp_path / f"weights{self.suffix(entry)}"
            path.write_bytes(content)
            _refused(instance, path, f"A file with {what} in it")

    def test_half_a_file_is_refused(
        self, instance: Any, entry: Component[Any], weights_file: Path, tmp_path: Path
    ) -> None:
        """A truncated file, as a full disk leaves it, raises a DamagedWeightsError."""
        content = weights_file.read_bytes()
        path = tmp_path / f"weights{weights_file.suffix}"
        path.write_bytes(content[: len(content) // 2])
        _refused(instance, path, "Half of the file")

    def suffix(self, entry: Component[Any]) -> str:
        """Return the suffix of the component's files."""
        return Path(entry.spec.source.file_name).suffix


def _refused(weights: Any, path: Path, what: str) -> None:
    try:
        weights.decode(path)
    except DamagedWeightsError:
        return
    except Exception as error:
        pytest.fail(
            f"{what} must raise stylekit.errors.DamagedWeightsError, not {type(error).__name__}: "
            f"{error}"
        )
    pytest.fail(f"{what} must raise stylekit.errors.DamagedWeightsError; nothing was raised.")
