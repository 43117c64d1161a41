"""The example on one screen makes what the method makes."""

from __future__ import annotations

import runpy
from pathlib import Path

import torch

import stylekit

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "gatys_from_scratch.py"
ONE_SCALE = {"init": "content", "min_size": 10_000, "min_improvement": 0.0}


def test_it_makes_the_image_of_the_method() -> None:
    generator = torch.Generator().manual_seed(0)
    content = torch.rand(1, 3, 48, 64, generator=generator)
    style = torch.rand(1, 3, 64, 64, generator=generator)
    method = stylekit.run(
        "gatys",
        backbone="vgg19",
        content=content[0],
        style=style[0],
        size=64,
        steps=8,
        gatys=ONE_SCALE,
    )
    plain = runpy.run_path(str(SCRIPT))["stylize"](content, style, steps=8)
    assert float((plain - content).abs().mean()) > 0.02
    difference = (method.image.pixels[None] - plain).abs()
    # Steps amplify the rounding of sums; style_weight 31 already differs by 1e-3 on average.
    assert float(difference.mean()) < 3e-4
    assert float(difference.max()) < 5e-3
