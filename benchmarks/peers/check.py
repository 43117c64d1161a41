"""Check that stylekit minimizes the evaluator's objectives; print the spreads as JSON.

    python -m benchmarks.peers.check < job.json

For each objective, the evaluator's total of several images (without the roughness, which stylekit's
presets omit) must be the same multiple of stylekit's own total.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.cases import PEERS
from benchmarks.peers.evaluate import make_evaluator

import stylekit
from stylekit.inputs.settings import settings_layer

INITIAL_IMAGES = ("content", "style", "noise")


def main() -> None:
    """Run the job of standard input: `content`, `style`, `size`, `weights`, `folder`."""
    job: dict[str, Any] = json.load(sys.stdin)
    spreads = {}
    for peer in PEERS.values():
        evaluator = make_evaluator(job | {"objective": peer.name})
        factors = []
        for init in INITIAL_IMAGES:
            settings = [
                *peer.settings,
                "gatys.steps=1",
                f"gatys.init={init}",
                f"size={job['size']}",
            ]
            result = stylekit.run(
                config={"preset": peer.preset, **settings_layer(settings)},
                content=job["content"],
                style=job["style"],
                device="cpu",
            )
            path = Path(job["folder"]) / f"check-{peer.name}-{init}.png"
            result.image.to_pil().save(path)
            score = evaluator.score(path)
            factors.append((score.content + score.style) / result.losses["total"])
        spreads[peer.name] = max(factors) / min(factors) - 1
    print(json.dumps(spreads))


if __name__ == "__main__":
    main()
