"""A plugin for tests of signals: a method that takes many short steps, and a disk that is slow."""

import os
import sys
import time

import torch
from PIL import Image

import stylekit

STYLEKIT_API = 1


class Slow(stylekit.Method):
    """Returns the content, a little brighter with each step."""

    def __init__(self, params):
        pass

    def stylize(self, job):
        image, steps = job.content.image, int(os.environ["SLOW_STEPS"])
        stage = stylekit.Stage("slow", steps, image.width, image.height, "", steps)
        yield stage
        for index in range(1, steps + 1):
            time.sleep(0.02)
            made = image.with_pixels(image.pixels * (0.5 + index / steps / 2))
            clip = stylekit.Clip((made,))
            yield stylekit.Step(stage, index, {"total": torch.ones(())}, lambda clip=clip: clip)
        return clip


@stylekit.hookimpl
def register_methods():
    return [
        stylekit.MethodSpec(
            name="slow", summary="Takes its time.", styles=(0, 0), factory=f"{__name__}:Slow"
        )
    ]


def _slowly(save):
    def slow(self, *args, **options):
        print("saving", file=sys.stderr, flush=True)
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            time.sleep(0.01)
        save(self, *args, **options)

    return slow


if "SLOW_DISK" in os.environ:
    Image.Image.save = _slowly(Image.Image.save)
