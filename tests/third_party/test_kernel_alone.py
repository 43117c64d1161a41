"""The kernel without its built-in plugins, and one stranger that supplies what a picture needs."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile

import pytest

pytestmark = pytest.mark.slow

MANIFEST = """
import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods():
    return [
        stylekit.MethodSpec(
            name="negative",
            summary="Photographic negative.",
            styles=(0, 0),
            factory="stylekit_tiny.work:Negative",
            params="stylekit_tiny.params:NegativeParams",
        )
    ]


@stylekit.hookimpl
def register_media():
    return [
        stylekit.MediaSpec(
            name="ppm",
            summary="Portable pixmaps.",
            schemes=("gray",),
            suffixes=(".ppm",),
            writes=(".ppm",),
            factory="stylekit_tiny.work:Ppm",
        )
    ]
"""

PARAMS = """
from pydantic import Field
from stylekit import Params


class NegativeParams(Params):
    strength: float = Field(1.0, ge=0, le=1, description="0 changes nothing.")
"""

WORK = """
import numpy as np
import torch
from stylekit import Clip, Frame, Method, Stage, Step


class Negative(Method):
    def __init__(self, params):
        self.strength = params.strength

    def check(self, specs):
        assert not specs

    def stylize(self, job):
        image = job.content.image
        stage = Stage("negative", 1, image.width, image.height)
        yield stage
        pixels = torch.lerp(image.pixels, 1 - image.pixels, self.strength)
        clip = Clip((image.with_pixels(pixels),), job.content.origin)
        yield Step(stage, 1, {"total": torch.zeros(())}, lambda: clip)
        return clip

    def assess(self, job, result):
        return {"total": float(result.image.pixels.mean())}


class Ppm:
    def __init__(self, params):
        pass

    def read(self, source):
        if source.endswith(".ppm"):
            with open(source, "rb") as file:
                width, height = map(int, file.read().split(None, 4)[1:3])
                file.seek(-3 * width * height, 2)
                array = np.frombuffer(file.read(), np.uint8).reshape(height, width, 3)
        else:
            array = np.full((8, 12, 3), int(source), np.uint8)
        return Clip((Frame.from_array(array, source),), source)

    def write(self, clip, path):
        array = clip.image.to_array()
        with open(path, "wb") as file:
            file.write(b"P6\\n%d %d\\n255\\n" % (array.shape[1], array.shape[0]))
            file.write(array.tobytes())
"""


@pytest.fixture(scope="module")
def kernel_wheel(stylekit_wheel, tmp_path_factory):
    """The wheel without any built-in plugin."""
    return without_plugins(stylekit_wheel, tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def running_wheel(stylekit_wheel, tmp_path_factory):
    """The wheel with nothing but what runs methods and shows plugins."""
    return without_plugins(
        stylekit_wheel, tmp_path_factory.mktemp("running"), but=("execution", "inspection")
    )


def without_plugins(stylekit_wheel, folder, but=()):
    """Write the wheel without built-in plugins and their entry points; still a wheel to pip."""
    target = folder / stylekit_wheel.name
    kept = ("stylekit_plugins/__init__.py", *(f"stylekit_plugins/{name}/" for name in but))
    points = [f"{name} = stylekit_plugins.{name}\n" for name in but]
    record = []
    with zipfile.ZipFile(stylekit_wheel) as whole, zipfile.ZipFile(target, "w") as kernel:
        for name in whole.namelist():
            if name.startswith("stylekit_plugins/") and not (but and name.startswith(kept)):
                continue
            data = whole.read(name)
            if name.endswith("/RECORD"):
                data = "".join([*record, f"{name},,\n"]).encode()
            elif name.endswith("/entry_points.txt"):
                script = "[console_scripts]\nstylekit = stylekit.cli.main:main\n"
                data = "".join([script, "[stylekit]\n", *points]).encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
            kernel.writestr(name, data)
    return target


def test_the_kernel_says_that_it_has_no_plugins(make_environment, kernel_wheel):
    environment = make_environment(kernel_wheel)
    assert environment.stylekit("--version").returncode == 0
    assert environment.run("-c", "import stylekit_plugins").returncode == 1
    ran = environment.stylekit("run")
    assert ran.returncode == 2
    assert "no plugins" in ran.stderr
    called = environment.run("-c", "import stylekit; stylekit.run('negative')")
    assert "Unknown method 'negative'" in called.stderr


def test_what_runs_is_a_plugin_too(make_environment, running_wheel):
    environment = make_environment(running_wheel)
    assert set(environment.plugins()) == {"execution", "inspection"}
    ran = environment.stylekit("run")
    assert ran.returncode == 2
    assert "No method is chosen" in ran.stderr


def test_one_stranger_is_enough_for_a_image(
    make_environment, running_wheel, make_plugin, build_wheels
):
    project = make_plugin("tiny", MANIFEST, modules={"work": WORK, "params": PARAMS})
    environment = make_environment(running_wheel, *build_wheels(project))
    assert set(environment.plugins()) == {"tiny", "execution", "inspection"}
    (environment.folder / "again.toml").write_text(
        'method = "tiny:negative"\ncontent = "one.ppm"\nsize = 6\n[negative]\nstrength = 0\n'
    )
    made, again, unknown, unwritable = environment.stylekit_each(
        ["run", "--json", "--method", "negative", "--content", "gray:55", "--out", "one.ppm"],
        ["run", "--config", "again.toml", "--out", "two.ppm"],
        ["run", "--method", "negativ", "--content", "gray:55"],
        ["run", "--method", "negative", "--content", "gray:55", "--out", "one.png"],
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["artifacts"] == ["one.ppm"]
    assert (environment.folder / "one.ppm").read_bytes() == b"P6\n12 8\n255\n" + bytes([200] * 288)
    record = json.loads((environment.folder / "one.stylekit.json").read_text())
    (part,) = record["components"]
    assert part["id"] == "tiny:negative"
    assert (part["distribution"], part["distribution_version"]) == ("stylekit-tiny", "1.2.3")
    assert record["losses"]["total"] == pytest.approx(200 / 255)
    assert again.returncode == 0, again.stderr
    assert (environment.folder / "two.ppm").read_bytes() == b"P6\n6 4\n255\n" + bytes([200] * 72)
    assert unknown.returncode == 2
    assert "negative" in unknown.stderr
    assert unwritable.returncode == 2
    assert ".ppm" in unwritable.stderr
