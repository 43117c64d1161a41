"""Memory that Winograd's algorithm takes at any size, and the error where that does not fit."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import stylekit
from stylekit import Frame
from stylekit.errors import MemoryLimitError

SETTINGS: dict[str, Any] = {"backbone": "vgg19", "steps": 1, "device": "cpu", "offline": True}
SMALL = 300
"""MiB: the transformed weights alone take more."""


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> dict[str, Frame]:
    """A content and a style, on a processor without AMX, whatever this one is."""
    for module in ("stylekit.machine.precision", "stylekit_plugins.backbones.vgg"):
        monkeypatch.setattr(f"{module}.prefers_winograd", lambda device: True)
    noise = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    return {"content": Frame(noise[0]), "style": Frame(noise[1])}


def test_the_error_names_the_precision_that_fits(images: dict[str, Frame]) -> None:
    with pytest.raises(MemoryLimitError) as caught:
        stylekit.run("gatys", precision="float32", memory_mb=SMALL, **SETTINGS, **images)
    assert "This size fits with --precision exact" in str(caught.value.hint)
    stylekit.run("gatys", precision="exact", memory_mb=SMALL, **SETTINGS, **images)


def test_where_the_size_is_too_large_it_does_not(images: dict[str, Frame]) -> None:
    images["content"] = images["content"].resized(4096, 4096)
    with pytest.raises(MemoryLimitError) as caught:
        stylekit.run("gatys", precision="float32", memory_mb=64, size=4096, **SETTINGS, **images)
    assert "exact" not in str(caught.value.hint)
