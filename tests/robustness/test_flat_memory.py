"""The memory of a run does not grow with what it makes, reads or could not write."""

import contextlib
import gc

import numpy as np
import pytest
import torch
from PIL import Image

from stylekit import Frame
from stylekit.errors import InputError
from stylekit_plugins.execution import style_cache
from stylekit_plugins.gatys.style_targets import StyleTargetCache

COUNT = 20
FEW = 6


@pytest.fixture
def folders(tmp_path):
    """Two folders of small photographs and paintings."""
    for name in ("photos", "paintings"):
        (tmp_path / name).mkdir()
        for number in range(COUNT):
            values = np.full((8, 12, 3), number, dtype=np.uint8)
            Image.fromarray(values).save(tmp_path / name / f"{number:02}.png")
    return tmp_path


def frames_in_memory():
    gc.collect()
    return sum(type(thing) is Frame for thing in gc.get_objects())


def frames_at_its_end(run):
    """Do a run; return how many frames there are at its end, beyond those before it."""
    before = frames_in_memory()
    with contextlib.suppress(InputError):
        run.to_end()
    return frames_in_memory() - before


def test_written_results_are_read_again_when_they_are_looked_at(host, folders):
    out = folders / "done"
    run = host.iterate("identity", content=str(folders / "photos"), out=f"{out}/")
    assert frames_at_its_end(run) <= FEW
    assert [clip.origin for clip in run.result.clips] == [
        str(folders / "photos" / f"{number:02}.png") for number in range(COUNT)
    ]
    for number, image in enumerate(run.result.images):
        assert torch.equal(image.pixels, torch.full((3, 8, 12), number / 255))
        assert image.origin == run.result.clips[number].origin
    # Looking at them does not keep them either.
    del image
    before = frames_in_memory()
    assert [clip.image.width for clip in run.result.clips] == [12] * COUNT
    assert frames_in_memory() == before


def test_what_is_done_already_is_not_read_back(host, folders):
    settings = {"content": str(folders / "photos"), "out": f"{folders / 'done'}/", "resume": True}
    host.run("identity", **settings)
    again = host.iterate("identity", **settings)
    assert frames_at_its_end(again) <= FEW
    assert [clip.image.width for clip in again.result.clips] == [12] * COUNT


def test_results_that_are_only_returned_stay(host, folders):
    result = host.run("identity", content=str(folders / "photos"))
    assert [float(image.pixels[0, 0, 0]) for image in result.images] == pytest.approx(
        [number / 255 for number in range(COUNT)]
    )


def test_a_batch_holds_no_results_that_cannot_be_written(host, folders, monkeypatch):
    def full(*_):
        raise InputError("Cannot write: the disk is full.")

    monkeypatch.setattr("stylekit_plugins.media.image.ImageAdapter.write", full)
    run = host.iterate("identity", content=str(folders / "photos"), out=f"{folders / 'done'}/")
    assert frames_at_its_end(run) <= FEW
    assert run.result.clips == []
    assert len(run.result.failures) == COUNT


def test_a_single_result_that_cannot_be_written_is_not_lost(host, folders, monkeypatch):
    def full(*_):
        raise InputError("Cannot write: the disk is full.")

    monkeypatch.setattr("stylekit_plugins.media.image.ImageAdapter.write", full)
    run = host.iterate(
        "identity", content=str(folders / "photos/03.png"), out=f"{folders / 'one.png'}"
    )
    with pytest.raises(InputError):
        run.to_end()
    assert run.result.image.width == 12


def test_of_many_styles_the_latest_few_are_kept(host, folders, monkeypatch):
    monkeypatch.setattr(style_cache, "KEPT_BYTES", 3 * 8 * 12 * 3 * 4)
    (folders / "paintings/07.png").write_text("no picture")
    run = host.iterate(
        "identity",
        content=[str(folders / "photos/01.png"), str(folders / "photos/02.png")],
        style=str(folders / "paintings"),
        each_style=True,
        out=f"{folders / 'done'}/",
    )
    assert frames_at_its_end(run) <= FEW + 3
    assert len(run.result.clips) == 2 * (COUNT - 1)
    assert list(run.result.failures) == [str(folders / "paintings/07.png")]


def test_a_style_that_is_used_again_and_again_is_read_once(host, folders, monkeypatch):
    from stylekit_plugins.media.image import ImageAdapter

    sources, read = [], ImageAdapter.read

    def reading(self, source):
        sources.append(source)
        return read(self, source)

    monkeypatch.setattr(ImageAdapter, "read", reading)
    styles = [str(folders / f"paintings/{number:02}.png") for number in range(3)]
    host.run("identity", content=str(folders / "photos"), style=styles, each_style=True)
    assert [sources.count(style) for style in styles] == [1, 1, 1]


def test_statistics_of_a_style_are_released_with_it():
    targets = StyleTargetCache()
    style = Frame(torch.rand(3, 8, 12))
    target = targets.get(style, 8, 12, torch.device("cpu"))
    assert targets.get(style, 8, 12, torch.device("cpu")) is target
    for _ in range(COUNT):
        targets.get(Frame(torch.rand(3, 8, 12)), 12, 8, torch.device("cpu"))
    assert len(targets._targets) == 1
