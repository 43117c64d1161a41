"""Arbitrary style transfer in one pass (Ghiasi, Lee, Kudlur, Dumoulin and Shlens, BMVC 2017).

Two networks of Magenta, rebuilt for any size: one turns a style picture into 100 numbers, the other
repaints a content picture by them. Their published form rounds every activation to 8 bits, within
ranges calibrated at one size; here they run in float32. Without those roundings the published files
give the same to 1e-4. As published they do not: over fourteen pairs at 384 px the pictures differed
by 0.02 to 0.06 on average and by up to 0.7 in single values. Eight were taken apart: it is the
rounding, and in one some clipping. Side by side they are the same painting, with other grain. (Run
with optimized 8-bit kernels, the published form saturates on some processors, and its style numbers
are off by more than ten times as much.)
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
            networks=("magenta-predict", "magenta-transform"),
            regions=True,
            default_size=1024,
            factory="stylekit_plugins.arbitrary.method:Arbitrary",
            params="stylekit_plugins.arbitrary.params:ArbitraryParams",
        )
    ]
