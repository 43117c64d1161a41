"""The loss by itself: against a plain formula, and its memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from stylekit_neighbors.loss import NeighborsLoss, neighbors, spread
from stylekit_neighbors.params import NeighborsParams
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def make(**values: float) -> NeighborsLoss:
    return NeighborsLoss(NeighborsParams(**values))


def features(seed: int, height: int, width: int, channels: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, channels, height, width, generator=generator)


def loss_of(loss: NeighborsLoss, image: Tensor, style: Tensor) -> Tensor:
    return loss.compare(loss.measure(image), loss.measure(style))


def plain(image: Tensor, style: Tensor, moments: float) -> float:
    """The definition, by loops over all pairs, in float64."""
    a = image[0].flatten(1).double().numpy().T
    b = style[0].flatten(1).double().numpy().T
    a, b = a - b.mean(axis=0), b - b.mean(axis=0)
    distances = np.array(
        [[1 - x @ y / np.linalg.norm(x) / np.linalg.norm(y) for y in b] for x in a]
    )
    both = (distances.min(axis=1).mean() + distances.min(axis=0).mean()) / 2
    means = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).mean()
    deviations = ((a.std(axis=0) - b.std(axis=0)) ** 2).mean()
    return float(both + moments * (means + deviations))


@pytest.mark.parametrize("moments", [0, 1, 3])
def test_it_is_the_plain_formula(moments: float):
    image, style = features(0, 5, 7), features(1, 6, 4).square()
    assert float(loss_of(make(moments=moments), image, style)) == pytest.approx(
        plain(image, style, moments), rel=1e-3
    )


def test_the_order_of_positions_does_not_matter():
    loss, image = make(), features(2, 8, 8)
    shuffled = image.flatten(2)[:, :, torch.randperm(64)].reshape(1, 6, 4, 16)
    assert float(loss_of(loss, shuffled, image)) == pytest.approx(0, abs=1e-5)
    assert float(loss_of(loss, features(3, 8, 8), image)) > 0.01


def test_repeating_one_part_of_the_style_is_not_enough():
    """One direction alone would be satisfied: each position has an equal one in the style."""
    style = features(4, 8, 8)
    repeated = style[:, :, :1, :1].expand(1, 6, 8, 8)
    assert float(loss_of(make(moments=0), repeated, style)) > 0.2


def test_every_position_has_the_right_gradient():
    loss = make()
    image, style = features(5, 3, 4).requires_grad_(), features(6, 4, 4)
    loss_of(loss, image, style).backward()
    assert image.grad is not None
    assert bool((image.grad != 0).all())
    for index in ((0, 0, 0, 0), (0, 3, 1, 2), (0, 5, 2, 3)):
        ends = []
        for shift in (1e-3, -1e-3):
            moved = image.detach().clone()
            moved[index] += shift
            ends.append(float(loss_of(loss, moved, style)))
        assert (ends[0] - ends[1]) / 2e-3 == pytest.approx(
            float(image.grad[index]), rel=0.05, abs=3e-4
        )


def test_features_of_bfloat16_give_nearly_the_same_and_a_gradient_of_their_kind():
    loss, style = make(), features(7, 12, 12, 32)
    exact = features(8, 12, 12, 32)
    image = exact.bfloat16().requires_grad_()
    value = loss_of(loss, image, style.bfloat16())
    value.backward()
    assert value.dtype == torch.float32
    assert float(value.detach()) == pytest.approx(float(loss_of(loss, exact, style)), rel=0.02)
    assert image.grad is not None
    assert image.grad.dtype == torch.bfloat16
    assert bool(image.grad.isfinite().all())


def test_vectors_without_a_direction_are_harmless():
    flat = torch.full((1, 6, 4, 4), 0.5, requires_grad=True)
    loss_of(make(), flat, torch.full((1, 6, 4, 4), 0.5)).backward()
    assert flat.grad is not None
    assert bool(flat.grad.isfinite().all())


class Largest(TorchDispatchMode):
    """Records the largest number of values of any tensor that is created."""

    largest = 0

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        for each in result if isinstance(result, tuple | list) else (result,):
            if isinstance(each, Tensor):
                self.largest = max(self.largest, each.numel())
        return result


@pytest.mark.parametrize("entries", [1, 5000, 10**9])
def test_searching_in_blocks_gives_the_same_in_less_memory(entries: int):
    vectors = torch.nn.functional.normalize(features(9, 40, 50, 4)[0].flatten(1), dim=0)
    others = torch.nn.functional.normalize(features(10, 10, 30, 4)[0].flatten(1), dim=0)
    whole = vectors.T @ others
    with Largest() as recorded:
        nearest, nearest_back = neighbors(vectors, others, entries)
    # Equal similarities may come in another order; their values are the same.
    rows, columns = torch.arange(2000), torch.arange(300)
    torch.testing.assert_close(whole[rows, nearest], whole.max(dim=1).values)
    torch.testing.assert_close(whole[nearest_back, columns], whole.max(dim=0).values)
    # The vectors themselves have 8000 numbers.
    assert recorded.largest <= max(8000, min(entries, 600_000))


def test_several_styles_are_sampled_by_weight():
    loss = make(samples=100)
    first, second = torch.zeros(3, 500), torch.ones(3, 70)
    blend = loss.blend([(first, 0.75), (second, 0.25)])
    assert blend.shape == (3, 100)
    assert float(blend[0].mean()) == pytest.approx(0.25)
    assert torch.equal(loss.blend([(second, 1.0)]), second)


def test_samples_are_spread_over_the_columns_of_an_image():
    """Even distances would hit only 4 of 64 columns."""
    columns = torch.arange(64).repeat(64)[None].float()
    selected = spread(columns, 256)[0]
    assert len(set(selected.tolist())) > 56
    assert float(selected.mean()) == pytest.approx(31.5, abs=1.5)
