"""Extras: the base makes an image, and what needs more names the extra before any work."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image

pytestmark = pytest.mark.slow

SMALL = ("--backbone", "vgg19", "--size", "64", "--steps", "2", "--device", "cpu", "--offline")

VIDEO = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomiso2" + bytes(64)
"""The first bytes of an MP4 file."""

REFUSED = {
    "content": (["run", "--content", "walk.mp4"], "walk.mp4", "video"),
    "content of a suffix in capitals": (["run", "--content", "WALK.MOV"], "WALK.MOV", "video"),
    "content of an unknown suffix": (["run", "--content", "walk.dat"], "walk.dat", "video"),
    "style": (["run", "--style", "walk.mp4@2s"], "walk.mp4", "video"),
    "result": (
        ["run", "--method", "identity", "--content", "sequence:frames", "--out", "new.mp4"],
        "new.mp4",
        "video",
    ),
    "animation": (
        ["run", "--method", "identity", "--content", "sequence:frames", "--out", "new.apng"],
        "new.apng",
        "video",
    ),
    "method": (["run", "--method", "flow", "--content", "sequence:frames"], "'flow'", "video"),
    "two models": (["run", "--method", "dual", "--content", "sequence:frames"], "'dual'", "video"),
    "moving region": (["run", "--region", "follow:box:1,1,9,9"], "follow:box", "video"),
    "object": (["run", "--region", "grabcut:10%,10%,80%,80%"], "grabcut:10%", "regions"),
    "blend": (["run", "--region", "box:1,1,30,30", "--blend", "poisson"], "'poisson'", "regions"),
    "metric": (
        ["evaluate", "ssim", "--result", "a.png", "--content", "a.png"],
        "'ssim'",
        "evaluation",
    ),
    "video metric": (["evaluate", "temporal", "--result", "frames"], "'temporal'", "video"),
    "classifier": (["evaluate", "resnet50", "--content", "a.png"], "'resnet50'", "evaluation"),
    "experiment": (
        [
            *("evaluate", "content-retention", "--dataset", "labeled", "--styles", "a.png"),
            *("--methods", "identity", "--out", "table"),
        ],
        "'style'",
        "evaluation",
    ),
    "training": (
        [
            *("train", "--method", "cyclegan", "--domain-a", "frames", "--domain-b", "frames"),
            *("--evaluate", "kid", "--out", "trained"),
        ],
        "'kid'",
        "evaluation",
    ),
    "export": (["export", "--method", "cyclegan", "--out", "film.onnx"], "film.onnx", "onnx"),
}
"""For each feature: a command, what the error names, and the extra."""


@pytest.fixture(scope="module")
def base(base_environment):
    """The environment of `pip install .`, with some inputs."""
    folder = base_environment.folder
    for name in ("walk.mp4", "WALK.MOV", "walk.dat"):
        (folder / name).write_bytes(VIDEO)
    (folder / "frames").mkdir()
    for number in range(3):
        image = Image.new("RGB", (48, 40), (80 * number, 60, 120))
        image.save(folder / "frames" / f"{number}.png")
    shutil.copy(folder / "frames" / "1.png", folder / "a.png")
    (folder / "labeled" / "tench").mkdir(parents=True)
    shutil.copy(folder / "a.png", folder / "labeled" / "tench" / "1.png")
    return base_environment


@pytest.fixture(scope="module")
def refused(base):
    """The outcome of each command."""
    before = {path.name for path in base.folder.iterdir()}
    outcomes = base.stylekit_each(*(command for command, _, _ in REFUSED.values()))
    # The cache of weights may come with any command.
    left = {path.name for path in base.folder.iterdir()} - before - {"cache"}
    return dict(zip(REFUSED, outcomes, strict=True)), left


def test_the_packages_of_the_extras_are_not_there(base):
    code = (
        "from importlib.util import find_spec as f;"
        "print([m for m in ('av', 'cv2', 'torchmetrics', 'torchvision', 'onnxscript') if f(m)])"
    )
    assert base.run("-c", code).stdout.strip() == "[]"


def test_the_base_makes_an_image(base):
    ran = base.stylekit("run", *SMALL, "--out", "first.png")
    assert ran.returncode == 0, ran.stderr
    assert Image.open(base.folder / "first.png").size == (64, 64)


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (["--region", "ellipse:10%,10%,80%,80%,grow=2,feather=3"], "region.png"),
        (["--region", "color:#804020~30", "--blend", "laplacian"], "color.png"),
        (["--color", "histogram"], "recolored.tif"),
        (["--content", "sequence:frames", "--method", "per-frame"], "frames.gif"),
        (["--content", "frames", "--style", "a.png"], "painted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_base_does_all_that_needs_no_extra(base, words, result):
    ran = base.stylekit("run", *SMALL, *words, "--out", result)
    assert ran.returncode == 0, ran.stderr
    assert (base.folder / result).exists()


@pytest.mark.parametrize("feature", REFUSED)
def test_what_needs_more_names_the_extra(refused, feature):
    outcome = refused[0][feature]
    _, named, extra = REFUSED[feature]
    assert outcome.returncode == 2, outcome.stderr
    assert named in outcome.stderr
    assert f'pip install "stylekit[{extra}]"' in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_nothing_is_begun_before(refused):
    assert refused[1] == set()


def test_components_stay_listed_with_what_they_need(base):
    text = base.stylekit("list-plugins").stdout
    for extra in ("video", "regions", "evaluation"):
        assert f"[needs stylekit[{extra}]]" in " ".join(text.split())
    (media,) = base.plugins()["media"]
    facts = {each["id"]: (each["extra"], each["installed"]) for each in media["components"]}
    assert facts["media:video"] == ("video", False)
    assert facts["media:image"] == ("", True)
    described = base.stylekit("describe", "media/video").stdout
    assert 'missing: pip install "stylekit[video]"' in " ".join(described.split())


def test_the_doctor_lists_the_extras_and_is_content(base):
    ran = base.stylekit("doctor", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    facts = json.loads(ran.stdout)
    for extra in ("video", "regions", "evaluation", "onnx"):
        assert facts[f"extra {extra}"] == f'missing: pip install "stylekit[{extra}]"'
    assert facts["problems"] == []


def test_the_commands_name_extras_that_exist(base):
    code = (
        "import importlib.metadata as m; print(*m.metadata('stylekit').get_all('Provides-Extra'))"
    )
    offered = base.run("-c", code).stdout.split()
    assert {"video", "regions", "evaluation", "onnx", "all"} <= set(offered)


def test_with_everything_installed_nothing_is_missing(builtins_environment):
    assert "[needs" not in builtins_environment.stylekit("list-plugins").stdout
    facts = json.loads(builtins_environment.stylekit("doctor", "--json").stdout)
    extras = {name: state for name, state in facts.items() if name.startswith("extra ")}
    assert len(extras) >= 4
    assert set(extras.values()) == {"installed"}


PLUGIN = """
import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_blends():
    return [
        stylekit.BlendSpec(
            name="ink",
            summary="Ink that bleeds.",
            factory="stylekit_ink.missing:Ink",
            extra="wet",
            modules=("no_such_module_of_ink",),
        )
    ]
"""


def test_third_parties_have_extras_of_their_own(
    make_environment, make_plugin, build_wheels, stylekit_wheel
):
    wheel = build_wheels(make_plugin("ink", PLUGIN))[0]
    environment = make_environment(stylekit_wheel, wheel)
    words = ("run", *SMALL, "--region", "box:1,1,30,30", "--blend", "ink")
    ran = environment.stylekit(*words)
    assert ran.returncode == 2
    assert "The blend 'ink' needs the extra 'wet' of stylekit-ink" in ran.stderr
    assert 'pip install "stylekit-ink[wet]"' in ran.stderr
    facts = json.loads(environment.stylekit("doctor", "--json").stdout)
    assert facts["extra stylekit-ink[wet]"] == 'missing: pip install "stylekit-ink[wet]"'
