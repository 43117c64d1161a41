"""The method, through the host, with real weights of VGG-19."""

from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import torch
from stylekit_wct.method import Wct

import stylekit
from stylekit.errors import UsageError
from stylekit.registry.catalogue import params_model
from stylekit.specs import MethodSpec

SMALL: dict[str, Any] = {"backbone": "vgg19", "size": 64, "device": "cpu", "offline": True}
SMALL |= {"content": "sample:coffee", "style": "sample:chelsea"}
FEW = {"steps": 6, "rounds": 2}


def run(**values: Any) -> stylekit.Result:
    settings = values.pop("settings", {})
    return stylekit.Host().run("wct", config={"wct": {**FEW, **settings}}, **{**SMALL, **values})


def content() -> torch.Tensor:
    return stylekit.Host().run("identity", content="sample:coffee", size=64).image.pixels


def test_the_host_finds_the_method_and_its_parameters():
    component = stylekit.Host().catalogue.find(MethodSpec, "wct:wct")
    fields = params_model(component).model_fields
    assert set(fields) == {"transform", "strength", "layers", "rounds", "steps", "style_scale"}
    assert all(field.description for field in fields.values())


def test_the_manifest_loads_neither_torch_nor_pydantic():
    code = "import sys, stylekit_wct; print({'torch', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("transform", ["wct", "transport", "adain"])
def test_the_image_approaches_the_statistics_of_the_style(transform: str):
    result = run(settings={"transform": transform})
    untouched = run(settings={"transform": transform, "steps": 1, "rounds": 1})
    assert result.losses["total"] < untouched.losses["total"]
    assert result.image.pixels.shape == content().shape
    assert result.steps == 6


def test_in_each_round_the_loss_falls():
    host = stylekit.Host()
    steps = host.iterate("wct", config={"wct": {"steps": 12, "rounds": 2}}, **SMALL)
    losses = [float(step.losses["total"]) for step in steps]
    assert losses[4] < losses[0]
    assert losses[10] < losses[6]


def test_a_strength_of_zero_changes_nothing():
    result = run(settings={"strength": 0.0})
    torch.testing.assert_close(result.image.pixels, content(), atol=2e-3, rtol=0)
    assert result.losses["total"] < 1e-3


def test_styles_blend_and_regions_stay_within_their_masks():
    blended = run(style=["sample:chelsea*0.5", "sample:rocket*0.5"])
    assert blended.losses["total"] > 0
    painted = run(region="box:0,0,300,400").image.pixels
    changed = (painted != content()).any(dim=0)
    assert changed[:, :30].float().mean() > 0.9
    assert not changed[:, 33:].any()


def test_an_unknown_layer_is_refused_with_a_suggestion():
    with pytest.raises(UsageError, match="has no layer 'relu3_9'") as refused:
        run(settings={"layers": {"relu3_9": 1}})
    assert "relu3_" in str(refused.value.hint)


def test_a_resumed_run_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch):
    """From within the first round, and from within the second."""
    jobs = []
    original = Wct.stylize

    def recorded(self, job):
        jobs.append((self, job))
        return original(self, job)

    monkeypatch.setattr(Wct, "stylize", recorded)
    states, images = {}, {}
    running = stylekit.Host().iterate("wct", config={"wct": {"steps": 7, "rounds": 2}}, **SMALL)
    for step in running:
        if step.index in (2, 3, 5):
            assert step.state is not None
            # A copy: the optimizer continues with the same tensors.
            states[step.index] = copy.deepcopy(step.state())
    ((method, job),) = jobs
    for index, state in states.items():
        events = original(method, replace(job, resume=state))
        while True:
            try:
                next(events)
            except StopIteration as stop:
                images[index] = stop.value.image.pixels
                break
    for again in images.values():
        assert torch.equal(again, running.result.image.pixels)
    assert len(images) == 3


def test_other_methods_can_use_its_objective(monkeypatch: pytest.MonkeyPatch):
    gradients = []
    original = Wct.stylize

    def recorded(self, job):
        image = job.content.image.pixels[None].clone().requires_grad_()
        self.objective(job)(image)["total"].backward()
        gradients.append(image.grad)
        return original(self, job)

    monkeypatch.setattr(Wct, "stylize", recorded)
    run()
    (gradient,) = gradients
    assert bool(gradient.isfinite().all())
    assert float(gradient.abs().max()) > 0
