"""The tab that trains: networks, their sheets, and painting with them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from stylekit_ui.catalogue import FormCatalogue
from stylekit_ui.run_config import TRAINED, relevant_settings, with_trained_network
from stylekit_ui.storage import Storage
from stylekit_ui.trained import network_choices

from stylekit import Host
from stylekit.errors import UsageError
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
    artist.choose("#image-network", "none")
    page.get_by_role("tab", name="Gallery").click()
    page.locator("#gallery-grid button").nth(1).click()
    page.locator("#gallery-again").click()
    shown = "document.querySelector('#image-network input')?.value === 'swirls'"
    page.wait_for_function(shown)


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
    server: Any, artist: Any, tmp_path: Path, training: Any
):
    page = artist.page
    painting = image(tmp_path / "mine.png", 80)
    photographs = [image(tmp_path / f"{color}.png", 96, color) for color in ("red", "blue")]
    artist.set_up_training(painting)
    place = page.locator("#train-photographs")
    place.locator("input[type=file]").set_input_files(photographs)
    place.get_by_text("blue").first.wait_for()
    training(server.folder / "mine", "sample:waves")
    artist.run("train")
    assert artist.finished("train").startswith("Done")
    assert "80 x 80 px" in page.locator("#train-notes").inner_text()
    config = server.record(server.folder / "mine-2" / "network.safetensors")["config"]
    inputs = [Path(text).name for text in (*config["style"], *config["dataset"])]
    assert [text.rpartition("-")[0] for text in inputs] == ["mine", "red", "blue"]
    assert all((server.folder / "inputs" / text).is_file() for text in inputs)
    assert (server.folder / "mine" / "network.safetensors").read_bytes() == b"mine"


def test_a_plateau_ends_a_training_and_the_page_says_so(artist: Any):
    # No training ends in its first half.
    artist.set_up_training(minutes=0.3)
    for name, value in {"patience": 1, "min_improvement": 0.99}.items():
        artist.fill(f"#train-fast-{name} input[type=number]", str(value))
    artist.run("train")
    assert artist.finished("train").startswith("Done: ")
    assert "does not improve any more" in artist.page.locator("#train-notes").inner_text()


def test_a_closed_page_keeps_its_network(server: Any, visit: Callable[[Any], Any]):
    artist = visit(server)
    artist.set_up_training("mosaic", minutes=30)
    artist.run("train")
    artist.page.locator("#train-sheet img").wait_for()
    artist.page.close(run_before_unload=True)
    network = server.folder / "mosaic" / "network.stylekit.json"
    end = time.monotonic() + 60
    while not network.is_file():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_other_methods_have_their_own_networks_and_published_weights(
    server: Any, artist: Any, training: Any
):
    training(server.folder / "of-fast", "sample:waves")
    training(server.folder / "season", None, "cyclegan:cyclegan")
    artist.choose("#image-method", "cyclegan")
    artist.page.locator("#image-network input").wait_for()
    assert networks(artist) == ["automatic", "season/network.safetensors", "vintagify"]


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


def test_what_lies_elsewhere_is_refused(tmp_path: Path):
    # They need Gradio.
    pytest.importorskip("gradio")
    from stylekit_ui.edits import held
    from stylekit_ui.train_config import RequestMaker

    storage = Storage([], tmp_path / "runs")
    requests = RequestMaker([], FormCatalogue(Host().catalogue), storage)
    secret = image(tmp_path / "secret.png", 64)
    try:
        for painting, photographs in ((str(secret), []), ("sample:waves", [str(secret)])):
            with pytest.raises(UsageError, match="outside the results folder"):
                requests.request(painting, photographs, 1, "", "fast:fast", held({}))
        assert not (tmp_path / "runs").exists()
    finally:
        storage.close()


def test_a_network_is_for_its_method_alone():
    catalogue = FormCatalogue(Host().catalogue)
    settings = {"seed": 1, TRAINED: {"fast:fast": "night.safetensors"}}

    def used(method: str, **more: Any) -> Any:
        return relevant_settings(catalogue, method, "", settings | more).get("weights")

    assert used("fast") == ["night.safetensors"]
    assert used("flow", **{"video:flow": {"method": "fast"}}) == ["night.safetensors"]
    assert used("flow") is used("gatys") is used("cyclegan") is None
    assert used("cyclegan", **{TRAINED: {"cyclegan:cyclegan": "vintagify"}}) == ["vintagify"]


@pytest.mark.parametrize("form", ["{}", "fast-network={}"])
def test_the_network_of_an_earlier_run_is_chosen(form: str, tmp_path: Path):
    catalogue = FormCatalogue(Host().catalogue)
    file = tmp_path / "a=b.safetensors"
    file.touch()
    config = {"method": "fast:fast", "weights": [form.format(file)], "seed": 3}
    chosen = {"method": "fast:fast", "seed": 3, TRAINED: {"fast:fast": str(file)}}
    assert with_trained_network(config, catalogue) == chosen
    for other in ({**config, "weights": ["auto"]}, {**config, "method": "gatys:gatys"}):
        assert with_trained_network(other, catalogue) == other


def test_networks_have_the_names_of_their_paintings(tmp_path: Path, training: Any):
    training(tmp_path / "night", "../inputs/night-0f3a12bc.jpg")
    training(tmp_path / "night" / "best", "../../inputs/night-0f3a12bc.jpg")
    training(tmp_path / "sea", "sample:waves*2")
    training(tmp_path / "other", "sample:waves", "another:method")
    (tmp_path / "mosaic.pth").write_bytes(b"")
    choices = dict(network_choices(tmp_path, "fast:fast"))
    assert list(choices) == ["night", "waves (sea)", "night (night/best)", "mosaic.pth"]
    assert choices["mosaic.pth"] == str(tmp_path / "mosaic.pth")
    assert network_choices(tmp_path / "nowhere", "fast:fast") == []
