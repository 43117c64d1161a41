"""Several contents with several styles, in one process."""

import shutil

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def grid(images):
    """Two contents and two styles in folders."""
    for folder, names in (("photos", "ab"), ("paintings", "xy")):
        (images / folder).mkdir()
        for number, name in enumerate(names):
            rng = np.random.default_rng(number)
            values = rng.integers(0, 255, (48, 48 + 16 * number, 3), dtype=np.uint8)
            Image.fromarray(values).save(images / folder / f"{name}.png")
    return images


OPTIONS = ("--content", "photos", "--style", "paintings", "--each-style", "--out", "done/")
NAMES = [f"done/{content}-{style}.png" for content in "ab" for style in "xy"]


def test_every_content_with_every_style(run, stylekit, grid, record):
    done = run(*OPTIONS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == NAMES
    # The networks are loaded once, and the bytes are those of one run for each picture.
    alone = run("--content", "photos/b.png", "--style", "paintings/y.png", "--out", "alone.png")
    assert alone.returncode == 0, alone.stderr
    assert (grid / "alone.png").read_bytes() == (grid / "done/b-y.png").read_bytes()
    details = record(grid / "done/b-y.png")
    assert [entry["source"] for entry in details["inputs"]["style"]] == ["../paintings/y.png"]
    again = stylekit("run", "--config", "done/b-y.stylekit.json", "--out", "again.png")
    assert again.returncode == 0, again.stderr
    assert (grid / "again.png").read_bytes() == (grid / "done/b-y.png").read_bytes()


def test_bad_files_stop_nothing_and_a_rerun_skips_what_is_done(run, grid):
    (grid / "photos/c.png").write_text("no picture")
    (grid / "paintings/z.png").write_text("no picture either")
    done = run(*OPTIONS)
    assert done.returncode == 2
    assert done.stdout.split() == NAMES
    assert "photos/c.png" in done.error
    assert "paintings/z.png" in done.error
    # Each bad file is warned of once, whatever the number of results that need it.
    assert done.stderr.count("Warning:") == 2
    made = {name: (grid / name).stat().st_mtime_ns for name in NAMES}

    shutil.copy(grid / "photos/a.png", grid / "photos/c.png")
    (grid / "done/a-y.png").unlink()
    again = run(*OPTIONS, "--resume")
    assert again.returncode == 2
    assert "photos/c.png" not in again.error
    kept = {name for name in NAMES if (grid / name).stat().st_mtime_ns == made[name]}
    assert kept == set(NAMES) - {"done/a-y.png"}
    assert (grid / "done/c-x.png").exists()


def test_styles_are_measured_once(host, read, monkeypatch):
    """Two contents in one style: the second run of the network over the style is saved."""
    from stylekit_plugins.backbones.vgg import VGG

    seen = []
    # `features` calls it too.
    features = VGG.native_features

    def counting(self, image, layers):
        seen.append((tuple(image.shape), round(float(image.detach().sum()), 2)))
        return features(self, image, layers)

    monkeypatch.setattr(VGG, "native_features", counting)
    style = read("sample:waves").resized(48, 48)
    contents = [read(f"sample:{name}").resized(48, 48) for name in ("astronaut", "coffee")]
    host.run(
        *("gatys",),
        content=contents,
        style=style,
        size=48,
        steps=1,
        backbone="vgg19",
        init="content",
    )
    key = ((1, 3, 48, 48), round(float(style.pixels.sum()), 2))
    assert seen.count(key) == 1
