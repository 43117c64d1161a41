"""Runs on workers of this machine, beside the same runs in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import stylekit
from stylekit.errors import InputError, UsageError
from stylekit.files.atomic import sha256_of

pytestmark = pytest.mark.usefixtures("ray_cluster")

SMALL: dict[str, Any] = {"size": 64, "device": "cpu", "offline": True}
GATYS: dict[str, Any] = {**SMALL, "method": "gatys", "backbone": "vgg19", "style": "sample:waves"}
TWO = {"ray": {"workers": 2}}
ONE = {"ray": {"workers": 1}}


@pytest.fixture(scope="module")
def host() -> stylekit.Host:
    return stylekit.Host()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of noise, none like another."""
    place = tmp_path / "contents"
    place.mkdir()
    for number in range(5):
        rng = np.random.default_rng(number)
        values = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(values).save(place / f"{number}.png")
    return place


def bytes_in(folder: Path) -> dict[str, str]:
    """Return digests of finished pictures; what a killed worker left unfinished has a dot."""
    return {path.name: sha256_of(path) for path in sorted(folder.glob("[!.]*.png"))}


@pytest.mark.parametrize("threads", [1, 2])
def test_images_are_those_of_this_process(host, threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        options = {**GATYS, "content": ["sample:coffee", "sample:rocket"], "steps": 4}
        here = host.run(**options)
        there = host.run(**options, executor="ray", config=TWO)
    finally:
        torch.set_num_threads(before)
    for one, other in zip(here.images, there.images, strict=True):
        assert torch.equal(one.pixels, other.pixels)
    assert there.losses == here.losses
    assert there.record["fingerprint"] == here.record["fingerprint"]
    assert there.record["device"] == here.record["device"]


def test_networks_are_loaded_once_a_worker(host, folder, tmp_path):
    host.run(
        **GATYS, content=str(folder), steps=1, out=f"{tmp_path}/out/", executor="ray", config=ONE
    )
    records = (tmp_path / "out").glob("*.stylekit.json")
    seconds = [json.loads(path.read_text())["seconds"]["weights"] for path in records]
    assert len(seconds) == 5
    assert len([each for each in seconds if each]) == 1


def test_images_in_memory_are_sent(host):
    content = np.random.default_rng(0).random((40, 64, 3), dtype=np.float32)
    style = Image.new("RGB", (64, 64), "navy")
    options: dict[str, Any] = {**GATYS, "steps": 2, "style": style, "content": [content] * 2}
    here = host.run(**options)
    there = host.run(**options, executor="ray", config=TWO)
    assert torch.equal(here.image.pixels, there.image.pixels)
    assert [clip.origin for clip in there.clips] == [clip.origin for clip in here.clips]


def test_results_come_in_the_requested_order(host, folder, tmp_path):
    names = [str(folder / f"{number}.png") for number in (3, 0, 4, 1, 2)]
    out = tmp_path / "out"
    result = host.run("identity", content=names, out=f"{out}/", **SMALL, executor="ray", config=TWO)
    assert [artifact.path.stem for artifact in result.artifacts] == ["3", "0", "4", "1", "2"]
    assert [clip.origin for clip in result.clips] == names
    # They are read from their files.
    for clip, artifact in zip(result.clips, result.artifacts, strict=True):
        assert np.array_equal(clip.image.to_array(), np.asarray(Image.open(artifact.path)))


def test_a_killed_worker_costs_nothing_but_time(host, folder, tmp_path, killing, caplog):
    options = {**GATYS, "content": str(folder), "steps": 6}
    host.run(**options, out=f"{tmp_path}/here/")
    there = tmp_path / "there"
    plan = host.plan(TWO, {**options, "content": [str(folder)], "style": ["sample:waves"]},
                     {"out": f"{there}/", "executor": "ray"})  # fmt: skip
    killer = killing(lambda: any(there.glob("[!.]*.png")))
    host.start(plan, quiet=True).to_end()
    assert not killer.is_alive()
    assert any("A worker died" in line for line in caplog.messages), caplog.messages
    assert bytes_in(there) == bytes_in(tmp_path / "here")
    assert {path.suffix for path in there.iterdir()} == {".png", ".json"}


def test_without_retries_it_costs_one_image(host, folder, tmp_path, killing):
    out = tmp_path / "out"
    run = host.iterate(
        **GATYS, content=str(folder), steps=20, out=f"{out}/", executor="ray",
        config={"ray": {"workers": 1, "retries": 0}},
    )  # fmt: skip
    killing(lambda: bool(run.result.artifacts))
    with pytest.raises(InputError, match="1 of 5 results failed"):
        run.to_end()
    (reason,) = run.result.failures.values()
    assert "died" in reason
    assert len(bytes_in(out)) == len(run.result.artifacts) == 4


@pytest.mark.parametrize("styles", ["paintings", "paintings/0.png"])
def test_what_cannot_be_read_is_told_as_by_the_built_in_one(host, folder, tmp_path, styles, caplog):
    (folder / "2.png").write_text("no picture")
    paintings = tmp_path / "paintings"
    paintings.mkdir()
    for name in "01":
        (paintings / f"{name}.png").write_bytes((folder / f"{name}.png").read_bytes())
    (paintings / "2.png").write_text("no picture either")
    found: list[tuple[dict[str, str], list[str], list[str]]] = []
    for executor in ("local", "ray"):
        caplog.clear()
        layer = {
            **GATYS, "content": [str(folder)], "style": [str(tmp_path / styles)], "steps": 1,
            "each_style": True, "executor": executor, "out": f"{tmp_path / executor}/", **TWO,
        }  # fmt: skip
        run = host.start(host.plan(layer), quiet=True)
        with pytest.raises(InputError) as refused:
            run.to_end()
        warnings = sorted(x.getMessage() for x in caplog.records if x.levelname == "WARNING")
        found.append((run.result.failures, warnings, refused.value.message.split(": ")[:1]))
    assert found[0] == found[1]
    assert bytes_in(tmp_path / "ray") == bytes_in(tmp_path / "local")


def test_a_single_bad_content_is_the_error_that_it_is(host, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    errors = []
    for executor in ("local", "ray"):
        with pytest.raises(InputError) as refused:
            host.run("identity", content=str(bad), **SMALL, executor=executor, config=TWO)
        errors.append(str(refused.value))
    assert errors[0] == errors[1]


def test_steps_have_images_if_they_are_wanted(host):
    options = {**GATYS, "content": "sample:coffee", "steps": 3, "executor": "ray"}
    for step in host.iterate(**options, config={"ray": {"snapshots": True}}):
        assert step.snapshot().image.width == 64
    for step in host.iterate(**options):
        with pytest.raises(UsageError) as refused:
            step.snapshot()
    assert "ray.snapshots" in str(refused.value.hint)


class Plugin:
    @stylekit.hookimpl
    def register_methods(self) -> list[stylekit.MethodSpec]:
        factory = "stylekit_plugins.identity.method:Identity"
        spec = stylekit.MethodSpec(name="mine", summary="", styles=(0, 0), factory=factory)
        return [spec]


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("identity", {"executor": "ray"}, "no further cluster"),
        ("identity", {"executor": "rya"}, "Unknown executor"),
        ("mine", {}, "only what is installed"),
    ],
)
def test_what_cannot_be_is_refused(method: str, params: dict[str, Any], words: str):
    host = stylekit.Host({"here": Plugin()})
    with pytest.raises(UsageError) as refused:
        host.run(method, content="sample:coffee", **SMALL, executor="ray", config={"ray": params})
    assert words in str(refused.value)


def test_shots_of_a_clip_are_made_side_by_side(host, tmp_path):
    shots = [tmp_path / f"shot-{number}.gif" for number in (1, 2)]
    for number, shot in enumerate(shots):
        first, *others = (Image.new("RGB", (48, 32), (80 * n, 90 * number, 60)) for n in range(3))
        first.save(shot, save_all=True, append_images=others, duration=100)
    made = []
    for executor in ("local", "ray"):
        out = tmp_path / executor
        host.run(
            "identity", content=[str(shot) for shot in shots], **SMALL, out=f"{out}/",
            executor=executor, config=TWO,
        )  # fmt: skip
        made.append({path.name: path.read_bytes() for path in out.glob("*.gif")})
    assert made[0] == made[1]
    assert len(made[0]) == 2
