"""One image per frame of a video, trained by Adam, in a file: memory does not grow with frames.

A training step changes the images of two frames. Adam over one table of all frames would also move
every other image a little, by its remaining momentum. Here an image catches up on those steps when
it is next used, one by one, and so has the same values to the bit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stylekit.errors import InputError

_PLANES = 3
"""Stored per frame: its image, and Adam's running means of the gradient and of its square."""


class FrameImages:
    """Images that start at 0; only changed ones are stored.

    Args:
        shape: of an image, (3, H, W).
        lr: returns the learning rate of a training step, counted from 0.
    """

    def __init__(
        self, shape: tuple[int, int, int], device: torch.device, lr: Callable[[int], float]
    ) -> None:
        self._shape = (_PLANES, *shape)
        self._bytes = 4 * int(np.prod(self._shape))
        self._device, self._lr = device, lr
        self._file = tempfile.TemporaryFile(prefix="stylekit-")  # noqa: SIM115 - closed with the object
        self._steps = 0
        self._positions: dict[int, int] = {}
        self._steps_of: dict[int, int] = {}

    def get(self, frames: Sequence[int]) -> Tensor:
        """Return the current images of some frames, (N, 3, H, W)."""
        return torch.stack([self._current(frame)[0] for frame in frames])

    def step(self, frames: Sequence[int], gradients: Tensor) -> None:
        """Take an optimizer step with the gradients of some frames, (N, 3, H, W).

        Raises:
            InputError: the images cannot be stored.
        """
        records = [self._current(frame) for frame in frames]
        self._steps += 1
        for frame, record, gradient in zip(frames, records, gradients, strict=True):
            self._adam_step(record, self._steps - 1, gradient)
            self._store(frame, record)

    def state(self) -> dict[str, Any]:
        """Return all that is needed to resume."""
        self._file.flush()
        shape = (len(self._positions), *self._shape)
        values = np.memmap(self._file, np.float32, "c", shape=shape) if self._positions else ()
        return {
            "steps": self._steps,
            "frames": list(self._positions),
            "steps_in": [self._steps_of[frame] for frame in self._positions],
            # Read from the file while it is saved.
            "values": torch.as_tensor(values),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Resume from `state()`."""
        self._steps = int(state["steps"])
        entries = zip(state["frames"], state["steps_in"], state["values"], strict=True)
        for frame, steps, record in entries:
            self._store(frame, record, steps)

    def _current(self, frame: int) -> Tensor:
        """Return the record of a frame, after all steps so far."""
        if frame not in self._positions:
            return torch.zeros(self._shape, device=self._device)
        self._file.seek(self._positions[frame] * self._bytes)
        values = np.frombuffer(bytearray(self._file.read(self._bytes)), np.float32)
        record = torch.from_numpy(values.reshape(self._shape)).to(self._device)
        if self._steps_of[frame] < self._steps:
            zero = torch.zeros_like(record[0])
            for step in range(self._steps_of[frame], self._steps):
                self._adam_step(record, step, zero)
            self._store(frame, record)
        return record

    def _adam_step(self, record: Tensor, step: int, gradient: Tensor) -> None:
        """Take a step of Adam, in place."""
        image = nn.Parameter(record[0])
        image.grad = gradient
        adam = torch.optim.Adam([image], lr=self._lr(step))
        adam.state[image] = {
            "step": torch.tensor(float(step)),
            "exp_avg": record[1],
            "exp_avg_sq": record[2],
        }
        adam.step()

    def _store(self, frame: int, record: Tensor, steps: int | None = None) -> None:
        position = self._positions.setdefault(frame, len(self._positions))
        self._steps_of[frame] = self._steps if steps is None else steps
        try:
            self._file.seek(position * self._bytes)
            self._file.write(record.cpu().numpy().tobytes())
            self._file.flush()
        except OSError as error:
            raise InputError(
                f"Cannot store the images of the frames in {tempfile.gettempdir()}: "
                f"{error.strerror or error}.",
                "Free some space there, or set TMPDIR to another folder.",
            ) from None
