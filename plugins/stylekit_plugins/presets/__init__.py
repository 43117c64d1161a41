"""Presets: defaults, looks, and published settings."""

from __future__ import annotations

import stylekit
from stylekit.specs import PresetSpec
from stylekit_plugins.presets.published import (
    CROWSON_W2,
    GATYS2016_CODE,
    GATYS2016_PAPER,
    NEURAL_STYLE_PT,
    PYTORCH_TUTORIAL,
)

STYLEKIT_API = 1


@stylekit.hookimpl
def register_presets() -> list[PresetSpec]:
    """Register the default, which lies under every run, two looks, and published settings."""
    return [
        PresetSpec(
            name="default",
            summary="Gatys on VGG-19 with built-in samples: the settings of a bare `stylekit run`.",
            values={
                "method": "gatys",
                "content": ["sample:astronaut"],
                "style": ["sample:swirls"],
                "executor": "local",
            },
        ),
        PresetSpec(
            name="subtle",
            summary="The photograph with a touch of the painting.",
            values={"method": "gatys", "gatys": {"style_weight": 10.0}},
        ),
        PresetSpec(
            name="strong",
            summary="Mostly the painting, with the photograph still recognizable.",
            values={"method": "gatys", "gatys": {"style_weight": 300.0}},
        ),
        PresetSpec(
            name="gatys2016-paper",
            summary="The text of the paper: average pooling, initial noise, original VGG-19.",
            values=GATYS2016_PAPER,
        ),
        PresetSpec(
            name="gatys2016-code",
            summary="The settings of Gatys' own notebook, original VGG-19.",
            values=GATYS2016_CODE,
        ),
        PresetSpec(
            name="neural-style-pt",
            summary="The defaults of neural-style and neural-style-pt, original VGG-19.",
            values=NEURAL_STYLE_PT,
        ),
        PresetSpec(
            name="pytorch-tutorial",
            summary="PyTorch's Neural Transfer tutorial, on VGG-19 features of unit activation.",
            values=PYTORCH_TUTORIAL,
        ),
        PresetSpec(
            name="crowson-w2",
            summary="Crowson's recipe: Wasserstein-2, averaged Adam, coarse to fine.",
            values=CROWSON_W2,
        ),
    ]
