"""The offset images of `dual-pixel`: equal to one table, in constant memory."""

import gc
import io
import re

import pytest
import torch
from torch import nn

from stylekit.errors import InputError, MemoryLimitError
from stylekit.images.frames import Clip, Frame, fit
from stylekit.methods.base import Job
from stylekit_plugins.video.dual import Dual, DualPixel
from stylekit_plugins.video.frame_images import FrameImages
from stylekit_plugins.video.memory import check_memory
from stylekit_plugins.video.params import DualParams

SHAPE = (3, 5, 7)
COUNT = 9
CPU = torch.device("cpu")


def lr(step):
    return 0.01 / (1 + step)


class Table:
    """The reference: all images in one tensor."""

    def __init__(self):
        self.images = nn.Parameter(torch.zeros(COUNT, *SHAPE))
        self.adam = torch.optim.Adam([self.images], lr=1.0)
        self.steps = 0

    def step(self, frames, gradients):
        self.images.grad = torch.zeros_like(self.images)
        self.images.grad[frames] = gradients
        self.adam.param_groups[0]["lr"] = lr(self.steps)
        self.adam.step()
        self.steps += 1


def gradients(step):
    generator = torch.Generator().manual_seed(step)
    return torch.randn(2, *SHAPE, generator=generator)


def later_of(step):
    return 1 + (step * 5) % (COUNT - 2)


@pytest.fixture
def images():
    return FrameImages(SHAPE, CPU, lr)


def test_images_equal_those_of_one_table_to_the_bit(images):
    table = Table()
    for step in range(25):
        frames = [later_of(step) - 1, later_of(step)]
        assert torch.equal(images.get(frames), table.images.detach()[frames])
        images.step(frames, gradients(step))
        table.step(frames, gradients(step))
    everything = list(range(COUNT))
    assert torch.equal(images.get(everything), table.images.detach())
    # Reading changes nothing.
    assert torch.equal(images.get(everything), table.images.detach())


def test_images_resume_from_a_saved_state(images):
    whole = FrameImages(SHAPE, CPU, lr)
    for step in range(20):
        frames = [later_of(step) - 1, later_of(step)]
        whole.step(frames, gradients(step))
        if step < 11:
            images.step(frames, gradients(step))
    saved = io.BytesIO()
    torch.save(images.state(), saved)
    saved.seek(0)
    resumed = FrameImages(SHAPE, CPU, lr)
    resumed.load(torch.load(saved, weights_only=True))
    for step in range(11, 20):
        resumed.step([later_of(step) - 1, later_of(step)], gradients(step))
    everything = list(range(COUNT))
    assert torch.equal(resumed.get(everything), whole.get(everything))


def test_unchanged_images_are_not_saved(images):
    assert images.state()["values"].numel() == 0
    images.load(images.state())
    assert not images.get([3]).any()


def values_in_memory():
    gc.collect()
    return sum(thing.numel() for thing in gc.get_objects() if type(thing) is torch.Tensor)


def test_memory_does_not_grow_with_the_frames(images):
    before = values_in_memory()
    for frame in range(100):
        images.step([frame], torch.ones(1, *SHAPE))
    assert values_in_memory() - before < 10 * 3 * 5 * 7
    assert images.get([99]).any()


def test_a_full_disk_is_reported_as_such(images, monkeypatch):
    class Full:
        def seek(self, place):
            pass

        def write(self, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(images, "_file", Full())
    with pytest.raises(InputError, match="No space left on device"):
        images.step([0], torch.ones(1, *SHAPE))


def test_a_video_that_is_too_long_is_refused_with_a_length_that_fits():
    check_memory(64, 64, 100_000, 2**30)
    with pytest.raises(MemoryLimitError, match="GiB are free") as caught:
        check_memory(64, 64, 1_000_000, 2**30)
    count = int(re.search(r"up to (\d+) frames", caught.value.hint)[1])
    check_memory(64, 64, count, 2**30)


def test_frames_that_are_too_large_are_refused_with_a_size_that_fits():
    with pytest.raises(MemoryLimitError, match="1920x1080 px") as caught:
        check_memory(1920, 1080, 10_000, 2**31)
    side = int(re.search(r"--size (\d+) fits", caught.value.hint)[1])
    assert side > 300
    check_memory(*fit(1920, 1080, side), 10_000, 2**31)


@pytest.mark.parametrize("kind", [Dual, DualPixel])
def test_dual_refuses_before_any_work(kind):
    frames = [Frame(torch.zeros(3, 90, 160))] * 3
    job = Job(Clip(frames, "a.mp4", 25.0, [0, 0.04, 0.08]), (), {}, CPU, 0, 2**27, None, None)
    with pytest.raises(MemoryLimitError):
        next(kind(DualParams()).stylize(job))
