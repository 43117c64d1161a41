"""What a media adapter promises: see `stylekit.protocols.Media`, `ClipMedia` and `SourceList`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from PIL import Image

from stylekit.errors import InputError
from stylekit.images.frames import Clip
from stylekit.registry.catalogue import Component
from stylekit.specs import MediaSpec, Spec
from stylekit.testing.images import check_image, clip, frame
from stylekit.testing.suite import ComponentSuite

GARBAGE = b"This is not an image at all. " * 40


class MediaSuite(ComponentSuite):
    """Checks of an adapter that reads or writes images or videos, or lists sources.

    Attributes:
        tolerance: largest mean absolute difference, of values in [0, 1], between a written image
            and the same one read back; lossy formats need some.
        sources: readable sources without their scheme, for a spec without `samples`.
    """

    spec_type: ClassVar[type[Spec]] = MediaSpec
    tolerance: ClassVar[float] = 0.03
    sources: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def image_suffixes(self, entry: Component[Any]) -> tuple[str, ...]:
        """The suffixes of the image formats that it writes."""
        spec = entry.spec
        return tuple(s for s in spec.writes if s not in spec.clips or s in _STILLS)

    @pytest.fixture
    def video_suffixes(self, entry: Component[Any]) -> tuple[str, ...]:
        """The suffixes of the video formats that it writes."""
        return tuple(suffix for suffix in entry.spec.writes if suffix in entry.spec.clips)

    def test_spec_is_consistent(self, entry: Component[Any]) -> None:
        """It reads every format that it writes, and some source selects it."""
        spec = entry.spec
        for suffix in (*spec.suffixes, *spec.writes):
            assert suffix == suffix.lower(), f"'{suffix}': write suffixes in small letters."
            assert suffix.startswith("."), f"'{suffix}': write suffixes with their dot."
        unread = set(spec.writes) - set(spec.suffixes)
        assert not unread, f"`writes` has {sorted(unread)}, which `suffixes` lacks."
        claims = (spec.schemes, spec.suffixes, spec.expands_folders, spec.detects_content)
        assert any(claims), "No source selects it: set `schemes`, `suffixes` or `expands_folders`."

    def test_image_comes_back(
        self, instance: Any, image_suffixes: tuple[str, ...], tmp_path: Path
    ) -> None:
        """An image that is written and read again is nearly the same."""
        original = Clip((frame(),))
        for suffix in image_suffixes:
            path = str(tmp_path / f"image{suffix}")
            instance.write(original, path)
            assert Path(path).is_file(), f"`write` wrote no file {path}."
            self.compare(original, instance.read(path), suffix)

    def test_clip_comes_back(
        self, instance: Any, video_suffixes: tuple[str, ...], tmp_path: Path
    ) -> None:
        """A video comes back with its frames, rate and timestamps."""
        original = clip()
        for suffix in video_suffixes:
            path = str(tmp_path / f"clip{suffix}")
            instance.check(original, path)
            instance.write(original, path)
            again = instance.read(path)
            count, expected = len(again.frames), len(original.frames)
            assert count == expected, f"Of {expected} frames, {count} come back from '{suffix}'."
            assert again.fps == pytest.approx(original.fps, rel=0.01), (
                f"A video of {original.fps} frames a second comes back as one of {again.fps} from "
                f"'{suffix}'."
            )
            assert list(again.times) == pytest.approx(list(original.times), abs=0.011), (
                f"The frames come back from '{suffix}' at {list(again.times)} s, not at "
                f"{list(original.times)} s."
            )
            self.compare(original, again, suffix)

    def compare(self, original: Clip, again: Clip, suffix: str) -> None:
        """Check that the frames that came back are those that were written."""
        for before, after in zip(original, again, strict=True):
            check_image(after.pixels, tuple(before.pixels.shape), f"The image read from '{suffix}'")
            error = float((after.pixels - before.pixels).abs().mean())
            assert error <= self.tolerance, (
                f"An image written to '{suffix}' and read again differs by {error:.3f} on average. "
                "Check the order of channels and axes, and the range of values; for a format that "
                "is that lossy, raise `tolerance`."
            )

    def test_same_clip_gives_the_same_bytes(
        self, instance: Any, entry: Component[Any], image_suffixes: tuple[str, ...], tmp_path: Path
    ) -> None:
        """The same image always gives the same bytes, so that a record can repeat a run."""
        files = {suffix: Clip((frame(),)) for suffix in image_suffixes}
        for suffix, original in files.items():
            both = []
            for name in ("one", "two"):
                path = tmp_path / f"{name}{suffix}"
                instance.write(original, str(path))
                both.append(path.read_bytes())
            assert both[0] == both[1], (
                f"Written twice, '{suffix}' files differ: leave dates and the like out of them."
            )

    def test_sources_are_read(self, instance: Any, entry: Component[Any]) -> None:
        """All samples and sources can be read, as images or as videos with timestamps."""
        for source in (*entry.spec.samples[:3], *self.sources):
            read = instance.read(source)
            assert len(read.frames), f"'{source}' has no frames."
            first = read.image
            check_image(first.pixels, (3, first.height, first.width), f"'{source}'")
            if first.alpha is not None:
                check_image(first.alpha, (first.height, first.width), f"The alpha of '{source}'")
            if read.fps is not None:
                times = list(read.times)
                assert len(times) == len(read.frames), f"'{source}' lacks `times` of frames."
                assert times == sorted(set(times)), f"The `times` of '{source}' do not increase."

    def test_missing_source_is_refused(
        self, instance: Any, entry: Component[Any], tmp_path: Path
    ) -> None:
        """A missing source raises an InputError."""
        suffix = (*entry.spec.suffixes, "")[0]
        read = instance.expand if entry.spec.expands_folders else instance.read
        refused(lambda: read(str(tmp_path / f"missing{suffix}")), "A source that is not there")

    def test_empty_source_is_refused(
        self, instance: Any, entry: Component[Any], tmp_path: Path
    ) -> None:
        """An empty file, or a folder without images, raises an InputError."""
        if entry.spec.expands_folders:
            refused(lambda: instance.expand(str(tmp_path)), "An empty folder")
        for suffix in entry.spec.suffixes:
            path = tmp_path / f"empty{suffix}"
            path.write_bytes(b"")
            refused(partial(instance.read, str(path)), f"An empty '{suffix}' file")

    def test_damaged_file_is_refused(
        self, instance: Any, entry: Component[Any], tmp_path: Path
    ) -> None:
        """A file that does not have the format of its suffix raises an InputError."""
        for suffix in entry.spec.suffixes:
            path = tmp_path / f"damaged{suffix}"
            path.write_bytes(GARBAGE)
            refused(partial(_every_frame, instance, str(path)), f"Garbage in '{suffix}'")

    def test_truncated_file_is_refused(
        self, instance: Any, image_suffixes: tuple[str, ...], tmp_path: Path
    ) -> None:
        """A truncated file raises an InputError and is never taken for a whole image."""
        for suffix in image_suffixes:
            path = tmp_path / f"whole{suffix}"
            instance.write(Clip((frame(),)), str(path))
            content = path.read_bytes()
            truncated = tmp_path / f"truncated{suffix}"
            truncated.write_bytes(content[: len(content) // 2])
            refused(partial(_every_frame, instance, str(truncated)), f"Half a '{suffix}' file")

    def test_unwritable_is_refused(
        self, instance: Any, entry: Component[Any], tmp_path: Path
    ) -> None:
        """Writing into a folder that does not exist raises an InputError."""
        if entry.spec.expands_folders:
            return
        suffix = (*entry.spec.writes, ".unknown")[0]
        path = str(tmp_path / "no such folder" / f"image{suffix}")
        refused(lambda: instance.write(Clip((frame(),)), path), f"Writing to {path}")

    def test_folder_is_listed_in_order(
        self, instance: Any, entry: Component[Any], tmp_path: Path
    ) -> None:
        """A folder always expands to the same sources, in the order of their numbers."""
        if not entry.spec.expands_folders:
            return
        for number in (2, 10, 1):
            Image.new("RGB", (4, 4)).save(tmp_path / f"image{number}.png")
        listed = instance.expand(str(tmp_path))
        assert listed, "A folder of PNG images expands to no source."
        assert all(isinstance(source, str) for source in listed), f"{listed} are not strings."
        assert listed == instance.expand(str(tmp_path)), (
            "The order of the sources changes: sort them."
        )
        assert list(map(Path, listed)) == sorted(
            map(Path, listed), key=lambda path: (len(path.name), path.name)
        ), f"The sources are not in the order of their names and numbers: {listed}."


# Image formats that may be animated.
_STILLS = (".gif", ".webp", ".png", ".apng", ".avif")


def refused(action: Callable[[], object], what: str) -> None:
    """Check that something raises an InputError."""
    try:
        action()
    except InputError:
        return
    except Exception as error:
        pytest.fail(
            f"{what} must raise stylekit.errors.InputError, not {type(error).__name__}: {error}"
        )
    pytest.fail(f"{what} must raise stylekit.errors.InputError, and nothing was raised.")


def _every_frame(media: Any, source: str) -> list[torch.Tensor]:
    return [frame.pixels for frame in media.read(source)]
