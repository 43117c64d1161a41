"""Both optimizers on a real objective of an image: they lower it, stay in range, and continue."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from stylekit.protocols import Optimizer
from stylekit_plugins.optimizers.adam import Adam, AdamParams
from stylekit_plugins.optimizers.lbfgs import LBFGS, LBFGSParams

MAKERS: dict[str, Callable[[], Optimizer]] = {
    "lbfgs": lambda: LBFGS(LBFGSParams()),
    "adam": lambda: Adam(AdamParams()),
}


def blurred_target(scale: float) -> Callable[[Tensor], Tensor]:
    """An ill-conditioned least-squares objective whose minimum lies partly outside of [0, 1]."""
    target = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(1)) * 1.6 - 0.3
    kernel = torch.ones(3, 1, 5, 5) / 25

    def objective(image: Tensor) -> Tensor:
        blurred = torch.nn.functional.conv2d(image - target, kernel, padding=2, groups=3)
        return scale * (blurred.square().mean() + 1e-3 * (image - target).square().mean())

    return objective


def run(name: str, scale: float, steps: int) -> tuple[list[float], Tensor, list[bool]]:
    image = torch.full((1, 3, 24, 24), 0.5, requires_grad=True)
    objective = blurred_target(scale)
    in_range: list[bool] = []

    def evaluate() -> Tensor:
        in_range.append(bool(((image >= 0) & (image <= 1)).all()))
        return objective(image)

    minimization = MAKERS[name]().begin(image)
    losses = [float(minimization.step(evaluate)) for _ in range(steps)]
    return losses, image.detach(), in_range


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
def test_it_descends_at_every_scale_of_the_loss(name: str, scale: float) -> None:
    """torch's own L-BFGS stops at 1e-9, because its thresholds are absolute."""
    losses, _, _ = run(name, scale, 60)
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize("name", MAKERS)
def test_the_image_is_in_range_at_every_evaluation_and_after(name: str) -> None:
    _, image, in_range = run(name, 1.0, 60)
    assert all(in_range)
    assert float(image.min()) == 0.0
    assert float(image.max()) == 1.0


@pytest.mark.parametrize("name", MAKERS)
def test_the_saved_image_has_the_loss_of_the_optimization(name: str) -> None:
    """Rounding to 8 bits must not lose the gain, as clamping at the end does."""
    losses, image, _ = run(name, 1.0, 60)
    saved = (image * 255).round() / 255
    assert float(blurred_target(1.0)(saved)) <= losses[-1] * 1.2


def test_one_step_is_one_evaluation() -> None:
    for name in MAKERS:
        _, _, in_range = run(name, 1.0, 7)
        assert len(in_range) == 7


@pytest.mark.parametrize("name", MAKERS)
def test_it_continues_bit_equal_from_its_state(name: str, tmp_path: Any) -> None:
    objective = blurred_target(1.0)
    image = torch.full((1, 3, 24, 24), 0.5, requires_grad=True)
    minimization = MAKERS[name]().begin(image)
    for _ in range(6):
        minimization.step(lambda: objective(image))
    path = tmp_path / "state.pt"
    torch.save({"image": image.detach(), "state": minimization.state_dict()}, path)
    for _ in range(6):
        minimization.step(lambda: objective(image))

    loaded = torch.load(path, weights_only=True)
    again = loaded["image"].clone().requires_grad_(True)
    resumed = MAKERS[name]().begin(again)
    resumed.load_state_dict(loaded["state"])
    for _ in range(6):
        resumed.step(lambda: objective(again))
    assert torch.equal(again, image)


def test_lbfgs_reaches_a_lower_loss_than_adam_in_the_same_steps() -> None:
    assert run("lbfgs", 1.0, 60)[0][-1] < run("adam", 1.0, 60)[0][-1]


def test_a_zero_gradient_does_not_crash() -> None:
    for maker in MAKERS.values():
        image = torch.full((1, 3, 4, 4), 0.5, requires_grad=True)
        maker().begin(image).step(lambda image=image: 0.0 * image.sum())
        assert torch.equal(image.detach(), torch.full((1, 3, 4, 4), 0.5))


def with_hardly_any_curvature(image: Tensor) -> Tensor:
    """Nearly linear far from its minimum, so that L-BFGS proposes a very long step."""
    return ((image - 0.5).square() + 1e-4).sqrt().mean()


@pytest.mark.parametrize("limit", [0.01, 0.05])
def test_a_step_of_lbfgs_is_limited_and_its_history_corrected(limit: float) -> None:
    start = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(2))
    image = start.clone().requires_grad_(True)
    minimization = LBFGS(LBFGSParams(max_step=limit)).begin(image)
    changes, losses = [], []
    for _ in range(60):
        before = image.detach().clone()
        losses.append(float(minimization.step(lambda: with_hardly_any_curvature(image))))
        changes.append(float((image.detach() - before).abs().mean()))
    assert max(changes) <= limit * (1 + 1e-5)
    assert any(change > 0.99 * limit for change in changes)
    assert losses[-1] < 0.1 * losses[0]


def test_lbfgs_loads_no_compiler() -> None:
    """Loading torch's compiler takes as long as loading torch itself."""
    code = (
        "import sys, torch\n"
        "from stylekit_plugins.optimizers.lbfgs import LBFGS\n"
        "from stylekit_plugins.optimizers.params import LBFGSParams\n"
        "image = torch.rand(1, 3, 8, 8, requires_grad=True)\n"
        "run = LBFGS(LBFGSParams()).begin(image)\n"
        "for _ in range(3): run.step(lambda: (image - 0.5).square().mean())\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
