"""From pictures of any size to logits: the same for every network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torch import Tensor, nn

from stylekit.evaluation.classifier import LogitFunction
from stylekit.images.frames import Frame

BATCH = 16


def classifying(
    network: nn.Module, prepare: Callable[[Image.Image], Tensor], device: torch.device
) -> LogitFunction:
    """Return the function that classifies.

    Pictures are prepared as 8-bit Pillow pictures, as data sets are in training: resizing a tensor
    gives other values, and without antialiasing another accuracy.

    Args:
        prepare: returns the network's input (3, h, w), of one size for all pictures.
    """
    network = network.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def logits(frames: Sequence[Frame]) -> Tensor:
        found = []
        for start in range(0, len(frames), BATCH):
            batch = [prepare(rgb(frame)) for frame in frames[start : start + BATCH]]
            found.append(network(torch.stack(batch).to(device)).float().cpu())
        return torch.cat(found).clone()

    return logits


def rgb(frame: Frame) -> Image.Image:
    """Return a picture without its alpha."""
    return Frame(frame.pixels).to_pil()
