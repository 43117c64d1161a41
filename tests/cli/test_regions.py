"""`--region`: what lies outside stays what it was, to the byte."""

import json

import numpy as np
import pytest
from PIL import Image


def values(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def photo(images):
    """A picture that is as large as the result, so that pixels can be compared."""
    rng = np.random.default_rng(5)
    Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(images / "content.png")
    return images


RUN = ("--size", "64", "--steps", "3", "--set", "gatys.min_size=64")


@pytest.mark.parametrize(
    ("region", "inside"),
    [
        ("box:16,8,32,24", (slice(8, 32), slice(16, 48))),
        ("box:25%,1/6,50%,50%", (slice(8, 32), slice(16, 48))),
        ("box:16,8,32,24,feather=6", (slice(8, 32), slice(16, 48))),
        ("box:18,10,28,20,grow=2", (slice(8, 32), slice(16, 48))),
    ],
)
def test_pixels_outside_are_the_contents(run, photo, region, inside):
    done = run(*RUN, "--region", region)
    assert done.returncode == 0, done.stderr
    changed = (values(photo / "out.png") != values(photo / "content.png")).any(axis=2)
    within = np.zeros((48, 64), bool)
    within[inside] = True
    assert not changed[~within].any()
    # A random picture that was painted over: few pixels stay by chance.
    assert changed[within].mean() > (0.95 if "feather" not in region else 0.6)


def test_inverted_it_is_the_other_way_round(run, photo):
    done = run(*RUN, "--region", "box:16,8,32,24,invert")
    assert done.returncode == 0, done.stderr
    changed = (values(photo / "out.png") != values(photo / "content.png")).any(axis=2)
    assert not changed[8:32, 16:48].any()
    assert changed[:8].mean() > 0.95


def test_a_soft_edge_is_a_mixture(run, photo):
    """Feathering goes inwards: the nearer the edge, the more of the photograph."""
    assert run(*RUN, "--region", "box:8,8,48,32,feather=12").returncode == 0
    difference = np.abs(values(photo / "out.png") - values(photo / "content.png")).mean(axis=2)
    rings = [difference[8 + k : 40 - k, 8 + k : 56 - k] for k in (0, 4, 12)]
    edges = [np.concatenate((r[0], r[-1], r[:, 0], r[:, -1])).mean() for r in rings]
    assert edges[0] < edges[1] < edges[2]


def test_a_mask_file_and_a_method_that_knows_no_regions(run, photo):
    mask = np.zeros((48, 64), np.uint8)
    mask[:, :20] = 255
    Image.fromarray(mask).save(photo / "mask.png")
    done = run(
        "--method",
        "arbitrary",
        "--size",
        "64",
        "--region",
        "mask.png",
        without=("--steps", "--backbone"),
    )
    assert done.returncode == 0, done.stderr
    changed = (values(photo / "out.png") != values(photo / "content.png")).any(axis=2)
    assert not changed[:, 20:].any()
    assert changed[:, :20].mean() > 0.95


def test_one_style_a_region(run, photo):
    """Each half takes on the color of its own style."""
    for name, color in (("red.png", (200, 30, 30)), ("blue.png", (30, 30, 200))):
        Image.new("RGB", (64, 64), color).save(photo / name)
    done = run(
        *("--style", "red.png", "--style", "blue.png", "--region", "box:0,0,50%,100%"),
        *("--region", "rest", "--size", "64", "--steps", "20", "--set", "gatys.min_size=64"),
        *("--set", "gatys.style_weight=3000", "--init", "content"),
    )
    assert done.returncode == 0, done.stderr
    made = values(photo / "out.png")
    left, right = made[:, :24].mean(axis=(0, 1)), made[:, 40:].mean(axis=(0, 1))
    assert left[0] > left[2] + 30, left
    assert right[2] > right[0] + 30, right


def test_the_record_repeats_it_and_knows_the_mask(run, stylekit, photo, record):
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, 10:30] = 255
    Image.fromarray(mask).save(photo / "mask.png")
    assert run(*RUN, "--region", "mask.png,feather=2").returncode == 0
    details = record(photo / "out.png")
    assert details["inputs"]["region"][0]["source"].endswith("mask.png")
    assert len(details["inputs"]["region"][0]["sha256"]) == 64
    (photo / "elsewhere").mkdir()
    again = stylekit(
        *("run", "--config", "../out.stylekit.json", "--out", "b.png"), cwd=photo / "elsewhere"
    )
    assert again.returncode == 0, again.stderr
    assert (photo / "elsewhere/b.png").read_bytes() == (photo / "out.png").read_bytes()
    Image.fromarray(255 - mask).save(photo / "mask.png")
    changed = stylekit("run", "--config", "out.stylekit.json", "--out", "c.png")
    assert "has changed since the record" in changed.stderr
    assert (photo / "c.png").read_bytes() != (photo / "out.png").read_bytes()
    assert (
        json.loads((photo / "c.stylekit.json").read_text())["fingerprint"]
        != (details["fingerprint"])
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--region", "bos:1,2,3,4"), ("bos:1,2,3,4", "no region")),
        (("--region", "mask.png"), ("mask.png",)),
        (("--region", "box:1,2,3,4,feather=wide"), ("wide", "not a length")),
        (("--region", "box:1,2,3"), ("box:1,2,3",)),
        (("--region", "box:500,500,10,10"), ("box:500,500,10,10", "nothing")),
        (("--region", ""), ("region",)),
        (
            (
                "--style",
                "content.png",
                "--style",
                "style.png",
                *(x for _ in range(3) for x in ("--region", "rest")),
            ),
            ("3 regions", "2 styles"),
        ),
    ],
)
def test_bad_regions(run, photo, assert_refused, options, words):
    assert_refused(run(*RUN, *options), 2, *words)


def test_the_record_knows_a_file_behind_a_scheme(run, images, record) -> None:
    cutout = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    cutout.paste((255, 255, 255, 255), (10, 10, 40, 40))
    cutout.save(images / "cutout.png")
    assert run("--region", "alpha:cutout.png,feather=2").returncode == 0
    known = record(images / "out.png")
    assert known["config"]["region"] == ["alpha:cutout.png,feather=2"]
    (source,) = known["inputs"]["region"]
    assert len(source["sha256"]) == 64


def test_bad_numbers_are_told_before_weights_are_looked_for(run, photo):
    (photo / "damaged.pth").write_bytes(b"no weights")
    done = run(*RUN, "--region", "box:1,2,x", "--weights", str(photo / "damaged.pth"))
    assert done.returncode == 2
    assert "'x' (number 3)" in done.stderr
