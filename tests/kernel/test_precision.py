"""One switch for the number format of all components that have a choice, and products of it."""

from __future__ import annotations

import pytest
import torch

from stylekit import Host
from stylekit.errors import UsageError
from stylekit.machine import precision
from stylekit_plugins.losses.gram import GramLoss
from stylekit_plugins.losses.params import GramParams

HAS_PRODUCTS = getattr(torch.backends.mkldnn, "matmul", None) is not None


def formats(host: Host, **options: object) -> dict[str, str]:
    plan = host.plan({"backbone": "vgg19", **options})
    return {
        part.component.spec.name: part.params.model_dump()["precision"]
        for part in plan.components
        if "precision" in part.params.model_dump()
    }


def test_the_switch_reaches_every_component_with_a_choice(host: Host) -> None:
    assert formats(host) == {"vgg19": "auto", "gram": "auto"}
    assert formats(host, precision="float32") == {"vgg19": "float32", "gram": "float32"}


def test_a_components_own_setting_wins(host: Host) -> None:
    chosen = formats(host, precision="float32", gram={"precision": "bfloat16"})
    assert chosen == {"vgg19": "float32", "gram": "bfloat16"}


def test_an_unknown_format_is_refused(host: Host) -> None:
    with pytest.raises(UsageError, match="precision = 'float16'"):
        host.plan({"precision": "float16"})


@pytest.mark.skipif(not HAS_PRODUCTS, reason="torch before 2.9")
def test_the_format_of_products_is_put_back() -> None:
    products = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = products.fp32_precision

    def fail_within() -> None:
        with precision.bfloat16_matmul():
            assert products.fp32_precision == "bf16"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_within()
    assert products.fp32_precision == before


def test_a_gram_matrix_of_bfloat16_is_summed_in_float32() -> None:
    """Of features that are bfloat16 already nothing is lost; of others, hardly anything."""
    features = torch.rand(1, 64, 50, 60, generator=torch.Generator().manual_seed(0))
    lower, exact = (GramLoss(GramParams(precision=name)) for name in ("bfloat16", "float32"))
    rounded = features.bfloat16().float()
    torch.testing.assert_close(lower.measure(rounded), exact.measure(rounded))
    difference = lower.measure(features) - exact.measure(features)
    assert float(difference.norm() / exact.measure(features).norm()) < 5e-4


def test_the_way_back_of_a_gram_matrix_in_bfloat16() -> None:
    features = torch.rand(1, 32, 20, 30, generator=torch.Generator().manual_seed(0))
    gradients = []
    for name in ("bfloat16", "float32"):
        loss = GramLoss(GramParams(precision=name))
        values = features.clone().requires_grad_(True)
        loss.compare(loss.measure(values), torch.zeros(32, 32)).backward()  # type: ignore[no-untyped-call]
        assert values.grad is not None
        gradients.append(values.grad)
    lower, exact = gradients
    assert float((lower - exact).norm() / exact.norm()) < 5e-3
