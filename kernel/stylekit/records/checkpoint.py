"""Checkpoints: the state of an unfinished image, stored beside it until it is finished."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from stylekit.errors import InputError, MemoryLimitError
from stylekit.events import Step
from stylekit.files.atomic import atomic_write
from stylekit.files.draft import remove_leftovers
from stylekit.machine.interrupts import saving
from stylekit.records.provenance import Provenance
from stylekit.weights.tensor_files import load_tensors

SUFFIX = ".stylekit.state"

_WORK_PER_WRITE = 50
"""Least ratio of the time between two writes to the time of a write."""


def state_path(artifact: Path) -> Path:
    """Return the path of the state of an unfinished image: `night.stylekit.state`."""
    return artifact.with_name(artifact.stem + SUFFIX)


class Checkpoint:
    """The state of one unfinished image.

    Args:
        artifact: the final path of the image.
        provenance: the provenance of the image; a state of another one is refused.
        seconds: least time between two writes; 0 writes after every step.
    """

    def __init__(self, artifact: Path, provenance: Provenance, seconds: float) -> None:
        self.path = state_path(artifact)
        self._artifact = artifact
        self._provenance = provenance
        self._seconds = seconds
        self._interval = seconds
        self._written = time.perf_counter()

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """Load the state of the method, and restore the random number generator; None: no state.

        Raises:
            InputError: it is damaged or of another run.
        """
        if not self.path.exists():
            return None
        try:
            saved = load_tensors(self.path, device)
            made_of, state, rng = json.loads(saved["made_of"]), saved["state"], saved["rng"]
            fits = made_of == self._provenance.facts
            if fits:
                torch.set_rng_state(rng.cpu())
        except MemoryLimitError:
            raise
        except Exception as error:
            # The decoder may raise any exception for a damaged file.
            raise InputError(
                f"The state {self.path} is damaged ({type(error).__name__}).",
                "Delete it and start again without --resume.",
            ) from error
        if not fits:
            raise self._provenance.refusal(f"The state {self.path} is", made_of)
        loaded: dict[str, Any] = state
        return loaded

    def keep(
        self, step: Step, wrapped: Callable[[dict[str, Any]], dict[str, Any]] = lambda state: state
    ) -> None:
        """Write the state after a step if it is time and the step has one."""
        now = time.perf_counter()
        if step.state is not None and now - self._written >= self._interval:
            self.write(wrapped(step.state()))

    def write(self, state: dict[str, Any]) -> None:
        """Write a state now."""
        begin = time.perf_counter()
        made_of = json.dumps(self._provenance.facts)
        content = {"made_of": made_of, "state": state, "rng": torch.get_rng_state()}
        with (
            saving(),
            atomic_write(self.path, like=self._artifact) as temporary,
            temporary.open("wb") as file,
        ):
            try:
                torch.save(content, file)
            except RuntimeError as error:
                # On a full disk PyTorch's own error hides the file's.
                raise error.__context__ or error from None
        self._written = time.perf_counter()
        if self._seconds:
            self._interval = max(self._seconds, _WORK_PER_WRITE * (self._written - begin))

    def discard(self) -> None:
        """Remove the state, and drafts of killed processes: the image is finished."""
        self.path.unlink(missing_ok=True)
        remove_leftovers(self.path)
