"""The format keeps its promises to stylekit, and is read as it should be."""

from __future__ import annotations

import torch
from stylekit.testing import MediaSuite

from stylekit_charcoal.media import CharcoalMedia


class TestCharcoal(MediaSuite):
    component = "charcoal:charcoal"
    # Nothing but the rounding to 8 bits is lost.
    tolerance = 0.5 / 255


def test_comments_in_the_header_are_skipped(tmp_path):
    path = tmp_path / "red.ppm"
    path.write_bytes(b"P6 # by hand\n2 1\n# a comment\n255\n" + bytes([255, 0, 0] * 2))
    image = CharcoalMedia(None).read(str(path)).image
    assert torch.equal(image.pixels, torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 1, 2))
