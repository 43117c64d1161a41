"""The measured speed of earlier runs, kept in the cache folder.

There is a file for each combination of method, components, precision, device and machine. Files are
replaced as a whole, so that runs at the same time do not mix; of two the later one is kept. What
another program has written there is ignored.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch

from stylekit.errors import InputError
from stylekit.files.atomic import atomic_write
from stylekit.files.json_text import json_text
from stylekit.files.tables import read_json
from stylekit.machine import devices
from stylekit.runs.plan import Plan
from stylekit.weights.cache import cache_dir

_VERSION = 1
_MOST = 8
"""Speeds that are kept, each of another size of image."""

_FAR = 32
"""How many times the pixels of a measured image an estimate may be for."""

_LARGEST = 64 * 1024
"""Bytes of a file."""


@dataclass(frozen=True)
class Speed:
    """What one result of a run took; every number is per frame but `start`.

    Attributes:
        pixels: of the result.
        steps: of the method.
        step_pixels: those of all steps together.
        step_seconds: seconds of all steps.
        finish_seconds: seconds to assess and write the result.
        start_seconds: seconds to load the networks.
    """

    pixels: float
    steps: float
    step_pixels: float
    step_seconds: float
    finish_seconds: float
    start_seconds: float

    @property
    def rate(self) -> float:
        """Seconds for one pixel of a step."""
        return self.step_seconds / self.step_pixels


def machine(device: torch.device) -> str:
    """Describe the device for an estimate: `2 CPU threads`, or the GPU's name."""
    if device.type != "cpu":
        return devices.describe(device)
    threads = torch.get_num_threads()
    return f"{threads} CPU thread{'' if threads == 1 else 's'}"


def speed_file(plan: Plan, device: torch.device) -> Path:
    """Return the file of the speeds of runs like this one."""
    parts = (plan.method, *plan.slots.values(), *plan.other_methods.values())
    key = [
        [(part.component.id, part.spec.version) for part in parts],
        plan.config.precision,
        devices.describe(device),
        platform.node(),
    ]
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    return cache_dir().parent / "speeds" / f"{plan.method.spec.name}-{digest[:16]}.json"


def read_speeds(path: Path) -> list[Speed]:
    """Return the speeds of a file, the latest last; none if it is missing or damaged."""
    try:
        values = read_json(path, _LARGEST)
        if values.get("version") != _VERSION:
            return []
        return [_speed(entry) for entry in values["speeds"][-_MOST:]]
    except (InputError, ValueError, LookupError, TypeError, AttributeError):
        return []


def remember(path: Path, speed: Speed) -> None:
    """Add a speed to a file, in place of an earlier one of about the same size of image.

    A folder that cannot be written to is no error: the run itself has succeeded.
    """
    others = [each for each in read_speeds(path) if _size(each) != _size(speed)]
    kept = [asdict(each) for each in [*others, speed][-_MOST:]]
    with contextlib.suppress(InputError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as draft:
            text = json_text({"version": _VERSION, "speeds": kept}, indent=1)
            draft.write_text(text, encoding="utf-8")


def nearest(speeds: Sequence[Speed], pixels: float) -> Speed | None:
    """Return the speed of the nearest size of image.

    One of much smaller images is not taken: there, what does not grow with the image decides.
    """
    near = min(speeds, key=lambda speed: abs(math.log(speed.pixels / pixels)), default=None)
    return None if near is None or near.pixels * _FAR < pixels else near


def _size(speed: Speed) -> int:
    return round(math.log2(speed.pixels))


def _speed(entry: Any) -> Speed:
    """Read a speed from a file.

    Raises:
        ValueError: a number cannot be one.
        LookupError, TypeError: one is missing, or of another type.
    """
    speed = Speed(**{field.name: float(entry[field.name]) for field in fields(Speed)})
    positive = (speed.pixels, speed.steps, speed.step_pixels, speed.step_seconds)
    others = (speed.finish_seconds, speed.start_seconds)
    if not all(0 < number < 1e15 for number in positive):
        raise ValueError("a number is not positive")
    if not all(0 <= number < 1e15 for number in others):
        raise ValueError("a number is negative")
    return speed
