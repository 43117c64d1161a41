"""A plugin as it was written for plugin API 1 in 2026. Never edit it: that is what it is for."""

import os
from pathlib import Path

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses():
    return [
        stylekit.LossSpec(
            name="vintage",
            role="style",
            summary="Compares the mean of each channel.",
            factory="stylekit_vintage.loss:VintageLoss",
            version=1,
        )
    ]


@stylekit.hookimpl
def register_presets():
    return [
        stylekit.PresetSpec(
            name="sepia-days", summary="As it was then.", values={"style_loss": "vintage"}
        )
    ]


@stylekit.hookimpl
def step_finished(step):
    with Path(os.environ["VINTAGE_LOG"]).open("a", encoding="ascii") as log:
        log.write(f"{step.index}\n")
