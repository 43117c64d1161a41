"""Arbitrary style transfer in one pass (Ghiasi, Lee, Kudlur, Dumoulin and Shlens, BMVC 2017).

Two networks of Magenta, rebuilt for any size: one predicts a style embedding of 100 values from a
style image, the other stylizes a content image by it. Their published form rounds every activation
to 8 bits, within ranges calibrated at one size; here they run in float32, so that single values
differ (benchmarks/notes/arbitrary.md).
"""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method."""
    return [
        MethodSpec(
            name="arbitrary",
            summary="Stylize in one pass, in any style, within a second (Ghiasi et al. 2017).",
            version=2,
            networks=("magenta-predict", "magenta-transform"),
            regions=True,
            default_size=1024,
            factory="stylekit_plugins.arbitrary.method:Arbitrary",
            params="stylekit_plugins.arbitrary.params:ArbitraryParams",
        )
    ]
