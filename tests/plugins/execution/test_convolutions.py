"""Which convolutions a run record names: those of the components that took part."""

from __future__ import annotations

from typing import Any

import pytest

from stylekit import Host
from stylekit.records.record import convolutions


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"method": "gatys", "backbone": "vgg19"}, "winograd"),
        ({"method": "gatys", "backbone": "vgg19", "precision": "exact"}, "direct"),
        ({"method": "gatys", "backbone": "vgg19", "vgg19": {"precision": "bfloat16"}}, "direct"),
        ({"method": "flow", "backbone": "vgg16"}, "winograd"),
        ({"method": "cyclegan"}, "winograd"),
        ({"method": "cyclegan", "cyclegan": {"precision": "exact"}}, "direct"),
        ({"method": "arbitrary"}, "direct"),
        ({"method": "fast"}, "direct"),
        ({"method": "identity"}, "direct"),
    ],
)
def test_a_record_names_what_took_part(
    host: Host, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], expected: str
) -> None:
    parts = host.plan(settings).components
    assert convolutions(parts, "cuda:0 (one of NVIDIA's)") == "direct"
    # As on a processor without AMX, whatever this one is.
    monkeypatch.setattr("stylekit.machine.precision.prefers_winograd", lambda device: True)
    assert convolutions(parts, "cpu (x86_64, 2 threads)") == expected
