"""The training: photographs get the mean color and the spread of colors of the style."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch
from stylekit import Clip, Frame, Stage, Step
from stylekit.images.frames import fit
from stylekit.methods import Epoch, TrainingJob
from torch import Tensor
from torch.nn.functional import mse_loss

from stylekit_charcoal.network import CharcoalNetwork
from stylekit_charcoal.params import CharcoalTrainingParams


class CharcoalTrainer:
    """Trains a `CharcoalNetwork`."""

    def __init__(self, params: CharcoalTrainingParams) -> None:
        self.params = params

    def train(self, job: TrainingJob) -> Generator[Stage | Step | Epoch, None, None]:
        """Yield one stage, its steps, and at the end the epoch with the network."""
        network = CharcoalNetwork().to(job.device)
        optimizer = torch.optim.Adam(network.parameters(), lr=self.params.lr)
        target = sum(
            (style.weight * statistics(self._pixels(style.frame, job)) for style in job.styles),
            torch.zeros(2, 3, device=job.device),
        )
        count, done = job.steps or self.params.length, 0
        if job.resume is not None:
            network.load_state_dict(job.resume["network"])
            optimizer.load_state_dict(job.resume["optimizer"])
            done = job.resume["done"]

        def state() -> dict[str, Any]:
            return {
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "done": done,
            }

        def translate(frame: Frame) -> Frame:
            with torch.no_grad():
                return frame.with_pixels(network(frame.pixels[None].to(job.device)))

        def sheet() -> Frame:
            before = job.samples["dataset"][0]
            pixels = torch.cat((before.pixels, translate(before).pixels), dim=2)
            return Frame(pixels, origin=before.origin)

        photographs = job.datasets["dataset"]
        stage = Stage("colors", count - done, self.params.size, self.params.size, total_steps=count)
        yield stage
        while done < count:
            # Random numbers are of the seed and the step alone, so that a training can resume.
            random = torch.Generator().manual_seed(job.seed + done)
            number = int(torch.randint(len(photographs), (), generator=random))
            painted = network(self._pixels(photographs[number], job))
            loss = mse_loss(statistics(painted), target)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            done += 1
            yield Step(stage, done, {"total": loss.detach()}, lambda: Clip((sheet(),)), state)
        yield Epoch(
            1, translate, sheet, lambda: {"network": network.state_dict()}, state, last=True
        )

    def _pixels(self, frame: Frame, job: TrainingJob) -> Tensor:
        """Return an image (1, 3, h, w) at the size of the training."""
        size = fit(frame.width, frame.height, self.params.size)
        return frame.resized(*size).pixels[None].to(job.device)


def statistics(images: Tensor) -> Tensor:
    """Return mean and deviation of each color, (2, 3)."""
    return torch.stack((images.mean(dim=(0, 2, 3)), images.std(dim=(0, 2, 3))))
