"""The same run twice, and a run from its record, give the same bytes."""

import json

import pytest
from PIL import Image


def numbers(details):
    """Return the parts that are equal in two equal runs."""
    left_out = {"artifact", "inputs", "seconds", "peak_memory_mb"}
    inputs = [entry["sha256"] for entries in details["inputs"].values() for entry in entries]
    kept = {key: value for key, value in details.items() if key not in left_out}
    # Where they are, seen from the record.
    places = {"content", "style"}
    config = {key: value for key, value in kept["config"].items() if key not in places}
    return {**kept, "config": config}, inputs


def test_same_seed_same_bytes(run, assert_done, record, tmp_path):
    made = ("--init", "noise", "--seed", "7", "--steps", "3")
    assert_done(run(*made, "--out", "a.png", fresh=True), "a.png")
    assert_done(run(*made, "--out", "b.png"), "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert numbers(record(tmp_path / "a.png")) == numbers(record(tmp_path / "b.png"))

    assert_done(run("--init", "noise", "--seed", "8", "--steps", "3", "--out", "c.png"), "c.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_from_the_record(run, stylekit, assert_done, record, tmp_path, elsewhere):
    settings = ("--set", "gatys.style_layers.relu5_1=0", "--set", "gatys.tv_weight=2")
    assert_done(run("--steps", "3", "--preset", "strong", *settings), "out.png")
    rerun = stylekit("run", "--config", "../out.stylekit.json", "--out", "b.png", cwd=elsewhere)
    assert_done(rerun, "b.png")
    assert (tmp_path / "out.png").read_bytes() == (elsewhere / "b.png").read_bytes()
    assert numbers(record(tmp_path / "out.png")) == numbers(record(elsewhere / "b.png"))


def test_from_the_record_with_a_first_image(run, stylekit, assert_done, tmp_path, elsewhere):
    assert_done(run("--init", "style.png"), "out.png")
    rerun = stylekit("run", "--config", "../out.stylekit.json", "--out", "b.png", cwd=elsewhere)
    assert_done(rerun, "b.png")
    assert (tmp_path / "out.png").read_bytes() == (elsewhere / "b.png").read_bytes()


def test_settings_win_over_the_record(run, stylekit, assert_done, record, tmp_path):
    assert_done(run(), "out.png")
    rerun = stylekit(
        *("run", "--config", "out.stylekit.json", "--out", "b.png"),
        *("--set", "gatys.style_weight=7", "--steps", "2"),
    )
    assert_done(rerun, "b.png")
    details = record(tmp_path / "b.png")
    assert details["steps"] == 2
    assert details["config"]["gatys:gatys"]["style_weight"] == 7


def test_from_a_record_whose_input_is_gone(run, stylekit, assert_done, assert_refused, tmp_path):
    assert_done(run(), "out.png")
    (tmp_path / "content.png").unlink()
    rerun = stylekit("run", "--config", "out.stylekit.json", "--out", "b.png")
    assert_refused(rerun, 2, "No such file", "content.png")


def test_record_holds_no_invalid_numbers(run, assert_done, tmp_path):
    assert_done(run(), "out.png")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    text = (tmp_path / "out.stylekit.json").read_text(encoding="utf-8")
    details = json.loads(text, parse_constant=refuse)
    assert {"schema", "stylekit", "config", "components", "weights", "device"} <= set(details)
    assert details["weights"]["vgg19"]["sha256"].startswith("c34748d2")


def test_what_has_changed_since_the_record_is_said(run, assert_done, images):
    assert_done(run(), "out.png")
    record = images / "out.stylekit.json"
    details = json.loads(record.read_text(encoding="utf-8"))
    details["components"][0]["version"] = 99
    details["environment"]["torch"] = "1.0"
    record.write_text(json.dumps(details), encoding="utf-8")
    Image.new("RGB", (64, 48), "red").save(images / "content.png")
    done = run("--config", "out.stylekit.json", "--out", "again.png")
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if line.startswith("Warning")]
    assert len(warnings) == 3
    assert "content.png has changed" in warnings[0]
    assert "made with version 99" in warnings[1]
    assert "made with 1.0" in warnings[2]
