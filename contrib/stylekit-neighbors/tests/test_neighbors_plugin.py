"""The plugin as the host sees it, and runs with its loss."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import stylekit
from stylekit.registry.catalogue import params_model
from stylekit.specs import LossSpec

SMALL = {"backbone": "vgg19", "style_loss": "neighbors", "size": 64, "device": "cpu"}
SMALL |= {"offline": True, "content": "sample:coffee"}


def test_the_host_finds_the_loss_and_its_parameters():
    component = stylekit.Host().catalogue.find(LossSpec, "neighbors:neighbors")
    assert component.spec.role == "style"
    fields = params_model(component).model_fields
    assert set(fields) == {"samples", "moments", "memory_mb"}
    assert all(field.description for field in fields.values())


def test_the_manifest_loads_neither_torch_nor_pydantic():
    code = "import sys, stylekit_neighbors; print({'torch', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_gatys_lowers_it_with_two_styles_of_different_sizes():
    """Their vectors cannot be added up: there are more of one than of the other."""
    run = stylekit.Host().iterate(
        "gatys",
        style=["sample:chelsea*0.7", "sample:rocket*0.3"],
        config={"gatys": {"steps": 6, "init": "content"}, "neighbors": {"samples": 64}},
        **SMALL,
    )
    losses = [float(step.losses["total"]) for step in run]
    assert losses[-1] < 0.8 * losses[0]
    assert run.result.losses["style"] > 0


@pytest.mark.parametrize("samples", [64, 65536])
def test_an_image_in_its_own_style_stays_unchanged(samples: int):
    run = stylekit.Host().run(
        "gatys",
        style="sample:coffee",
        config={"gatys": {"steps": 2, "init": "content"}, "neighbors": {"samples": samples}},
        **SMALL,
    )
    original = stylekit.Host().run("identity", content="sample:coffee", size=64).image
    change = float((run.image.pixels - original.pixels).abs().mean())
    assert change < (0.05 if samples == 64 else 1e-3)
    assert bool(torch.isfinite(run.image.pixels).all())
