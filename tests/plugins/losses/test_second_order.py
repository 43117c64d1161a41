"""The losses on means and covariances, against independent computations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from stylekit import Host, LossSpec
from stylekit.machine import precision
from stylekit.params import Params
from stylekit_plugins.losses import second_order
from stylekit_plugins.losses.moments import SCALE as MOMENTS_SCALE
from stylekit_plugins.losses.moments import MomentsLoss
from stylekit_plugins.losses.params import WassersteinParams
from stylekit_plugins.losses.second_order import mean_and_covariance, measure_moments
from stylekit_plugins.losses.wasserstein import SCALE as WASSERSTEIN_SCALE
from stylekit_plugins.losses.wasserstein import WassersteinLoss

EPSILON = 1e-4


def features(seed: int, channels: int = 6, height: int = 9, width: int = 7) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, generator=generator)
    noise = torch.rand(1, channels, height, width, generator=generator)
    return torch.einsum("ij,bjhw->bihw", mixing, noise).relu()


@pytest.fixture(params=["moments", "wasserstein"])
def loss(request: pytest.FixtureRequest) -> MomentsLoss | WassersteinLoss:
    if request.param == "moments":
        return MomentsLoss(Params())
    return WassersteinLoss(WassersteinParams(epsilon=EPSILON))


def test_statistics_by_hand() -> None:
    # Two channels, two positions: F = [[1, 3], [0, 2]].
    measured = measure_moments(torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]]]]))
    expected = torch.tensor([[5.0, 3.0, 2.0], [3.0, 2.0, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(measured, expected)
    mean, covariance = mean_and_covariance(measured)
    torch.testing.assert_close(mean, expected[:, 2])
    torch.testing.assert_close(covariance, torch.ones(2, 2, dtype=torch.float64))


def test_covariance_against_numpy() -> None:
    value = features(1)
    _, covariance = mean_and_covariance(measure_moments(value))
    expected = np.cov(value[0].reshape(6, -1).double().numpy(), bias=True)
    np.testing.assert_allclose(covariance, expected, rtol=1e-10)


@pytest.mark.parametrize("block", [1, 6 * 10, 1 << 20], ids=["one position", "uneven", "all"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_moments_and_their_gradient_in_blocks(
    block: int, layout: torch.memory_format, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the formula in float64 with PyTorch's own gradient, also of a view of a tensor."""
    monkeypatch.setattr(second_order, "_BLOCK", block)
    whole = features(1, height=12).contiguous(memory_format=layout).requires_grad_(True)
    reference = whole.detach().double().requires_grad_(True)
    slope = torch.randn(6, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    measured = measure_moments(whole[..., 2:11, 1:])
    (measured * slope).sum().backward()
    flat = reference[..., 2:11, 1:].reshape(6, -1)
    expected = torch.cat((flat @ flat.T / flat.shape[1], flat.mean(dim=1, keepdim=True)), dim=1)
    (expected * slope).sum().backward()
    torch.testing.assert_close(measured, expected, rtol=1e-12, atol=1e-12)
    assert whole.grad is not None
    assert reference.grad is not None
    torch.testing.assert_close(whole.grad, reference.grad.float())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_precision(loss: WassersteinLoss, dtype: torch.dtype) -> None:
    """Float64 statistics, a float32 loss, and a gradient as precise as the features."""
    image = features(1).to(dtype).requires_grad_(True)
    measured = loss.measure(image)
    value = loss.compare(measured, loss.measure(features(2)))
    value.backward()
    assert measured.dtype == torch.float64
    assert value.dtype == torch.float32
    assert image.grad is not None
    assert image.grad.dtype == dtype


def test_a_device_without_float64(loss: WassersteinLoss, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = float(loss.compare(loss.measure(features(1)), loss.measure(features(2))))
    monkeypatch.setattr(precision, "_WITHOUT_FLOAT64", frozenset({"cpu"}))
    image = features(1).requires_grad_(True)
    measured = loss.measure(image)
    value = loss.compare(measured, loss.measure(features(2)))
    value.backward()
    assert measured.dtype == torch.float32
    assert float(value.detach()) == pytest.approx(expected, rel=1e-4)
    assert image.grad is not None
    assert image.grad.isfinite().all()


def test_moments_loss_by_hand() -> None:
    a = torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]]]])  # mean (2, 1), covariances all 1
    b = torch.tensor([[[[1.0, 1.0]], [[2.0, 2.0]]]])  # mean (1, 2), covariances all 0
    loss = MomentsLoss(Params())
    value = loss.compare(loss.measure(a), loss.measure(b))
    assert float(value) == pytest.approx(MOMENTS_SCALE * (1.0 + 1.0))


def test_wasserstein_against_scipy_in_float64() -> None:
    from scipy.linalg import sqrtm

    a, b = features(1), features(2)
    loss = WassersteinLoss(WassersteinParams(epsilon=EPSILON))
    ours = float(loss.compare(loss.measure(a), loss.measure(b)))
    flat_a, flat_b = (x[0].reshape(6, -1).double().numpy() for x in (a, b))
    cov_a, cov_b = (np.cov(x, bias=True) + EPSILON * np.eye(6) for x in (flat_a, flat_b))
    root_b = sqrtm(cov_b)
    cross = sqrtm(root_b @ cov_a @ root_b)
    distance = ((flat_a.mean(1) - flat_b.mean(1)) ** 2).sum()
    distance += np.trace(cov_a + cov_b - 2 * cross.real)
    assert ours == pytest.approx(WASSERSTEIN_SCALE * distance / 6, rel=1e-4)


def test_wasserstein_of_independent_channels_has_a_closed_form() -> None:
    """With diagonal covariances, W2^2 is the sum of (m - m')^2 + (s - s')^2."""
    deviations, others = torch.tensor([1.0, 2.0, 0.5]), torch.tensor([3.0, 1.0, 0.5])

    def measured(deviation: Tensor, mean: Tensor) -> Tensor:
        second = torch.diag(deviation**2 - EPSILON) + torch.outer(mean, mean)
        return torch.cat((second, mean[:, None]), dim=1)

    mean, mean_s = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([1.0, 1.0, 0.0])
    loss = WassersteinLoss(WassersteinParams(epsilon=EPSILON))
    value = loss.compare(measured(deviations, mean), measured(others, mean_s))
    expected = ((mean - mean_s) ** 2 + (deviations - others) ** 2).mean()
    torch.testing.assert_close(value, WASSERSTEIN_SCALE * expected, rtol=1e-4, atol=1e-5)


def test_gradients_against_central_differences(loss: WassersteinLoss) -> None:
    image = features(1).requires_grad_(True)
    target = loss.measure(features(2))
    loss.compare(loss.measure(image), target).backward()
    assert image.grad is not None
    direction = torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    direction /= direction.norm()
    step = 1e-2
    values = [
        float(loss.compare(loss.measure(image.detach() + sign * step * direction), target))
        for sign in (1, -1)
    ]
    expected = (values[0] - values[1]) / (2 * step)
    assert float((image.grad * direction).sum()) == pytest.approx(expected, rel=2e-2, abs=1e-4)


@pytest.mark.parametrize("size", [6, 24], ids=["36 positions", "576 positions"])
def test_features_that_differ_in_the_last_bits_have_the_same_wasserstein_gradient(
    size: int,
) -> None:
    """Also where there are fewer positions than channels."""
    gradients = []
    loss = WassersteinLoss(WassersteinParams(epsilon=EPSILON))
    target = loss.measure(features(2, 128, 20, 20))
    noise = torch.randn(1, 128, size, size, generator=torch.Generator().manual_seed(3))
    for amount in (0, 1e-7):
        image = features(1, 128, size, size) * (1 + amount * noise)
        image.requires_grad_(True)
        loss.compare(loss.measure(image), target).backward()
        assert image.grad is not None
        gradients.append(image.grad)
    difference = float((gradients[0] - gradients[1]).norm() / gradients[0].norm())
    assert 0 < difference < 1e-6


def test_equal_inputs_have_no_loss(loss: WassersteinLoss) -> None:
    measured = loss.measure(features(1))
    assert float(loss.compare(measured, measured.clone())) == pytest.approx(0, abs=1e-9)


def test_it_is_symmetric(loss: WassersteinLoss) -> None:
    a, b = loss.measure(features(1)), loss.measure(features(2))
    assert float(loss.compare(a, b)) == pytest.approx(float(loss.compare(b, a)), rel=1e-3)


def test_statistics_blend_as_positions_do(loss: WassersteinLoss) -> None:
    a, b = features(1), features(2)
    both = torch.cat((a, b), dim=3)
    blended = 0.5 * loss.measure(a) + 0.5 * loss.measure(b)
    torch.testing.assert_close(blended, loss.measure(both))


def test_size_does_not_matter(loss: WassersteinLoss) -> None:
    torch.testing.assert_close(
        loss.measure(features(1)), loss.measure(features(1).repeat(1, 1, 3, 2))
    )


@pytest.mark.parametrize(
    "degenerate",
    [
        torch.zeros(1, 5, 4, 4),
        torch.ones(1, 5, 4, 4),
        torch.rand(1, 5, 1, 1),
        torch.rand(1, 5, 2, 1),
        torch.rand(1, 5, 4, 4).half(),
    ],
    ids=["zero", "constant", "one position", "two positions", "half precision"],
)
@pytest.mark.parametrize("as_target", [False, True])
def test_degenerate_features_are_finite(
    loss: WassersteinLoss, degenerate: Tensor, as_target: bool
) -> None:
    other = features(1, channels=5)
    image, target = (other, degenerate) if as_target else (degenerate, other)
    image = image.clone().requires_grad_(True)
    value = loss.compare(loss.measure(image), loss.measure(target).detach())
    value.backward()
    assert value.isfinite()
    assert image.grad is not None
    assert image.grad.isfinite().all()


@pytest.mark.parametrize(
    "degenerate",
    [
        torch.zeros(1, 5, 4, 4),
        torch.rand(1, 5, 1, 1).expand(1, 5, 4, 4),
        torch.rand(1, 5, 1, 1),
        torch.rand(1, 64, 3, 3),
        features(1),
    ],
    ids=["zero", "constant", "one position", "fewer positions than channels", "full rank"],
)
def test_an_image_that_is_its_target_is_at_the_minimum(
    loss: WassersteinLoss, degenerate: Tensor
) -> None:
    image = degenerate.clone().requires_grad_(True)
    value = loss.compare(loss.measure(image), loss.measure(degenerate))
    value.backward()
    assert float(value.detach()) == pytest.approx(0, abs=1e-9)
    assert image.grad is not None
    assert float(image.grad.abs().max()) < 1e-9


@pytest.mark.parametrize("name", ["moments", "wasserstein"])
def test_a_run_uses_it_by_name(host: Host, name: str) -> None:
    assert host.catalogue.find(LossSpec, name).spec.role == "style"
    result = host.run(
        content="sample:coffee",
        style="sample:waves",
        backbone="vgg19",
        style_loss=name,
        size=48,
        steps=4,
        init="content",
    )
    assert result.losses["style"] > 0
    assert result.record["config"]["style_loss"] == f"losses:{name}"
