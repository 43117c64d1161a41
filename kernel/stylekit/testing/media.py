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

GARBAGE = b"This is no picture at all. " * 40


class MediaSuite(ComponentSuite):
    """Checks of a reader or writer of pictures or clips, or of a list of sources.

    Attributes:
        tolerance: mean absolute difference, of values in [0, 1], between what was written and what
            is read again; formats that lose something need some.
        sources: what follows the scheme of sources that can be read, if there is no `samples`.
    """

    spec_type: ClassVar[type[Spec]] = MediaSpec
    tolerance: ClassVar[float] = 0.03
    sources: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def written(self, found: Component[Any]) -> tuple[str, ...]:
        """The suffixes that pictures are written with."""
        spec = found.spec
        return tuple(s for s in spec.writes if s not in spec.clips or s in _STILLS)

    @pytest.fixture
    def moving(self, found: Component[Any]) -> tuple[str, ...]:
        """The suffixes that clips are written with."""
        return tuple(suffix for suffix in found.spec.writes if suffix in found.spec.clips)

    def test_spec_is_consistent(self, found: Component[Any]) -> None:
        """What it writes, it reads; and something leads to it."""
        spec = found.spec
        for suffix in (*spec.suffixes, *spec.writes):
            assert suffix == suffix.lower(), f"'{suffix}': write suffixes in small letters."
            assert suffix.startswith("."), f"'{suffix}': write suffixes with their dot."
        unread = set(spec.writes) - set(spec.suffixes)
        assert not unread, f"`writes` has {sorted(unread)}, which `suffixes` lacks."
        claims = (spec.schemes, spec.suffixes, spec.expands_folders, spec.detects_content)
        assert any(claims), "No source leads to it: give `schemes`, `suffixes` or `folders`."

    def test_image_comes_back(self, made: Any, written: tuple[str, ...], tmp_path: Path) -> None:
        """What is written and read again is nearly the same."""
        original = Clip((frame(),))
        for suffix in written:
            path = str(tmp_path / f"picture{suffix}")
            made.write(original, path)
            assert Path(path).is_file(), f"`write` wrote no file {path}."
            self.compare(original, made.read(path), suffix)

    def test_clip_comes_back(self, made: Any, moving: tuple[str, ...], tmp_path: Path) -> None:
        """With its frames and their moments."""
        original = clip()
        for suffix in moving:
            path = str(tmp_path / f"clip{suffix}")
            made.check(original, path)
            made.write(original, path)
            again = made.read(path)
            count, wanted = len(again.frames), len(original.frames)
            assert count == wanted, f"Of {wanted} frames, {count} come back from '{suffix}'."
            assert again.fps == pytest.approx(original.fps, rel=0.01), (
                f"A clip of {original.fps} frames a second comes back as one of {again.fps} from "
                f"'{suffix}'."
            )
            assert list(again.times) == pytest.approx(list(original.times), abs=0.011), (
                f"The frames come back from '{suffix}' at {list(again.times)} s, not at "
                f"{list(original.times)} s."
            )
            self.compare(original, again, suffix)

    def compare(self, original: Clip, again: Clip, suffix: str) -> None:
        """Check that what came back is what was written."""
        for before, after in zip(original, again, strict=True):
            check_image(after.pixels, tuple(before.pixels.shape), f"What '{suffix}' gives back")
            error = float((after.pixels - before.pixels).abs().mean())
            assert error <= self.tolerance, (
                f"What was written to '{suffix}' and read again differs by {error:.3f} on average. "
                "Check the order of channels and axes, and the range of values; if the format "
                "loses so much, raise `tolerance`."
            )

    def test_same_clip_gives_the_same_bytes(
        self, made: Any, found: Component[Any], written: tuple[str, ...], tmp_path: Path
    ) -> None:
        """A record repeats a run, byte for byte."""
        files = {suffix: Clip((frame(),)) for suffix in written}
        for suffix, original in files.items():
            both = []
            for name in ("one", "two"):
                path = tmp_path / f"{name}{suffix}"
                made.write(original, str(path))
                both.append(path.read_bytes())
            assert both[0] == both[1], (
                f"Written twice, '{suffix}' files differ: leave dates and the like out of them."
            )

    def test_sources_are_read(self, made: Any, found: Component[Any]) -> None:
        """What a scheme lists can be read, as pictures or as clips with moments."""
        for source in (*found.spec.samples[:3], *self.sources):
            read = made.read(source)
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
        self, made: Any, found: Component[Any], tmp_path: Path
    ) -> None:
        """With an error that a user can understand."""
        suffix = (*found.spec.suffixes, "")[0]
        read = made.expand if found.spec.expands_folders else made.read
        refused(lambda: read(str(tmp_path / f"missing{suffix}")), "A source that is not there")

    def test_empty_source_is_refused(
        self, made: Any, found: Component[Any], tmp_path: Path
    ) -> None:
        """A file of no bytes, or a folder without pictures."""
        if found.spec.expands_folders:
            refused(lambda: made.expand(str(tmp_path)), "An empty folder")
        for suffix in found.spec.suffixes:
            path = tmp_path / f"empty{suffix}"
            path.write_bytes(b"")
            refused(partial(made.read, str(path)), f"An empty '{suffix}' file")

    def test_damaged_file_is_refused(
        self, made: Any, found: Component[Any], tmp_path: Path
    ) -> None:
        """What is no picture of the format."""
        for suffix in found.spec.suffixes:
            path = tmp_path / f"damaged{suffix}"
            path.write_bytes(GARBAGE)
            refused(partial(_every_frame, made, str(path)), f"Garbage in '{suffix}'")

    def test_truncated_file_is_refused(
        self, made: Any, written: tuple[str, ...], tmp_path: Path
    ) -> None:
        """A download that broke off must not end in a crash, nor pass for a whole picture."""
        for suffix in written:
            path = tmp_path / f"whole{suffix}"
            made.write(Clip((frame(),)), str(path))
            content = path.read_bytes()
            cut = tmp_path / f"cut{suffix}"
            cut.write_bytes(content[: len(content) // 2])
            refused(partial(_every_frame, made, str(cut)), f"Half a '{suffix}' file")

    def test_unwritable_is_refused(self, made: Any, found: Component[Any], tmp_path: Path) -> None:
        """What it does not write, and where nothing can be written."""
        if found.spec.expands_folders:
            return
        suffix = (*found.spec.writes, ".unknown")[0]
        path = str(tmp_path / "no such folder" / f"picture{suffix}")
        refused(lambda: made.write(Clip((frame(),)), path), f"Writing to {path}")

    def test_folder_is_listed_in_order(
        self, made: Any, found: Component[Any], tmp_path: Path
    ) -> None:
        """The same folder always stands for the same sources."""
        if not found.spec.expands_folders:
            return
        for number in (2, 10, 1):
            Image.new("RGB", (4, 4)).save(tmp_path / f"picture{number}.png")
        listed = made.expand(str(tmp_path))
        assert listed, "A folder of PNG pictures stands for no source."
        assert all(isinstance(source, str) for source in listed), f"{listed} are no strings."
        assert listed == made.expand(str(tmp_path)), "The order of the sources changes: sort them."
        assert list(map(Path, listed)) == sorted(
            map(Path, listed), key=lambda path: (len(path.name), path.name)
        ), f"The sources are not in the order of their names and numbers: {listed}."


# Formats of pictures that may move.
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
    return [shown.pixels for shown in media.read(source)]
