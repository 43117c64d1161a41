"""A record names no user, and runs again where it and its inputs were moved to."""

import json

import pytest
from PIL import Image


def identity(stylekit, *args, **options):
    return stylekit("run", "--method", "identity", "--size", "24", *args, **options)


@pytest.fixture
def project(images):
    """`project/photos/a.png`, `project/mask.png` and a folder for results."""
    folder = images / "project"
    (folder / "photos").mkdir(parents=True)
    (folder / "results").mkdir()
    (images / "content.png").rename(folder / "photos" / "a.png")
    Image.new("L", (64, 48), 255).save(folder / "mask.png")
    return folder


def test_a_folder_with_record_and_inputs_can_be_moved(stylekit, project, images, record):
    made = identity(
        *(stylekit, "--content", project / "photos" / "a.png"),
        *("--region", f"{project / 'mask.png'},feather=2", "--out", project / "results" / "b.png"),
    )
    assert made.returncode == 0, made.stderr
    details = record(project / "results" / "b.png")
    assert details["config"]["content"] == ["../photos/a.png"]
    assert details["config"]["region"] == ["../mask.png,feather=2"]
    assert details["inputs"]["content"][0]["source"] == "../photos/a.png"
    assert str(images) not in json.dumps(details)
    project.rename(images / "elsewhere")
    place = images / "elsewhere" / "results"
    again = stylekit(*("run", "--config", place / "b.stylekit.json", "--out", "again.png"))
    assert again.returncode == 0, again.stderr
    assert "Warning" not in again.stderr
    assert (place / "b.png").read_bytes() == (images / "again.png").read_bytes()


def test_inputs_beside_the_record_are_found_by_their_digest(stylekit, project, images):
    made = identity(
        stylekit, "--content", project / "photos" / "a.png", "--out", project / "results" / "b.png"
    )
    assert made.returncode == 0, made.stderr
    gift = images / "gift"
    gift.mkdir()
    (project / "results" / "b.stylekit.json").rename(gift / "b.stylekit.json")
    (project / "photos" / "a.png").rename(gift / "renamed.png")
    Image.new("RGB", (8, 8)).save(gift / "a.png")
    again = stylekit("run", "--config", gift / "b.stylekit.json", "--out", "again.png")
    assert again.returncode == 0, again.stderr
    assert "content ../photos/a.png is now" in again.stderr
    assert "renamed.png, by its SHA-256" in again.stderr
    assert (project / "results" / "b.png").read_bytes() == (images / "again.png").read_bytes()


def test_the_home_folder_is_not_named(stylekit, images, record, tmp_path_factory):
    home = tmp_path_factory.mktemp("home") / "alice"
    (home / "Pictures").mkdir(parents=True)
    (images / "content.png").rename(home / "Pictures" / "a.png")
    (home / "results").mkdir()
    env = {"HOME": str(home), "USERPROFILE": str(home)}
    for out in (home / "results" / "b.png", images / "far.png"):
        made = identity(stylekit, "--content", home / "Pictures" / "a.png", "--out", out, env=env)
        assert made.returncode == 0, made.stderr
    assert record(home / "results" / "b.png")["config"]["content"] == ["~/Pictures/a.png"]
    again = stylekit(
        *("run", "--config", home / "results" / "b.stylekit.json", "--out", "again.png"), env=env
    )
    assert again.returncode == 0, again.stderr
    assert "Warning" not in again.stderr


@pytest.mark.parametrize("name", ["auto", "vgg19=auto", "rest", "identity", "0", "~", "a*2"])
def test_a_file_of_an_unlucky_name_changes_no_record(stylekit, images, name):
    (images / name).write_text("no picture", encoding="utf-8")
    made = identity(stylekit, "--content", "content.png", "--out", "a.png")
    assert made.returncode == 0, made.stderr
    text = (images / "a.stylekit.json").read_text(encoding="utf-8")
    assert json.loads(text)["config"]["weights"] == ["auto"]
    again = stylekit("run", "--config", "a.stylekit.json", "--out", "b.png")
    assert again.returncode == 0, again.stderr


def test_a_sample_is_no_file_of_its_name(stylekit, images, record):
    (images / "coffee").mkdir()
    made = identity(stylekit, "--content", "sample:coffee", "--out", "a.png")
    assert made.returncode == 0, made.stderr
    assert record(images / "a.png")["config"]["content"] == ["sample:coffee"]


@pytest.mark.parametrize(
    "name", ["plain", "~me.png", "a*2.png", "x@1s.png", "night:2.png", "a=b.png"]
)
def test_content_of_an_unlucky_name_is_found_again(stylekit, images, name):
    (images / "content.png").rename(images / name)
    made = identity(stylekit, "--content", f"./{name}", "--out", "results/a.png")
    assert made.returncode == 0, made.stderr
    (images / "cwd").mkdir()
    again = stylekit(
        *("run", "--config", "../results/a.stylekit.json", "--out", "b.png"), cwd=images / "cwd"
    )
    assert again.returncode == 0, again.stderr
    assert "Warning" not in again.stderr


def test_weights_are_recorded_to_the_last_digit(stylekit, images, record):
    weight = 0.1234567890123
    made = identity(
        *(stylekit, "--content", "content.png", "--style", f"style.png*{weight}"),
        *("--style", "content.png*1e-07", "--out", "a.png"),
    )
    assert made.returncode == 0, made.stderr
    style = record(images / "a.png")["config"]["style"]
    assert style == [f"style.png*{weight}", "content.png*1e-07"]
