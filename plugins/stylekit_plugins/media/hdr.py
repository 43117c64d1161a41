"""Tone mapping of high dynamic range to sRGB.

Inverse transfer functions: ITU-R BT.2100-2, tables 4 (PQ) and 5 (HLG, for a display of 1000 cd/m2,
gamma 1.2). Reference white is at 203 cd/m2 (ITU-R BT.2408-7); brighter values are compressed by the
extended Reinhard curve (Reinhard et al., SIGGRAPH 2002, equation 4) on luminance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Values = np.ndarray[Any, np.dtype[np.float32]]

WHITE = 203.0
"""Luminance of reference white, in cd/m2."""

PEAK = 1000.0
"""Luminance in cd/m2 that is mapped to white; higher values are clipped."""

# BT.2020 to BT.709 primaries, linear light (ITU-R BT.2087-0, inverse).
_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)


def pq_to_light(signal: Values) -> Values:
    """Return luminance in cd/m2 of PQ values in [0, 1]."""
    root = np.power(signal, 32 / 2523)
    part = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    light: Values = 10000 * np.power(part, 16384 / 2610)
    return light


def hlg_to_light(signal: Values) -> Values:
    """Return luminance in cd/m2 of HLG values (H, W, 3) in [0, 1], on a display of 1000 cd/m2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    brightness = np.maximum(scene @ _LUMINANCE, 1e-6)[..., None]
    light: Values = (PEAK * brightness**0.2 * scene).astype(np.float32)
    return light


def light_to_srgb(light: Values) -> Values:
    """Return sRGB in [0, 1] of luminances (H, W, 3) in cd/m2 with BT.2020 primaries."""
    relative = light / WHITE
    brightness = np.maximum(relative @ _LUMINANCE, 1e-6)[..., None]
    peak = PEAK / WHITE
    rolled = brightness * (1 + brightness / peak**2) / (1 + brightness)
    linear = ((relative * (rolled / brightness)) @ _TO_709.T).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    values: Values = encoded.clip(0, 1).astype(np.float32)
    return values
