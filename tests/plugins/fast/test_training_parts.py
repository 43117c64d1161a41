"""The parts of a training of `fast`: crops, perturbations, the clock, the plateau."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from stylekit.images.frames import Frame
from stylekit_plugins.fast.crops import CropPool, center_square, random_square
from stylekit_plugins.fast.loading import build_network
from stylekit_plugins.fast.new_network import new_network
from stylekit_plugins.fast.perturbation import Perturbation
from stylekit_plugins.fast.randomness import Purpose, permuted, random_generator
from stylekit_plugins.fast.training_clock import TrainingClock
from stylekit_plugins.fast.training_params import FastTrainingParams
from stylekit_plugins.fast.validation import has_plateaued
from stylekit_plugins.networks.transformer_net import to_transformer_net


class Objectives:
    """Remembers the crops and strengths that objectives were made for."""

    def __init__(self) -> None:
        self.made: list[tuple[Frame, float]] = []

    def of(self, content: Frame, strength: float) -> object:
        self.made.append((content, strength))
        return lambda image: {"total": image.sum()}


def photographs(count: int = 3) -> list[Frame]:
    generator = torch.Generator().manual_seed(0)
    return [
        Frame(torch.rand(3, 90, 120, generator=generator), None, f"{number}.png")
        for number in range(count)
    ]


def pool(objectives: Objectives, **params: object) -> CropPool:
    checked = FastTrainingParams.model_validate({"crops": 8, "visits": 2, **params})
    cpu = torch.device("cpu")
    return CropPool(photographs(), objectives, checked, 64, 5, cpu)  # type: ignore[arg-type]


def test_a_new_network_has_the_layers_of_transformer_net() -> None:
    network = new_network(8, (0.0, 1.0), (0.0, 1.0), seed=1)
    again = new_network(8, (0.0, 1.0), (0.0, 1.0), seed=1)
    assert torch.equal(network.body.contract[0].weight, again.body.contract[0].weight)
    image = photographs(1)[0].pixels[None]
    with torch.no_grad():
        result = network(image, torch.tensor([1.0]))
        loaded = build_network(network.state_dict())(image, torch.tensor([1.0]))
    assert torch.equal(result, loaded)
    assert 0.1 < float(result.mean()) < 0.9
    assert to_transformer_net(network.state_at(1.0))["in1.weight"].shape == (8,)


def test_crops_take_turns_and_are_replaced() -> None:
    objectives = Objectives()
    crops = pool(objectives)
    first = [crops.batch(step)[0] for step in range(16)]
    assert {crop.objective for crop in first}
    assert Counter(map(id, first)).most_common()[0][1] == 2
    assert len(objectives.made) == len({id(crop) for crop in first}) == 8
    second = [crops.batch(step)[0] for step in range(16, 32)]
    assert not {id(crop) for crop in first} & {id(crop) for crop in second}


def test_crops_depend_on_the_step_alone() -> None:
    """So a training that resumes sees the same ones."""
    whole, resumed = pool(Objectives(), batch=2), pool(Objectives(), batch=2)
    crops = [whole.batch(step) for step in range(21)]
    for one, other in zip(crops[20], resumed.batch(20), strict=True):
        assert torch.equal(one.image, other.image)
        assert one.strength == other.strength


def test_a_part_of_the_crops_has_other_strengths() -> None:
    crops = pool(Objectives(), crops=40, dial=0.25)
    strengths = [crops.batch(step)[0].strength for step in range(40)]
    others = [strength for strength in strengths if strength != 1]
    assert len(others) == 10
    assert 0 < min(others) < 1 < max(others) <= 1.5
    assert sum(strength > 1 for strength in others) == 5
    none = pool(Objectives(), dial=0.0)
    assert {none.batch(step)[0].strength for step in range(8)} == {1.0}


@pytest.mark.parametrize("size", [64, 200])
def test_squares_have_their_size_and_range(size: int) -> None:
    frame = photographs(1)[0]
    for seed in range(5):
        square = random_square(frame, size, 0.5, torch.Generator().manual_seed(seed))
        assert square.pixels.shape == (3, size, size)
        assert 0 <= float(square.pixels.min()) <= float(square.pixels.max()) <= 1
    assert center_square(frame, size).pixels.shape == (3, size, size)


def test_a_permutation_has_each_number_once() -> None:
    numbers = [permuted(7, position, 3, Purpose.TURNS) for position in range(14)]
    assert sorted(numbers[:7]) == sorted(numbers[7:]) == list(range(7))
    assert numbers[:7] != numbers[7:]


def test_a_steady_network_has_no_temporal_loss() -> None:
    """One that works on single pixels commutes with every warp."""
    perturbation = Perturbation.draw(64, 0.0, random_generator(1, 2))
    image = center_square(photographs(1)[0], 64).pixels[None]
    assert float(perturbation.loss(image, perturbation.warp(image))) == pytest.approx(0, abs=1e-12)
    assert float(perturbation.loss(image, image)) > 1e-3


def test_a_perturbed_image_is_an_image() -> None:
    image = center_square(photographs(1)[0], 64).pixels[None]
    for seed in range(4):
        perturbed = Perturbation.draw(64, 0.2, random_generator(seed)).apply(image)
        assert perturbed.shape == image.shape
        assert 0 <= float(perturbed.min()) <= float(perturbed.max()) <= 1


def test_noise_of_every_grain_is_as_strong() -> None:
    """Interpolated noise would be weaker than that of single pixels."""
    deviations, coarse = [], 0
    for seed in range(40):
        noise = Perturbation.draw(64, 0.2, random_generator(seed)).noise
        deviations.append(float(noise.std()))
        coarse += float((noise[..., 1:] * noise[..., :-1]).mean()) > 0.3 * float(noise.var())
    assert max(deviations) < 0.2
    assert sum(deviations) / 40 == pytest.approx(0.1, rel=0.3)
    assert 20 <= coarse <= 38


def test_the_time_before_a_stop_counts() -> None:
    clock = TrainingClock(None, 100.0)
    clock.restore({"step": 30, "seconds": 75.0})
    assert clock.progress == pytest.approx(0.75, abs=0.01)
    assert clock.steps_left(rough=0.5) == pytest.approx(50, abs=1)


def test_whichever_limit_comes_first_ends_a_training() -> None:
    clock = TrainingClock(10, 1000.0)
    clock.step = 5
    assert clock.progress == pytest.approx(0.5, abs=0.01)
    assert clock.steps_left(rough=1.0) == 5
    clock.restore({"step": 5, "seconds": 1001.0})
    assert clock.progress > 1


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ([5.0, 4.0, 3.0, 2.0], False),
        ([5.0, 4.0, 4.1, 3.99], True),
        ([5.0, 4.0, 4.1, 3.9], False),
        ([5.0, 5.0], False),
    ],
)
def test_a_plateau_is_no_improvement_for_a_while(totals: list[float], expected: bool) -> None:
    assert has_plateaued(totals, 1, 2, 0.005) is expected
    assert not has_plateaued(totals, 1, 0, 0.005)


@pytest.mark.parametrize(
    ("progress", "validations", "expected"),
    [(0.4, 20, False), (0.5, 20, True), (0.5, 40, False), (1.0, 40, True), (1.0, 100, False)],
)
def test_a_long_training_needs_a_long_plateau(
    progress: float, validations: int, expected: bool
) -> None:
    """12 validations or a fifth of the training, and none in the first half."""
    totals = [3.0] * (validations - 14) + [2.0] * 14
    assert has_plateaued(totals, progress, 12, 0.005) is expected
