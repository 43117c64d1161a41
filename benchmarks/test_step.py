"""A whole step against the bare forward and backward pass of the network, in the same format.

Target in float32: with AMX at most 1.15; without it at most 0.80 at 256 px and 0.85 at 512 px, as
the step convolves by Winograd's algorithm and the bare pass directly. In bfloat16 the passes take a
quarter of the time, so everything else weighs more, and the ratio is only reported.

The bare pass is plain torchvision: its own modules up to the last layer, channels-last, the
gradient of the sum of the last features with respect to the image. A step adds the losses at six
layers, and L-BFGS. The two alternate.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import vgg16, vgg19

import stylekit
from stylekit.inputs.sources import Sources
from stylekit.machine.precision import prefers_winograd, supports_bfloat16_matmul

NETWORKS: dict[str, tuple[Callable[..., nn.Module], int]] = {
    # Modules up to relu5_1.
    "vgg16": (vgg16, 26),
    "vgg19": (vgg19, 30),
}
MATRIX = 2048

LIMITS = {256: 0.80, 512: 0.85}
"""Most of a ratio in float32 by size, without AMX."""


def bare_passes(network: str, image: Tensor, dtype: torch.dtype) -> Iterator[None]:
    """Do one pass after the other, yielding after each."""
    make, count = NETWORKS[network]
    net = make(weights=None).features[:count].eval().to(memory_format=torch.channels_last)  # type: ignore[index, union-attr]
    net.to(dtype).requires_grad_(False)
    image = image.to(dtype, memory_format=torch.channels_last).detach().requires_grad_(True)
    while True:
        image.grad = None
        net(image).sum().backward()
        yield


def matrix_rate(dtype: torch.dtype) -> float:
    """Return the machine's floating-point operations per second in a matrix product."""
    a, b = (torch.rand(MATRIX, MATRIX).to(dtype) for _ in range(2))
    seconds = []
    for _ in range(7):
        start = time.perf_counter()
        torch.mm(a, b)
        seconds.append(time.perf_counter() - start)
    return 2 * MATRIX**3 / statistics.median(seconds)


def seconds_of(advance: Iterator[Any]) -> float:
    start = time.perf_counter()
    next(advance)
    return time.perf_counter() - start


FORMATS = [
    "float32",
    pytest.param(
        "bfloat16",
        marks=pytest.mark.skipif(
            not supports_bfloat16_matmul(torch.device("cpu")), reason="needs a CPU with AMX"
        ),
    ),
]


@pytest.mark.parametrize("precision", FORMATS)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("size", "rounds"), [(256, 25), (512, 11)])
def test_step_against_the_bare_network(
    network: str, size: int, rounds: int, precision: str, benchmark: Any
) -> None:
    content = Sources(stylekit.Host().catalogue, {}).read_image("sample:astronaut")
    steps = iter(
        stylekit.iterate(
            "gatys",
            backbone=network,
            content=content.resized(size, size),
            style="sample:swirls",
            size=size,
            steps=1000,
            precision=precision,
            gatys={"init": "content", "min_size": size, "min_improvement": 0.0},
        )
    )
    dtype = getattr(torch, precision)
    bare = bare_passes(network, content.resized(size, size).pixels[None], dtype)
    with FlopCounterMode(display=False) as counter:
        next(bare)
    for _ in range(3):
        next(steps)
        next(bare)

    def measure() -> list[tuple[float, float]]:
        return [(seconds_of(bare), seconds_of(steps)) for _ in range(rounds)]

    pairs = benchmark.pedantic(measure, rounds=1, iterations=1)
    alone, whole = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    efficiency = counter.get_total_flops() / whole / matrix_rate(dtype)
    print(
        f"\n{network} {precision} {size} px: bare {alone * 1e3:.0f} ms, step {whole * 1e3:.0f} ms, "
        f"paired ratio {ratio:.2f}; its convolutions at {100 * efficiency:.0f} % of a matrix "
        "product's rate"
    )
    benchmark.extra_info |= {
        "bare_s": alone,
        "step_s": whole,
        "ratio": ratio,
        "of_gemm": efficiency,
    }
    limit = LIMITS[size] if prefers_winograd(torch.device("cpu")) else 1.15
    assert ratio <= limit or precision != "float32"
