"""Arbitrary style transfer in one pass (Ghiasi, Lee, Kudlur, Dumoulin and Shlens, BMVC 2017).

Two networks of Magenta, rebuilt for any size: one turns a style picture into 100 numbers, the other
repaints a content picture by them. Their published form rounds every activation to 8 bits; here
they run in float32, which differs from the published form by its rounding alone. (That form, run
with optimised 8-bit kernels, saturates on some processors and gives other colours.)
"""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Offer the method."""
    return [
        MethodSpec(
            name="arbitrary",
            summary="Repaint in one pass of a network that takes any style; a second or less.",
            default_size=1024,
            factory="stylekit_plugins.arbitrary.method:Arbitrary",
            params="stylekit_plugins.arbitrary.params:ArbitraryParams",
        )
    ]
