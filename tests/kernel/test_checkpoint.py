"""Checkpoints: a state comes back bit for bit, and only for the run that wrote it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from stylekit.errors import InputError
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit.records.checkpoint import Checkpoint, state_path
from stylekit.records.provenance import Provenance
from stylekit.testing.images import frame

PROVENANCE = Provenance({"size": 64}, {"content": ("a" * 64, 1)}, {"torch": "2"})
CPU = torch.device("cpu")


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "night.png", PROVENANCE, 0)


def step(state) -> Step:
    clip = Clip((frame(),))
    return Step(Stage("64 px", 1, 64, 48), 1, {"total": torch.ones(())}, lambda: clip, state)


def test_a_state_comes_back_with_the_random_numbers(checkpoint):
    torch.manual_seed(3)
    torch.rand(5)
    state = {"image": torch.rand(3, 4), "index": 7, "best": {"loss": 0.5}}
    checkpoint.write(state)
    expected = torch.rand(3)
    torch.manual_seed(99)
    loaded = checkpoint.load(CPU)
    assert torch.equal(loaded["image"], state["image"])
    assert (loaded["index"], loaded["best"]) == (7, {"loss": 0.5})
    assert torch.equal(torch.rand(3), expected)


def test_without_a_file_there_is_no_state(checkpoint):
    assert checkpoint.load(CPU) is None


def test_a_state_of_another_run_is_refused_and_the_difference_is_named(checkpoint, tmp_path):
    checkpoint.write({"index": 1})
    other = Checkpoint(tmp_path / "night.png", replace(PROVENANCE, settings={"size": 96}), 0)
    with pytest.raises(InputError, match="size is 96, and was 64"):
        other.load(CPU)


def test_a_damaged_state_is_refused(checkpoint, tmp_path):
    checkpoint.write({"index": 1})
    path = state_path(tmp_path / "night.png")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="damaged"):
        checkpoint.load(CPU)


def test_a_refused_state_leaves_the_random_numbers_alone(checkpoint, tmp_path):
    checkpoint.write({"index": 1})
    other = Checkpoint(tmp_path / "night.png", replace(PROVENANCE, versions={"torch": "3"}), 0)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with pytest.raises(InputError):
        other.load(CPU)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_is_written_when_it_is_time(tmp_path):
    seldom = Checkpoint(tmp_path / "night.png", PROVENANCE, 1000)
    seldom.keep(step(lambda: {"index": 1}))
    assert seldom.load(CPU) is None
    always = Checkpoint(tmp_path / "night.png", PROVENANCE, 0)
    always.keep(step(None))
    assert always.load(CPU) is None
    always.keep(step(lambda: {"index": 2}), lambda state: {"inner": state})
    assert always.load(CPU) == {"inner": {"index": 2}}


def test_a_finished_run_leaves_no_state(checkpoint, tmp_path):
    checkpoint.write({"index": 1})
    checkpoint.discard()
    assert list(tmp_path.iterdir()) == []


def test_many_differences_are_counted():
    earlier = {"settings": {f"key{k}": k for k in range(5)}, "inputs": {}, "versions": {}}
    text = Provenance({}, {}, {}).differences(earlier)
    assert text.endswith("key2 is null, and was 2 and 2 more")
