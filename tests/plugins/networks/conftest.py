"""Numbers of threads, and a processor without AMX."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from stylekit.machine import precision


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every processor be one without AMX."""
    monkeypatch.setattr(precision, "_has_amx", lambda: False)
    monkeypatch.setattr(precision, "_has_mkl", lambda: True)
    monkeypatch.setattr(precision, "_is_zen5", lambda: False)
