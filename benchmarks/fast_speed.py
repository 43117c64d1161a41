"""Time the networks of `fast` on this machine: each width plain, packed and with other threads.

    python -m benchmarks.fast_speed [--threads 2] [--rounds 15]

The parameters are random, which changes no time. Plain and packed bodies take turns within each
round; the table gives medians in milliseconds of one image, and the least of all rounds, which a
busy machine disturbs less. Last, images are computed side by side, by a thread each, as frames of
clips and of cameras are: milliseconds of one image are those of all by their number.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch
from torch import Tensor, nn

from stylekit.machine.threads import start_threads
from stylekit_plugins.networks.packed_body import PackedBody
from stylekit_plugins.networks.transfer_body import Norm, TransferBody

WIDTHS = (8, 16, 32)
"""Channels at the full size: 8 as `stylekit train`, 32 as pytorch/examples."""

SIZES = ((240, 320), (512, 512))
"""Height and width."""

BLOCKS = 5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"| channels | size | plain | packed | ratio | side by side ({arguments.threads} threads) |"
    )
    print("|---|---|---|---|---|---|")
    with torch.inference_mode():
        for width in WIDTHS:
            plain = body(width)
            packed = PackedBody(plain)
            for height, columns in SIZES:
                image = torch.rand(1, 3, height, columns)
                times = rounds([plain, packed], image, norms(plain), arguments.rounds)
                medians = [statistics.median(each) for each in times]
                shown = (
                    f"{median:.0f} ms (least {min(each):.0f})"
                    for median, each in zip(medians, times, strict=True)
                )
                print(
                    f"| {width} | {columns} x {height} | {' | '.join(shown)} "
                    f"| {medians[1] / medians[0]:.2f} "
                    f"| {side_by_side(packed, image, norms(plain), arguments):.0f} ms |",
                    flush=True,
                )


def rounds(
    networks: list[nn.Module], image: Tensor, norms: list[Norm | None], count: int
) -> list[list[float]]:
    """Return the milliseconds of each round of each network, without the first."""
    times: list[list[float]] = [[] for _ in networks]
    for _ in range(count + 1):
        for network, seen in zip(networks, times, strict=True):
            begin = time.perf_counter()
            network(image, norms)
            seen.append(1000 * (time.perf_counter() - begin))
    return [each[1:] for each in times]


def side_by_side(
    network: nn.Module, image: Tensor, norms: list[Norm | None], arguments: argparse.Namespace
) -> float:
    """Return the milliseconds of an image where each thread computes its own images."""

    def work() -> None:
        with torch.inference_mode():
            for _ in range(arguments.rounds):
                network(image, norms)

    begin = time.perf_counter()
    for thread in start_threads([work] * arguments.threads, "image", torch_threads=1):
        thread.join()
    seconds = time.perf_counter() - begin
    return 1000 * seconds / (arguments.rounds * arguments.threads)


def body(width: int) -> TransferBody:
    """Return a body of random parameters."""

    def convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> nn.Conv2d:
        return nn.Conv2d(inputs, outputs, side, stride, side // 2, padding_mode="reflect")

    half, whole = 2 * width, 4 * width
    return TransferBody(
        [convolution(3, width, 9), convolution(width, half, 3, 2), convolution(half, whole, 3, 2)],
        [(convolution(whole, whole, 3), convolution(whole, whole, 3)) for _ in range(BLOCKS)],
        [convolution(whole, half, 3), convolution(half, width, 3), convolution(width, 3, 9)],
    )


def norms(body: TransferBody) -> list[Norm | None]:
    """Return the norms of a network of stylekit: of all layers but the first three."""
    channels = [convolution.out_channels for convolution in body.convolutions()]
    return [
        None if index < 3 else Norm(torch.ones(1, count, 1, 1), torch.zeros(1, count, 1, 1))
        for index, count in enumerate(channels)
    ]


if __name__ == "__main__":
    main()
