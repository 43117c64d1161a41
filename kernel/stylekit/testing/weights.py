"""What a weights component promises: see `stylekit.protocols.Weights`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.host import Host
from stylekit.protocols import LoadedWeights, Preprocessing
from stylekit.registry.catalogue import Component
from stylekit.specs import Installed, Online, Spec, UserFile, WeightsSpec
from stylekit.testing.suite import ComponentSuite
from stylekit.weights.cache import verify
from stylekit.weights.manager import WeightsManager

GARBAGE = b"These are no weights at all. " * 40


class WeightsSuite(ComponentSuite):
    """Checks of a weights component.

    What needs its file is skipped where that is not on this machine; nothing is fetched. Of a
    user's own file there is none: override the fixture `weights_file` to write a small one.
    """

    spec_type: ClassVar[type[Spec]] = WeightsSpec

    @pytest.fixture
    def weights_file(self, host: Host, found: Component[Any]) -> Path:
        """A whole file."""
        place = WeightsManager(host.catalogue, {}).locate(found)
        if place is None:
            pytest.skip(f"the file of '{found.spec.name}' is not on this machine")
        return place[0]

    @pytest.fixture
    def decoded(self, made: Any, weights_file: Path) -> LoadedWeights:
        """What the file holds."""
        parameters: LoadedWeights = made.decode(weights_file)
        return parameters

    def test_file_is_pinned(self, found: Component[Any]) -> None:
        """Everything that is not the user's own file is verified before it is decoded."""
        spec = found.spec
        if isinstance(spec.source, UserFile):
            assert spec.source.suffixes, "Say which files it can decode: UserFile(suffixes=...)."
            return
        assert spec.sha256 is not None, "Give the file's `sha256`: nothing else is trusted."
        assert re.fullmatch(r"[0-9a-f]{8,64}", spec.sha256), (
            f"sha256={spec.sha256!r} must be 8 to 64 hexadecimal digits in small letters."
        )

    def test_source_is_safe(self, found: Component[Any]) -> None:
        """A file inside a package stays inside, and an address is encrypted."""
        source = found.spec.source
        if isinstance(source, Online):
            assert source.url.startswith("https://"), f"{source.url} is no https:// address."
        member = source.member if isinstance(source, Installed) else getattr(source, "member", "")
        assert not member.startswith("/"), f"'{member}' leads out of the package."
        assert ".." not in Path(member).parts, f"'{member}' leads out of the package."

    def test_license_is_told(self, found: Component[Any]) -> None:
        """Users are told it when the weights are chosen."""
        assert found.spec.license not in ("", "unknown"), "Say under which `license` they are."

    def test_file_is_the_pinned_one(self, found: Component[Any], weights_file: Path) -> None:
        """The file that is here has the checksum."""
        try:
            verify(weights_file, found.spec)
        except DamagedWeightsError as error:
            pytest.fail(f"{error.message} Has the file changed? Then change `sha256`, too.")

    def test_tensors_are_finite(self, decoded: LoadedWeights) -> None:
        """A mapping of tensors by name."""
        assert len(decoded.state), "`decode` returns no tensors."
        for name, tensor in decoded.state.items():
            assert isinstance(name, str), f"The name {name!r} is no text."
            assert isinstance(tensor, Tensor), f"'{name}' is a {type(tensor).__name__}."
            assert bool(tensor.isfinite().all()), f"'{name}' has values that are not finite."
            assert not tensor.requires_grad, f"'{name}' is to be trained: .detach() it."

    def test_preprocessing_is_told(self, decoded: LoadedWeights) -> None:
        """Who uses them has to know what they were trained on."""
        told = decoded.preprocessing
        assert isinstance(told, Preprocessing), f"`preprocessing` is {told!r}."
        assert told.channels in ("RGB", "BGR"), f"channels={told.channels!r}: RGB or BGR."
        assert all(each > 0 for each in (*told.std, told.scale)), (
            f"std={told.std} and scale={told.scale} must be above 0."
        )

    def test_activations_are_positive(self, decoded: LoadedWeights) -> None:
        """Layers are divided by them."""
        for layer, mean in (decoded.activations or {}).items():
            assert mean > 0, (
                f"The mean activation of '{layer}' is {mean}: layers are divided by it."
            )

    def test_garbage_is_refused(self, made: Any, found: Component[Any], tmp_path: Path) -> None:
        """A file of the right name with anything in it."""
        for content, what in ((GARBAGE, "anything"), (b"", "nothing")):
            path = tmp_path / f"weights{self.suffix(found)}"
            path.write_bytes(content)
            _refused(made, path, f"A file with {what} in it")

    def test_half_a_file_is_refused(
        self, made: Any, found: Component[Any], weights_file: Path, tmp_path: Path
    ) -> None:
        """As a full disk leaves it."""
        content = weights_file.read_bytes()
        path = tmp_path / f"weights{weights_file.suffix}"
        path.write_bytes(content[: len(content) // 2])
        _refused(made, path, "Half of the file")

    def suffix(self, found: Component[Any]) -> str:
        """Return the suffix of the component's files."""
        source = found.spec.source
        if isinstance(source, UserFile):
            return (*source.suffixes, "")[0]
        return Path(source.url if isinstance(source, Online) else source.member).suffix


def _refused(made: Any, path: Path, what: str) -> None:
    try:
        made.decode(path)
    except DamagedWeightsError:
        return
    except Exception as error:
        pytest.fail(
            f"{what} must raise stylekit.errors.DamagedWeightsError, not {type(error).__name__}: "
            f"{error}"
        )
    pytest.fail(f"{what} must raise stylekit.errors.DamagedWeightsError; nothing was raised.")
