"""The built-in components keep the promises that strangers' components are asked for."""

from __future__ import annotations

from typing import Any

NEEDS: dict[str, dict[str, Any]] = {
    "media:sequence": {"fails": "a folder of pictures is no file"},
    "regions:box": {"sources": ("10,5,20,30", "25%,25%,1/2,1/2")},
    "regions:ellipse": {"sources": ("10,5,20,30",)},
    "regions:polygon": {"sources": ("5,5,40,10,20,40",)},
    "regions:mask": {"sources": ("half.png",)},
    "regions:alpha": {"sources": ("",), "bad": ("missing.jpg",)},
    "regions:colour": {"sources": ("#808080~40",)},
    "regions:grabcut": {"sources": ("10%,10%,80%,80%",)},
    "video:follow": {"sources": ("box:20,10,20,20",)},
    "video:temporal": {"clips": True},
    "video:linearity": {"clips": True, "whens": ("0", "0.5s"), "size": 64},
    "commands:describe": {"words": ("gram",)},
    "commands:schema": {"words": ("gram",)},
    "commands:weights": {"words": ("list",)},
    "commands:doctor": {"words": ()},
    "scaffold:new-plugin": {"words": ("charcoal", "--kind", "loss", "--out", "made")},
}
"""What a suite has to know of a component."""

SLOW = {
    # Covariances of 512 channels: they have tests of their own, with the figures.
    "evaluators:fid",
    "evaluators:artfid",
    "evaluators:kid",
    "evaluators:sifid",
    # Methods for clips run a hundred frames each: see tests/test_strategies.py.
    "video:flow",
    "video:dual",
    "video:dual-pixel",
}
