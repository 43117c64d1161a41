"""From images of any size to logits: the same for every network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torch import Tensor, nn

from stylekit.evaluation.classifier import LogitFunction
from stylekit.images.frames import Frame

BATCH = 16


def make_logit_function(
    network: nn.Module, prepare: Callable[[Image.Image], Tensor], device: torch.device
) -> LogitFunction:
    """Return the function that classifies.

    Images are prepared as 8-bit Pillow images, as in training: resizing a tensor gives other
    values, and without antialiasing another accuracy.

    Args:
        prepare: returns the network's input (3, h, w), of one size for all images.
    """
    network = network.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def logits(frames: Sequence[Frame]) -> Tensor:
        batches = []
        for start in range(0, len(frames), BATCH):
            batch = [prepare(rgb(frame)) for frame in frames[start : start + BATCH]]
            batches.append(network(torch.stack(batch).to(device)).float().cpu())
        return torch.cat(batches).clone()

    return logits


def rgb(frame: Frame) -> Image.Image:
    """Return an image without its alpha."""
    return Frame(frame.pixels).to_pil()
