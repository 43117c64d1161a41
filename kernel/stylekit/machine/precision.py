"""Number formats and memory layouts of devices.

Intel's AMX (Sapphire Rapids, 2023, and later) and NVIDIA's tensor cores since Ampere (2020) add up
products of bfloat16 in float32: there bfloat16 is faster at the same quality
(`benchmarks/notes/speed.md`). Elsewhere it is no faster, or much slower.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)

_TRIED = frozenset(("cpu", "cuda"))
"""Types of devices on which bfloat16 and channels-last layouts are tried."""

_WITHOUT_FLOAT64 = frozenset(("mps",))

_AMPERE = (8, 0)
"""Compute capability of the first NVIDIA GPUs that have bfloat16."""


def supports_bfloat16_matmul(device: torch.device) -> bool:
    """Return whether a device has units for matrix products of bfloat16."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= _AMPERE
    return device.type == "cpu" and _has_amx()


def prefers_winograd(device: torch.device) -> bool:
    """Return whether Winograd's algorithm convolves float32 faster than torch on a device.

    So it does on x86 processors without AMX but AMD's since Zen 5, on which torch convolves by
    AVX-512 and multiplies matrices by AVX2 alone; on others it was not measured.
    """
    return device.type == "cpu" and _has_mkl() and not _has_amx() and not _is_zen5()


def takes_bfloat16(device: torch.device) -> bool:
    """Return whether bfloat16 is known to work on a device; elsewhere float32 is used instead."""
    return device.type in _TRIED


def has_float64(device: torch.device) -> bool:
    """Return whether a device computes in float64."""
    return device.type not in _WITHOUT_FLOAT64


def as_float64(values: Tensor) -> Tensor:
    """Convert to float64, on the CPU where the device has none."""
    return (values if has_float64(values.device) else values.cpu()).double()


def layout(device: torch.device) -> torch.memory_format:
    """Choose how images (N, C, H, W) lie in memory: channels last, where that is known to work."""
    return torch.channels_last if device.type in _TRIED else torch.contiguous_format


def placed(module: M, device: torch.device) -> M:
    """Move a network to a device, channels last only where that is known to work."""
    module.to(device)
    if layout(device) is not torch.channels_last and isinstance(module, nn.Module):
        module.to(memory_format=layout(device))
    return module


@contextmanager
def bfloat16_matmul(enabled: bool = True) -> Iterator[None]:
    """Let float32 matrix products on a CPU round their factors to bfloat16; sums stay float32.

    Does nothing if it is not enabled, or if torch is older than 2.9.
    """
    matmul = getattr(torch.backends.mkldnn, "matmul", None)
    if not enabled or matmul is None:
        yield
        return
    before = matmul.fp32_precision
    matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before


def _has_amx() -> bool:
    # torch has no public function for this; without it, float32 is always right.
    ask = getattr(torch.cpu, "_is_amx_tile_supported", None)
    if ask is None or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return bool(ask())


@cache
def _is_zen5() -> bool:
    """Return whether torch uses the AVX-512 of an AMD processor of 2024 or later."""
    # Older torch does not know; then only the speed differs.
    ask = getattr(torch.cpu, "get_capabilities", None)
    if ask is None or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    found = ask()
    # Zen 4 has AVX-512, too, in units of half the width; AVX-VNNI came with Zen 5.
    return found.get("cpu_name", "").startswith("AMD") and bool(found.get("avx_vnni"))


def _has_mkl() -> bool:
    return bool(torch.backends.mkl.is_available())  # type: ignore[no-untyped-call]
