"""Formulas against values computed by hand, and against independent code."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from stylekit.params import Params
from stylekit_plugins.losses.content import ContentLoss
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.params import GramParams
from stylekit_plugins.losses.tv import TotalVariationLoss

# Two channels, one row of three positions: F = [[1, 2, 3], [0, 1, -1]].
F = torch.tensor([[[[1.0, 2.0, 3.0]], [[0.0, 1.0, -1.0]]]])


def test_gram_by_hand() -> None:
    # F F^T = [[1+4+9, 0+2-3], [-1, 0+1+1]] = [[14, -1], [-1, 2]], over N = 3 positions.
    expected = torch.tensor([[14.0, -1.0], [-1.0, 2.0]]) / 3
    torch.testing.assert_close(GramLoss(GramParams(precision="float32")).measure(F), expected)


def test_gram_loss_by_hand() -> None:
    loss = GramLoss(GramParams(precision="float32"))
    target = torch.tensor([[14.0, 2.0], [-1.0, 5.0]]) / 3
    # Differences (0, -3, 0, -3) / 3, squared 0, 1, 0, 1; the mean over four entries is 1/2.
    assert float(loss.compare(loss.measure(F), target)) == pytest.approx(0.5)


def test_gram_against_the_papers_sums() -> None:
    """Equations 3 and 4 as in the paper, in float64 with NumPy."""
    rng = np.random.default_rng(0)
    features, style = rng.normal(size=(2, 5, 4, 6))
    n, c = 24, 5

    def paper_gram(f: np.ndarray) -> np.ndarray:
        flat = f.reshape(c, n)
        gram = np.zeros((c, c))
        for i in range(c):
            for j in range(c):
                gram[i, j] = sum(flat[i, k] * flat[j, k] for k in range(n))
        return gram

    e = ((paper_gram(features) - paper_gram(style)) ** 2).sum() / (4 * n**2 * c**2)
    loss = GramLoss(GramParams(precision="float32"))
    ours = loss.compare(loss.measure(_tensor(features)), loss.measure(_tensor(style)))
    # The mean over C^2 entries of (G/N)^2 is four times the paper's E_l.
    assert float(ours) == pytest.approx(4 * e, rel=1e-5)


def test_gram_does_not_depend_on_size() -> None:
    loss = GramLoss(GramParams(precision="float32"))
    torch.testing.assert_close(loss.measure(F), loss.measure(F.repeat(1, 1, 4, 5)))


def test_gram_of_half_precision_does_not_overflow() -> None:
    features = torch.full((1, 2, 64, 64), 100.0, dtype=torch.float16)
    measured = GramLoss(GramParams(precision="float32")).measure(features)
    assert measured.dtype == torch.float32
    torch.testing.assert_close(measured, torch.full((2, 2), 1e4))


def test_content_by_hand() -> None:
    loss = ContentLoss(Params())
    target = torch.tensor([[[[1.0, 0.0, 3.0]], [[1.0, 1.0, 0.0]]]])
    # Differences 0, 2, 0, -1, 0, -1: the squares sum to 6, over 6 entries.
    assert float(loss.compare(loss.measure(F), loss.measure(target))) == pytest.approx(1.0)


def test_total_variation_by_hand() -> None:
    image = torch.tensor([[0.0, 1.0, 1.0], [0.5, 0.5, 0.0]]).expand(1, 3, 2, 3)
    # Across: 1, 0, 0, -.5 -> 1.25 / 4. Down: .5, -.5, -1 -> 1.5 / 3.
    value = TotalVariationLoss(Params())(image)
    assert float(value) == pytest.approx(1.25 / 4 + 1.5 / 3)


@pytest.mark.parametrize("loss", [GramLoss(GramParams(precision="float32")), ContentLoss(Params())])
def test_gradients_of_layer_losses(loss: GramLoss) -> None:
    """Central differences on single values; in float32, so tolerances are wide."""
    torch.manual_seed(0)
    features = torch.rand(1, 3, 2, 2, requires_grad=True)
    target = loss.measure(torch.rand(1, 3, 2, 2))
    loss.compare(loss.measure(features), target).backward()
    assert features.grad is not None
    for index in ((0, 0, 0, 0), (0, 2, 1, 1), (0, 1, 0, 1)):
        values = []
        for shift in (1e-2, -1e-2):
            moved = features.detach().clone()
            moved[index] += shift
            values.append(float(loss.compare(loss.measure(moved), target)))
        assert float(features.grad[index]) == pytest.approx(
            (values[0] - values[1]) / 2e-2, rel=1e-2, abs=1e-4
        )


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).float()[None]
