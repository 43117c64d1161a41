"""Media adapters with one fault each. See `faults`."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import torch
from tests.helpers.faulty_components import fault

from stylekit import Clip, Frame
from stylekit.errors import InputError
from stylekit.testing import MediaSuite

MAGIC = b"RAW1"
SIZES = np.dtype("<i4")


class Raw:
    """Frames of bytes, after their number and size."""

    def __init__(self, params):
        pass

    def read(self, source):
        try:
            content = Path(source).read_bytes()
        except OSError as error:
            raise InputError(f"Cannot read {source}: {error.strerror}.") from None
        if content[:4] != MAGIC or len(content) < 16:
            raise InputError(f"{source} is no raw picture.")
        count, height, width = np.frombuffer(content, SIZES, 3, 4).tolist()
        if len(content) != 16 + 3 * count * height * width:
            return self.cut_off(source)
        values = np.frombuffer(content, np.uint8, offset=16).reshape(count, height, width, 3)
        return self.clip(values, source)

    def cut_off(self, source):
        raise InputError(f"{source} is incomplete.")

    def clip(self, values, source):
        times = tuple(k / 10 for k in range(len(values)))
        frames = (
            Frame.from_array(
                x,
                source,
            )
            for x in values
        )
        if len(values) == 1:
            return Clip(tuple(frames), source)
        return Clip(tuple(frames), source, 10.0, times)

    def write(self, clip, path):
        arrays = np.stack([frame.to_array() for frame in clip])
        head = np.array(arrays.shape[:3], SIZES).tobytes()
        try:
            Path(path).write_bytes(MAGIC + head + arrays.tobytes())
        except OSError as error:
            raise InputError(f"Cannot write {path}: {error.strerror}.") from None

    def check(self, clip, path):
        pass


BOTH = {"suffixes": (".raw",), "writes": (".raw",)}
CLIPS = {"suffixes": (".gif",), "writes": (".gif",), "clips": (".gif",)}


@fault(MediaSuite, **BOTH)
class Sound(Raw):
    pass


@fault(MediaSuite, **CLIPS)
class SoundForClips(Raw):
    pass


@fault(MediaSuite, "test_spec_is_consistent", "lacks", suffixes=(".raw",), writes=(".raw", ".roh"))
class WritesMoreThanItReads(Raw):
    pass


@fault(MediaSuite, "test_image_comes_back", "order of channels", **BOTH)
class SwapsChannels(Raw):
    def clip(self, values, source):
        return super().clip(values[..., ::-1], source)


@fault(MediaSuite, "test_clip_comes_back", "frames a second", **CLIPS)
class ForgetsTheRate(Raw):
    def clip(self, values, source):
        clip = super().clip(values, source)
        return Clip(clip.frames, source, 25.0, clip.times) if len(values) > 1 else clip


@fault(MediaSuite, "test_same_clip_gives_the_same_bytes", "dates", **BOTH)
class NumbersItsFiles(Raw):
    numbers = itertools.count()

    def write(self, clip, path):
        super().write(clip, path)
        content = bytearray(Path(path).read_bytes())
        content[-1] = next(self.numbers) % 256
        Path(path).write_bytes(content)


@fault(MediaSuite, "test_sources_are_read", "[0, 1]", schemes=("odd",), samples=("one",))
class ReadsBytesAsTheyAre(Raw):
    def read(self, source):
        if source != "one":
            raise InputError(f"odd:{source} is unknown.")
        return Clip((Frame(255 * torch.rand(3, 4, 4)),))


@fault(MediaSuite, "test_missing_source_is_refused", "not FileNotFoundError", **BOTH)
class LetsOpenFail(Raw):
    def read(self, source):
        Path(source).stat()
        return super().read(source)


@fault(MediaSuite, "test_empty_source_is_refused", "not IndexError", **BOTH)
class LooksAtTheFirstByte(Raw):
    def read(self, source):
        if Path(source).exists():
            Path(source).read_bytes()[0]
        return super().read(source)


@fault(MediaSuite, "test_damaged_file_is_refused", "nothing was raised", **BOTH)
class ReadsAnything(Raw):
    def read(self, source):
        if Path(source).exists() and Path(source).read_bytes().startswith(b"This"):
            return Clip((Frame(torch.zeros(3, 4, 4)),))
        return super().read(source)


@fault(MediaSuite, "test_truncated_file_is_refused", "nothing was raised", **BOTH)
class FillsWithGray(Raw):
    def cut_off(self, source):
        return Clip((Frame(torch.full((3, 4, 4), 0.5)),))


@fault(MediaSuite, "test_unwritable_is_refused", "not FileNotFoundError", **BOTH)
class LetsWritingFail(Raw):
    def write(self, clip, path):
        with Path(path).open("wb"):
            super().write(clip, path)


@fault(MediaSuite, "test_folder_is_listed_in_order", "in the order", expands_folders=True)
class ListsByAlphabet:
    def __init__(self, params):
        pass

    def expand(self, source):
        found = sorted(map(str, Path(source).glob("*.png")))
        if not found:
            raise InputError(f"No pictures in {source}.")
        return found
