"""The tab that trains: networks, their sheets, and painting with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stylekit import Host
from stylekit.records.digests import digest_of_file


def image(path: Path, side: int, color: str = "teal") -> Path:
    Image.new("RGB", (side, side), color).save(path)
    return path


def networks(artist: Any) -> list[str]:
    """Return the names in the list of trained networks."""
    artist.page.locator("#image-network input").click()
    names = artist.page.locator("#image-network [role=option]").all_inner_texts()
    artist.page.keyboard.press("Escape")
    return [name.strip().removeprefix("✓").strip() for name in names]


def test_a_painting_is_trained_and_paints(server: Any, artist: Any):
    page = artist.page
    artist.set_up_training("swirls")
    artist.run("train")
    page.locator("#train-status progress").wait_for()
    text = page.locator("#train-status").inner_text()
    assert all(word in text for word in ("px, step", "left", "style"))
    assert artist.finished("train").startswith("Done: ")
    network = server.folder / "swirls" / "network.safetensors"
    assert str(network) in page.locator("#train-status").inner_text()
    assert artist.downloaded("#train-download") == network.read_bytes()
    assert json.loads(artist.downloaded("#train-download-record")) == server.record(network)
    assert server.record(network)["config"]["fast:fast"]["size"] == 64
    sheet = page.locator("#train-sheet img")
    assert sheet.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    assert "network makes of them" in page.locator("#train-sheet figcaption").inner_text()
    # Another method must not get the network that was chosen for this one.
    page.locator("#train-paint").click()
    page.locator("#image-network input").wait_for()
    assert page.locator("#image-network input").input_value() == "swirls"
    assert page.locator("#image-method input").input_value() == "fast"
    artist.sample("#image-content", "coffee")
    artist.fill("#image-size input", "64")
    artist.run()
    assert artist.finished().startswith("Done")
    record = server.record(server.images[0])
    (weights,) = record["weights"].values()
    assert weights["sha256"] == digest_of_file(network)
    artist.choose("#image-method", "identity")
    page.locator("#image-network").wait_for(state="detached")
    artist.run()
    assert artist.finished().startswith("Done")
    assert not server.record(server.images[0])["weights"]
    artist.choose("#image-method", "fast")
    page.locator("#image-network input").wait_for()
    assert page.locator("#image-network input").input_value() == "swirls"
    # From the record of its result, too.
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-grid button").nth(1).click()
    page.locator("#gallery-again").click()
    page.locator("#image-status", has_text="Settings of an earlier run").wait_for()
    assert page.locator("#image-network input").input_value() == "swirls"


def test_stop_keeps_the_network_and_lists_it(server: Any, artist: Any):
    page = artist.page
    artist.choose("#image-method", "fast")
    page.locator("#image-network input").wait_for()
    artist.set_up_training("poppies", minutes=30)
    artist.fill("#train-fast-validate_steps input[type=number]", "100000")
    artist.fill("#train-name textarea", "../stopped: early")
    artist.run("train")
    page.locator("#train-sheet img").wait_for()
    page.locator("#train-stop").click()
    assert artist.finished("train").startswith("Stopped; the network so far is saved")
    network = server.folder / "stopped-early" / "network.safetensors"
    assert digest_of_file(network) == server.record(network)["artifact"]["sha256"]
    page.get_by_role("tab", name="Image").click()
    page.locator("#image-network input").wait_for()
    assert "poppies (stopped-early)" in networks(artist)


def test_photographs_are_learned_on_and_no_training_replaces_another(
    server: Any, artist: Any, tmp_path: Path
):
    page = artist.page
    painting = image(tmp_path / "mine.png", 96)
    photographs = [image(tmp_path / f"{color}.png", 96, color) for color in ("red", "blue")]
    artist.set_up_training(painting)
    place = page.locator("#train-photographs")
    place.locator("input[type=file]").set_input_files(photographs)
    place.get_by_text("blue").first.wait_for()
    for name in ("mine", "mine-2"):
        artist.run("train")
        assert artist.finished("train").startswith("Done")
        network = server.folder / name / "network.safetensors"
        config = server.record(network)["config"]
        inputs = [Path(text).name for text in (*config["style"], *config["dataset"])]
        stems = [text.rpartition("-")[0] for text in inputs]
        assert stems == ["mine", "red", "blue"]
        assert all((server.folder / "inputs" / text).is_file() for text in inputs)


def test_a_painting_that_is_too_small_is_an_error_in_the_tab(artist: Any, tmp_path: Path):
    page = artist.page
    page.get_by_role("tab", name="Train").click()
    page.locator("#train-run").click()
    assert "There is no painting yet" in artist.error("train")
    artist.set_up_training(image(tmp_path / "tiny.png", 20))
    page.locator("#train-run").click()
    message = page.locator("#train-status [role=alert]", has_text="20 x 20")
    message.wait_for()
    assert "32" in message.inner_text()
    page.locator("#train-run").wait_for()
    assert not page.locator("#train-paint").is_visible()


def test_what_lies_elsewhere_is_refused(server: Any, tmp_path: Path):
    from stylekit_ui.catalogue import FormCatalogue
    from stylekit_ui.edits import held
    from stylekit_ui.storage import Storage
    from stylekit_ui.train_inputs import TrainInputs

    from stylekit.errors import UsageError

    storage = Storage([], tmp_path / "runs")
    secret = image(tmp_path / "secret.png", 64)
    inputs = TrainInputs.__new__(TrainInputs)
    inputs._catalogue, inputs._storage = FormCatalogue(Host().catalogue), storage
    try:
        for painting, photographs in ((str(secret), []), ("sample:waves", [str(secret)])):
            with pytest.raises(UsageError, match="outside the results folder"):
                inputs.request([], painting, photographs, 1, "", "fast:fast", held({}))
        assert not (tmp_path / "runs").exists()
    finally:
        storage.close()


def test_networks_have_the_names_of_their_paintings(tmp_path: Path):
    from stylekit_ui.trained import network_choices

    def training(folder: str, style: str, method: str = "fast:fast") -> None:
        place = tmp_path / folder
        place.mkdir()
        file = place / "network.safetensors"
        file.write_bytes(folder.encode())
        artifact = {"file": file.name, "sha256": digest_of_file(file)}
        record = {"config": {"method": method, "style": [style]}, "artifact": artifact}
        file.with_suffix(".stylekit.json").write_text(json.dumps(record))

    training("night", "../inputs/night-0f3a12bc.jpg")
    training("night/best", "../../inputs/night-0f3a12bc.jpg")
    training("sea", "sample:waves*2")
    training("other", "sample:waves", "another:method")
    (tmp_path / "mosaic.pth").write_bytes(b"")
    choices = dict(network_choices(tmp_path, "fast:fast"))
    assert list(choices) == ["night", "waves (sea)", "night (night/best)", "mosaic.pth"]
    assert choices["mosaic.pth"] == str(tmp_path / "mosaic.pth")
    assert network_choices(tmp_path / "nowhere", "fast:fast") == []
