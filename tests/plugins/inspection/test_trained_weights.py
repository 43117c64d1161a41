"""`stylekit weights list FOLDER`: the networks that people trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stylekit.errors import InputError
from stylekit.records.digests import digest_of_file

Show = Callable[..., list[str]]


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """The folder of a training, with the best network and a sheet."""
    for folder in ("night/best", "night/samples"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("night/network", "night/best/network"):
        file = tmp_path / f"{name}.safetensors"
        file.write_bytes(b"tensors of " + name.encode())
        record = {
            "config": {"method": "fast", "style": ["../night.jpg"]},
            "artifact": {"file": file.name, "sha256": digest_of_file(file)},
        }
        file.with_suffix(".stylekit.json").write_text(json.dumps(record))
    for number in (1, 2):
        (tmp_path / f"night/samples/epoch-000{number}.png").write_bytes(b"")
    return tmp_path / "night"


def test_a_folder_lists_what_was_trained(show: Show, night: Path) -> None:
    text = "\n".join(show("weights", "list", str(night), columns=300))
    assert str(night / "network.safetensors") in text
    assert str(night / "best" / "network.safetensors") in text
    assert text.count("Trained for fast on ../night.jpg.") == 2
    assert text.count(f"Sheet: {night / 'samples' / 'epoch-0002.png'}") == 2
    assert "vgg19" not in text


def test_names_and_folders_go_together(show: Show, night: Path) -> None:
    text = "\n".join(show("weights", "list", "vgg16", str(night), columns=300))
    assert "vgg16" in text
    assert "Trained for fast" in text


def test_a_file_without_a_record_or_with_another_one_says_so(show: Show, night: Path) -> None:
    (night / "network.safetensors").write_bytes(b"others")
    (night / "best" / "network.stylekit.json").write_text("[]")
    text = "\n".join(show("weights", "list", str(night), columns=300))
    assert "not the one that its record describes" in text
    assert "No record beside it" in text


@pytest.mark.parametrize("place", ["samples", "nowhere"])
def test_a_folder_without_networks_is_an_error(show: Show, night: Path, place: str) -> None:
    with pytest.raises(InputError, match=place):
        show("weights", "list", str(night / place))
