"""The values of the preset: run keys, and one table for each component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VALUES: Mapping[str, Any] = {
    "method": "gatys",
    "gatys": {
        # Strong, and with the colors of the photograph.
        "style_weight": 200.0,
        "color": "luminance",
    },
}
