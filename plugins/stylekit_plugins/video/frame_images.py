"""An image for each frame of a clip, trained by Adam, in a file: memory does not grow with frames.

A step of the training changes the images of two frames. Adam over one table of all frames would
also move every other image a little, by the momentum that it has left. Here an image makes up for
that when it is asked for again, step by step, and so has the same numbers to the bit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stylekit.errors import InputError

_PARTS = 3
"""What is kept of a frame: its image, and the running means of its gradient and its square."""


class FrameImages:
    """The images, all 0 at first; only those that were changed are kept.

    Args:
        shape: of an image, (3, H, W).
        rate: returns the step size of a step of the training, counted from 0.
    """

    def __init__(
        self, shape: tuple[int, int, int], device: torch.device, rate: Callable[[int], float]
    ) -> None:
        self._shape = (_PARTS, *shape)
        self._bytes = 4 * int(np.prod(self._shape))
        self._device, self._rate = device, rate
        self._file = tempfile.TemporaryFile(prefix="stylekit-")  # noqa: SIM115 - gone with this object
        self._steps = 0
        self._places: dict[int, int] = {}
        self._steps_in: dict[int, int] = {}

    def of(self, frames: Sequence[int]) -> Tensor:
        """Return the images of some frames as they are now, (N, 3, H, W)."""
        return torch.stack([self._current(frame)[0] for frame in frames])

    def descend(self, frames: Sequence[int], gradients: Tensor) -> None:
        """Take a step, which changes some frames by their gradients, (N, 3, H, W).

        Raises:
            InputError: they cannot be kept.
        """
        changed = [self._current(frame) for frame in frames]
        self._steps += 1
        for frame, record, gradient in zip(frames, changed, gradients, strict=True):
            self._move(record, self._steps - 1, gradient)
            self._keep(frame, record)

    def state(self) -> dict[str, Any]:
        """Return all that is needed to continue."""
        self._file.flush()
        shape = (len(self._places), *self._shape)
        values = np.memmap(self._file, np.float32, "c", shape=shape) if self._places else ()
        return {
            "steps": self._steps,
            "frames": list(self._places),
            "steps_in": [self._steps_in[frame] for frame in self._places],
            # Read from the file while it is saved.
            "values": torch.as_tensor(values),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        self._steps = int(state["steps"])
        entries = zip(state["frames"], state["steps_in"], state["values"], strict=True)
        for frame, steps, record in entries:
            self._keep(frame, record, steps)

    def _current(self, frame: int) -> Tensor:
        """Return what is kept of a frame, with all steps so far."""
        if frame not in self._places:
            return torch.zeros(self._shape, device=self._device)
        self._file.seek(self._places[frame] * self._bytes)
        values = np.frombuffer(bytearray(self._file.read(self._bytes)), np.float32)
        record = torch.from_numpy(values.reshape(self._shape)).to(self._device)
        if self._steps_in[frame] < self._steps:
            nothing = torch.zeros_like(record[0])
            for step in range(self._steps_in[frame], self._steps):
                self._move(record, step, nothing)
            self._keep(frame, record)
        return record

    def _move(self, record: Tensor, step: int, gradient: Tensor) -> None:
        """Take a step of Adam, in place."""
        image = nn.Parameter(record[0])
        image.grad = gradient
        adam = torch.optim.Adam([image], lr=self._rate(step))
        adam.state[image] = {
            "step": torch.tensor(float(step)),
            "exp_avg": record[1],
            "exp_avg_sq": record[2],
        }
        adam.step()

    def _keep(self, frame: int, record: Tensor, steps: int | None = None) -> None:
        place = self._places.setdefault(frame, len(self._places))
        self._steps_in[frame] = self._steps if steps is None else steps
        try:
            self._file.seek(place * self._bytes)
            self._file.write(record.cpu().numpy().tobytes())
            self._file.flush()
        except OSError as error:
            raise InputError(
                f"Cannot keep the images of the frames in {tempfile.gettempdir()}: "
                f"{error.strerror or error}.",
                "Free some space there, or name another folder in the variable TMPDIR.",
            ) from None
