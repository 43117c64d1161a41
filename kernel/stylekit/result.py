"""The results of a run, in memory and on disk."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stylekit.errors import InputError, UsageError
from stylekit.events import Artifact
from stylekit.files.draft import Draft, Taken
from stylekit.files.json_text import finite
from stylekit.images.frames import Clip, Frame


@dataclass(frozen=True, eq=False)
class TaskResult:
    """One result of a run.

    Attributes:
        number: of its task in the run, counted from 0.
        content: the content's source.
        styles: the sources of the styles, each with its weight and timestamp.
        clip: the result, an image as a clip of one frame. A result that is written is read from
            its file each time it is used, so that a batch does not fill the memory.
        artifact: its file and run record; None: it is not written.
        is_new: this run wrote the file; False: an earlier run did.
        losses: of the result as saved, by name; `total` among them.
        record: the run record.
        interrupted: the user stopped it; `clip` is the best so far.
    """

    number: int
    content: str
    styles: tuple[str, ...]
    clip: Clip
    artifact: Artifact | None = None
    is_new: bool = True
    losses: Mapping[str, float] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 0
    peak_memory_mb: float = 0.0
    interrupted: bool = False

    @property
    def image(self) -> Frame:
        """The image, or the first frame of a video."""
        return self.clip.image


@dataclass
class Result:
    """The results of a run.

    Attributes:
        results: one for each task that is done, in the order of the tasks.
        clips: the clip of each of them.
        artifacts: the files of those that are written.
        losses: of the last result as saved, by name; `total` among them.
        record: the run record of the last result.
        seconds: wall time of the whole run.
        interrupted: the user stopped the run; the last result may be unfinished.
        failures: inputs that cannot be used and results that cannot be made, each with the reason.
    """

    clips: list[Clip] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    losses: Mapping[str, float] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    interrupted: bool = False
    failures: dict[str, str] = field(default_factory=dict)
    results: list[TaskResult] = field(default_factory=list)

    def add(self, result: TaskResult) -> None:
        """Add a result where its task stands among the others."""
        place = bisect.bisect([each.number for each in self.results], result.number)
        self.results.insert(place, result)
        self.clips.insert(place, result.clip)
        self.artifacts = [x.artifact for x in self.results if x.artifact is not None]
        self.losses, self.record = self.results[-1].losses, self.results[-1].record
        self.peak_memory_mb = max(self.peak_memory_mb, result.peak_memory_mb)
        self.interrupted = self.interrupted or result.interrupted

    @property
    def image(self) -> Frame:
        """The last image, or the first frame of the last video."""
        return self.clips[-1].image

    @property
    def images(self) -> list[Frame]:
        """The first frame of each result."""
        return [clip.image for clip in self.clips]

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Save the last image in the format of the path's suffix, and return the path.

        A run with `out=` also writes videos and, beside each file, its run record.

        Raises:
            InputError: the path exists and `overwrite` is false, or it cannot be written.
            UsageError: the result is a video, or the suffix is of no image format.
        """
        if self.clips[-1].is_video:
            raise UsageError("A video cannot be saved afterwards.", "Run it with out=PATH.")
        target = Path(path)
        with Draft(target) as draft:
            try:
                self.image.to_pil().save(draft.path)
                draft.place_through(target, overwrite)
            except ValueError:
                raise UsageError(
                    f"{target} has no suffix of an image format.", "Choose .png, .jpg or .webp."
                ) from None
            except Taken:
                raise InputError(
                    f"{target} exists already; nothing was changed.",
                    "Choose another path, or pass overwrite=True.",
                ) from None
        return target

    def __repr__(self) -> str:
        losses = ", ".join(f"{name} {value:.3g}" for name, value in self.losses.items())
        return f"Result({len(self.results)} done in {self.seconds:.1f} s; {losses})"

    def _repr_png_(self) -> bytes | None:
        """Show the last image in a notebook."""
        return self.image._repr_png_() if self.clips else None

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "artifacts": [str(artifact.path) for artifact in self.artifacts],
            "record": str(self.artifacts[-1].record) if self.artifacts else None,
            "losses": finite(self.losses),
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            "interrupted": self.interrupted,
            "failed": self.failures,
        }
