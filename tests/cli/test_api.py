"""The same from Python: pictures in memory in, pictures out, and nothing written unasked."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image

import stylekit
from stylekit.errors import InputError, Interrupted, UsageError

SMALL = {"backbone": "vgg19", "size": 48, "steps": 1}


@pytest.fixture(autouse=True)
def _one_thread():
    """Pictures are tiny: a second thread would only wait for the first one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def here(images, monkeypatch):
    monkeypatch.chdir(images)
    return images


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_every_kind_of_image(here):
    path = here / "content.png"
    array = np.asarray(Image.open(path))
    tensor = torch.from_numpy(array.astype(np.float32) / 255).permute(2, 0, 1)
    contents = [path, str(path), Image.open(path), array, tensor, tensor[None]]
    result = stylekit.run(content=contents, style=Image.open("style.png"), **SMALL)
    assert len(result.images) == len(contents)
    for image in result.images:
        assert (image.width, image.height) == (48, 36)
        assert torch.equal(image.pixels, result.images[0].pixels)
    assert result.steps == len(contents)
    assert result.losses["total"] > 0
    assert result.artifacts == []
    assert result.record["config"]["method"] == "gatys:gatys"
    assert names(here) == {"content.png", "style.png"}


@pytest.mark.parametrize("wrong", [3, {"a": 1}, np.zeros((4, 4, 7)), torch.zeros(5), b"picture"])
def test_no_image_at_all(here, wrong):
    with pytest.raises(InputError, match="image"):
        stylekit.run(content=wrong, style="style.png", **SMALL)


def test_unknown_argument(here):
    with pytest.raises(UsageError, match=r"'stepps'[\s\S]*Did you mean 'steps'"):
        stylekit.run(content="content.png", style="style.png", stepps=1)


def test_step_by_step(here):
    run = stylekit.iterate(
        content="content.png",
        style=["style.png*2", "content.png"],
        out="out.png",
        **SMALL | {"steps": 4},
    )
    seen = []
    for step in run:
        seen.append(step.index)
        assert float(step.losses["total"]) > 0
        snapshot = step.snapshot().image
        assert (snapshot.width, snapshot.height) == (48, 36)
        assert not (here / "out.png").exists()
    assert seen == [1, 2, 3, 4]
    assert run.result.steps == 4
    assert names(here) == {"content.png", "style.png", "out.png", "out.stylekit.json"}


def test_stopping_early_keeps_the_best_image(here):
    run = stylekit.iterate(content="content.png", style="style.png", out="out.png", **SMALL)
    for _ in run:
        break
    del run
    assert names(here) == {"content.png", "style.png", "out.png", "out.stylekit.json"}


def test_first_images(here):
    """Each initial image leads to another result, and each is reproducible from its record."""
    results = {}
    for init in ("content", "style", "noise", "mixup", "style.png"):
        result = stylekit.run(
            content="content.png", style="content.png", init=init, **SMALL | {"steps": 2}
        )
        expected = str(here / init) if init == "style.png" else init
        assert result.record["config"]["gatys:gatys"]["init"] == expected
        assert result.image.pixels.isfinite().all()
        results[init] = result.image.pixels
    # With one image for content and style, both are the same initial image.
    assert torch.equal(results["content"], results["style"])
    assert not torch.equal(results["content"], results["noise"])
    assert not torch.equal(results["content"], results["style.png"])


# A method in this process: all that a plugin needs.


class InvertParams(stylekit.Params):
    strength: float = 1.0


@dataclass
class Invert(stylekit.Method):
    params: InvertParams

    def check(self, specs):
        assert not specs

    def stylize(self, job):
        image = job.content.image
        stage = stylekit.Stage("invert", 1, image.width, image.height, total_steps=1)
        yield stage
        pixels = torch.lerp(image.pixels, 1 - image.pixels, self.params.strength)
        clip = stylekit.Clip((image.with_pixels(pixels),), job.content.origin)
        yield stylekit.Step(stage, 1, {"total": torch.zeros(())}, lambda: clip)
        return clip


class InterruptedInvert(Invert):
    def assess(self, job, result):
        raise KeyboardInterrupt


class InvertPlugin:
    def __init__(self, name="invert", factory=Invert):
        self.name = name
        self.factory = factory

    @stylekit.hookimpl
    def register_methods(self):
        return [
            stylekit.MethodSpec(
                name=self.name,
                summary="Photographic negative.",
                styles=(0, 0),
                factory=f"{__name__}:{self.factory.__name__}",
                params=f"{__name__}:InvertParams",
            )
        ]


def test_host_with_a_method_of_this_process(here):
    host = stylekit.Host(plugins={"mine": InvertPlugin()})
    result = host.run("invert", content="content.png", out="negative.png")
    given = np.asarray(Image.open("content.png"))
    assert np.array_equal(np.asarray(Image.open("negative.png")), 255 - given)
    assert result.record["config"]["method"] == "mine:invert"
    assert result.record["config"]["style"] == []

    half = host.run("invert", content=given, invert={"strength": 0.5})
    assert np.abs(half.image.to_array().astype(int) - 128).max() <= 1
    assert names(here) == {"content.png", "style.png", "negative.png", "negative.stylekit.json"}


def test_two_plugins_with_one_name(here):
    host = stylekit.Host(plugins={"mine": InvertPlugin("gatys")})
    with pytest.raises(UsageError, match=r"offered by[\s\S]*'gatys:gatys' or 'mine:gatys'"):
        host.run("gatys", content="content.png")
    prefer = {"prefer": {"method": {"gatys": "mine"}}}
    result = host.run("gatys", content="content.png", config=prefer)
    assert result.record["config"]["method"] == "mine:gatys"
    assert host.run("mine:gatys", content="content.png").steps == 1


def test_interrupted_while_the_result_is_measured(here):
    """A picture is never left without its record."""
    host = stylekit.Host(plugins={"mine": InvertPlugin(factory=InterruptedInvert)})
    with pytest.raises((Interrupted, KeyboardInterrupt)):
        host.run("invert", content="content.png", out="out.png")
    made = names(here) - {"content.png", "style.png"}
    assert made in (set(), {"out.png", "out.stylekit.json"})
