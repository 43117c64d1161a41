"""The same frames give the same bytes, whatever the memory contained before."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# Wide enough to show the difference, if any; the variable makes malloc fill its memory.
CODE = """
import sys, numpy as np
from stylekit.images.frames import Clip, Frame
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.video import VideoAdapter
blocks = np.random.default_rng(0).integers(0, 256, (20, 40, 3), dtype=np.uint8)
wide = blocks.repeat(8, 0).repeat(8, 1)
frames = [wide[k // 3 : 120 + k // 3, 2 * k : 176 + 2 * k] for k in range(20)]
clip = Clip(tuple(Frame.from_array(np.ascontiguousarray(f)) for f in frames), "drawn", fps=25.0)
VideoAdapter(VideoParams(codec=sys.argv[1])).write(clip, sys.argv[2])
"""


@pytest.mark.parametrize(
    ("codec", "suffix"), [("h264", "mp4"), ("h265", "mp4"), ("vp9", "webm"), ("av1", "mp4")]
)
def test_the_same_frames_give_the_same_bytes(codec: str, suffix: str, tmp_path: Path) -> None:
    digests = set()
    for filled in ("1", "85", "254"):
        path = tmp_path / f"{filled}.{suffix}"
        subprocess.run(
            [sys.executable, "-c", CODE, codec, str(path)],
            env={**os.environ, "MALLOC_PERTURB_": filled},
            check=True,
            capture_output=True,
        )
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
