"""Finished frames of a clip: files beside the clip until it is written, so that none is lost."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path

import numpy as np
from PIL import Image

from stylekit.errors import InputError
from stylekit.files.atomic import atomic_write, file_exists_error
from stylekit.files.draft import Draft, Taken
from stylekit.files.ownership import numbered
from stylekit.files.paths import exists
from stylekit.files.tables import read_json
from stylekit.images.frames import Frame, LazyFrames
from stylekit.records.provenance import Provenance

SUFFIX = ".stylekit.frames"

KEPT = ".frames"
"""Suffix of the folder of frames that are kept."""

_MADE_OF = "of.json"

_FRAME = re.compile(r"\d{6,}\.png")

# Frames, and what killed processes leave of them.
_OWN = re.compile(r"\d{6,}\.png|\.(\d{6,}|of)\.stylekit-draft-\d+\.(png|json)")


def frames_path(artifact: Path) -> Path:
    """Return where the frames of an unfinished clip lie: `walk.stylekit.frames`."""
    return artifact.with_name(artifact.stem + SUFFIX)


def kept_path(artifact: Path) -> Path:
    """Return where the frames of a clip are kept: `walk.frames`."""
    return artifact.with_name(artifact.stem + KEPT)


def free_path(kept: Path) -> Path:
    """Return a folder for frames that is not there yet: `walk.frames`, `walk-2.frames`, ..."""
    return next(x for x in itertools.chain((kept,), numbered(kept)) if not os.path.lexists(x))


def check_kept(kept: Path, overwrite: bool, listed: int) -> None:
    """Refuse to keep frames where something is that would be replaced.

    Args:
        listed: how many frames an earlier run has kept there, as its record says.

    Raises:
        InputError: the folder is there, and may not be overwritten or is no folder of frames.
    """
    if not os.path.lexists(kept):
        return
    if not overwrite:
        raise file_exists_error(kept)
    if kept.is_symlink() or not kept.is_dir():
        raise InputError(f"Cannot keep frames in {kept}: it is no folder.", "Rename it.")
    others = frames_in(kept) - {frame_name(index) for index in range(listed)}
    if others:
        raise InputError(
            f"Cannot keep frames in {kept}: {min(others)} there is not of an earlier run.",
            "Rename the folder, or choose another --out.",
        )


def frame_name(index: int) -> str:
    """Return the name of the file of a frame, counted from 0."""
    return f"{index:06}.png"


def frames_in(folder: Path) -> set[str]:
    """Return the names of the frames in a folder."""
    return {path.name for path in folder.iterdir() if _FRAME.fullmatch(path.name)}


class FrameStore(LazyFrames):
    """The finished frames, rounded to 8 bits; read when they are used.

    Args:
        artifact: the clip's final path; None: it is not written, and the frames are gone with this
            object.
        provenance: of the clip; frames of another one are not taken.
        resume: take what is there.
        overwrite: if it is not taken, begin again, whatever is there.

    Raises:
        InputError: what is there is of another clip, would be lost, or cannot be written to.
    """

    def __init__(
        self,
        artifact: Path | None,
        provenance: Provenance,
        resume: bool,
        overwrite: bool = False,
    ) -> None:
        self._artifact = artifact
        self._count = 0
        self._provenance = provenance
        if artifact is None:
            self._folder = Path(tempfile.mkdtemp(prefix="stylekit-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return
        self._folder = frames_path(artifact)
        _refuse_others(self._folder)
        if resume and self._folder.exists():
            self._take()
        elif self._folder.exists() and not overwrite:
            raise InputError(
                f"There are finished frames of a clip that was stopped in {self._folder}.",
                "Continue with --resume, or begin again with --overwrite.",
            )
        else:
            self._discard()
            self._claim()

    def __len__(self) -> int:
        return self._count

    def load(self, index: int) -> Frame:
        """Read a frame.

        Raises:
            InputError: its file is damaged.
        """
        path = self._path(index)
        try:
            with Image.open(path) as image:
                return Frame.from_array(np.asarray(image), str(path))
        except OSError as error:
            raise InputError(
                f"The finished frame {path} is damaged ({type(error).__name__}).",
                "Delete it and those after it, and continue with --resume.",
            ) from None

    def add(self, frame: Frame) -> None:
        """Keep the next frame.

        Raises:
            InputError: it cannot be written.
        """
        with atomic_write(self._path(self._count), like=self._artifact) as temporary:
            # Fast rather than small: it is a file for hours at most.
            frame.to_pil().save(temporary, compress_level=1)
        self._count += 1

    @property
    def folder(self) -> Path:
        """Where the frames are."""
        return self._folder

    def finish(self, kept: Path | None = None, earlier: int = 0) -> None:
        """Remove all, as the clip is written; or keep the frames in a folder.

        Args:
            kept: that folder, which may be there.
            earlier: how many frames of an earlier clip it holds, which are removed.

        Raises:
            InputError: a frame cannot be moved.
        """
        if kept is not None:
            try:
                self._move(kept, earlier)
            except OSError as error:
                raise InputError(
                    f"Cannot keep the frames in {kept}: {error.strerror or error}.",
                    f"They are in {self._folder}.",
                ) from error
        self._discard()

    def _move(self, kept: Path, earlier: int) -> None:
        if not os.path.lexists(kept):
            self._folder.rename(kept)
            (kept / _MADE_OF).unlink()
            return
        for index in range(earlier):
            (kept / frame_name(index)).unlink(missing_ok=True)
        # The first one last: what is left of an interrupted move begins with it.
        for index in reversed(range(self._count)):
            self._path(index).replace(kept / frame_name(index))

    def _discard(self) -> None:
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if _OWN.fullmatch(path.name):
                path.unlink(missing_ok=True)
        # Last of all what says whose they are: killed on the way, it can be done again.
        (self._folder / _MADE_OF).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            # Whatever else is there is somebody else's, and stays.
            self._folder.rmdir()

    def _take(self) -> None:
        """Resume with the frames that are there.

        Raises:
            InputError: they are of another clip.
        """
        try:
            earlier = read_json(self._folder / _MADE_OF)
        except InputError:
            earlier = None
            if not exists(self._folder / _MADE_OF) and not frames_in(self._folder):
                # Killed before this was written.
                self._claim()
                earlier = self._provenance.facts
        if earlier != self._provenance.facts:
            raise self._provenance.refusal(f"The frames in {self._folder} are", earlier)
        while self._path(self._count).exists():
            self._count += 1

    def _claim(self) -> None:
        path = self._folder / _MADE_OF
        with Draft(path) as draft:
            draft.path.write_text(json.dumps(self._provenance.facts), encoding="utf-8")
            try:
                draft.place(path, replace=False)
            except Taken:
                raise InputError(
                    f"Another run has begun to keep frames in {self._folder}.",
                    "Wait for it, or choose another --out.",
                ) from None

    def _path(self, index: int) -> Path:
        return self._folder / frame_name(index)


def _refuse_others(folder: Path) -> None:
    """Refuse a folder with frames that no run wrote there, as they would be removed.

    Raises:
        InputError: it is a link, no folder, or has frames and does not say of what.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise InputError(
            f"{folder} is no folder, and the frames of the clip are to be there.", "Rename it."
        )
    if frames_in(folder) and not (folder / _MADE_OF).exists():
        raise InputError(
            f"The images in {folder} were not written by stylekit ({_MADE_OF} is missing).",
            "Rename the folder.",
        )
