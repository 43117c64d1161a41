"""What a run made, in memory and on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stylekit.events import Artifact
from stylekit.files.json_text import finite
from stylekit.images.frames import Clip, Frame


@dataclass
class Result:
    """What a run made.

    Attributes:
        clips: the results, a picture as a clip of one frame. One that is written is read from its
            file whenever it is looked at, so that a batch does not fill the memory.
        losses: of the last result as saved, by name; `total` among them.
        record: the record of the last result.
        seconds: wall time of the whole run.
        interrupted: the user stopped it; the last clip is the best so far.
        failures: content sources of a batch that could not be done, each with the reason.
    """

    clips: list[Clip] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    losses: dict[str, float] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    interrupted: bool = False
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def image(self) -> Frame:
        """The last picture."""
        return self.clips[-1].image

    @property
    def images(self) -> list[Frame]:
        """The first frame of each result."""
        return [clip.image for clip in self.clips]

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
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
