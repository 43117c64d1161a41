"""Finished frames of a clip: files beside the clip until it is written, so that none is lost."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import numpy as np
from PIL import Image

from stylekit.atomic import replacing
from stylekit.errors import InputError
from stylekit.frames import Frame, LazyFrames

SUFFIX = ".stylekit.frames"

KEPT = ".frames"
"""Suffix of the folder of frames that are kept."""

_DIGEST = "of.txt"


def frames_path(artifact: Path) -> Path:
    """Return where the frames of an unfinished clip lie: `walk.stylekit.frames`."""
    return artifact.with_name(artifact.stem + SUFFIX)


class FrameStore(LazyFrames):
    """The frames so far, as they were rounded to 8 bits; read when they are asked for.

    Args:
        artifact: the clip's final path; None: it is not written, and the frames are gone with this
            object.
        digest: of all that decides the clip; frames of another one are not taken.
        resume: take what is there.
        overwrite: if it is not taken, begin again, whatever is there.

    Raises:
        InputError: what is there is of another clip, would be lost, or cannot be written to.
    """

    def __init__(
        self, artifact: Path | None, digest: str, resume: bool, overwrite: bool = False
    ) -> None:
        self._count = 0
        if artifact is None:
            self._folder = Path(tempfile.mkdtemp(prefix="stylekit-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return
        self._folder = frames_path(artifact)
        if resume and self._folder.exists():
            self._take(digest)
        elif self._folder.exists() and not overwrite:
            raise InputError(
                f"There are finished frames of a clip that was stopped in {self._folder}.",
                "Go on with --resume, or begin again with --overwrite.",
            )
        else:
            self._discard()
            self._claim(digest)

    def __len__(self) -> int:
        return self._count

    def make(self, index: int) -> Frame:
        """Read a frame.

        Raises:
            InputError: its file is damaged.
        """
        path = self._path(index)
        try:
            with Image.open(path) as picture:
                return Frame.from_array(np.asarray(picture), str(path))
        except OSError as error:
            raise InputError(
                f"The finished frame {path} is damaged ({type(error).__name__}).",
                "Delete it and those after it, and go on with --resume.",
            ) from None

    def add(self, frame: Frame) -> None:
        """Keep the next frame.

        Raises:
            InputError: it cannot be written.
        """
        with replacing(self._path(self._count)) as temporary:
            # Fast rather than small: it is a file for hours at most.
            frame.to_pil().save(temporary, compress_level=1)
        self._count += 1

    @property
    def folder(self) -> Path:
        """Where the frames are."""
        return self._folder

    def finish(self, keep: bool) -> None:
        """Remove all, as the clip is written; or `keep` the pictures under a name to be seen."""
        if keep:
            kept = self._folder.with_name(self._folder.name.removesuffix(SUFFIX) + KEPT)
            shutil.rmtree(kept, ignore_errors=True)
            self._folder.replace(kept)
            (kept / _DIGEST).unlink()
        else:
            self._discard()

    def _discard(self) -> None:
        # Last of all what says whose they are: killed on the way, it can be done again.
        for path in self._folder.glob("*.png"):
            path.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _take(self, digest: str) -> None:
        try:
            earlier = (self._folder / _DIGEST).read_text(encoding="ascii")
        except FileNotFoundError:
            earlier = ""
            if not any(self._folder.glob("*.png")):
                # Killed before this was written.
                self._claim(digest)
                earlier = digest
        except (OSError, ValueError):
            earlier = ""
        if earlier != digest:
            raise InputError(
                f"The frames in {self._folder} are of a run with other pictures or parameters.",
                "Repeat that run's command with --resume, or delete the folder.",
            )
        while self._path(self._count).exists():
            self._count += 1

    def _claim(self, digest: str) -> None:
        with replacing(self._folder / _DIGEST) as temporary:
            temporary.write_text(digest, encoding="ascii")

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:06}.png"
