"""The backbone keeps its promises to stylekit, and sees what it should."""

from __future__ import annotations

import torch
from stylekit.testing import BackboneSuite

from stylekit_charcoal.backbone import CharcoalBackbone


class TestCharcoal(BackboneSuite):
    component = "charcoal:charcoal"


def test_a_flat_image_has_no_edges():
    backbone = CharcoalBackbone(None, None)
    features = backbone.features(torch.full((1, 3, 16, 16), 0.7), ["edges1", "edges3"])
    assert all(float(value.max()) < 1e-5 for value in features.values())


def test_an_edge_is_seen_where_it_is():
    backbone = CharcoalBackbone(None, None)
    image = torch.zeros(1, 3, 16, 16)
    image[..., 8:] = 1
    columns = backbone.features(image, ["edges1"])["edges1"].sum(dim=(0, 1, 2))
    assert columns.nonzero().flatten().tolist() == [7, 8]
