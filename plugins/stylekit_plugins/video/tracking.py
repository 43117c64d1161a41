"""Following the pixels of one frame through a clip.

From frame to frame, and not at once to the far ones: small motions are found more reliably.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame
from stylekit_plugins.video.optical_flow import Motion, motion

_LEAST_PART = 0.02
"""Of the picture, that has to be seen in all frames."""

_LEAST_SIDE = 256
"""Pixels of the long side at which motion is looked for, at least."""

_MOST_PLACES = 40_000
"""Pixels that are looked at, evenly spread."""


class LostError(InputError):
    """Hardly anything is to be seen in all of the frames."""


def followed(result: Clip, content: Clip, chosen: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the values of result and content at the same things in each frame, (T, N) each.

    Args:
        chosen: frames to look at, in order; the things are those of the middle one.

    Raises:
        LostError: hardly anything is seen in all of them.
    """
    made = result.image
    larger = max(1.0, _LEAST_SIDE / max(made.width, made.height))
    width, height = round(larger * made.width), round(larger * made.height)
    contents, results = (
        [_kept(clip.frames[index].resized(width, height)) for index in chosen]
        for clip in (content, result)
    )
    middle = len(chosen) // 2
    still = Motion(torch.zeros(2, height, width), torch.ones(height, width))
    paths = {middle: still}
    for order in (range(middle, len(chosen) - 1), range(middle, 0, -1)):
        path = still
        for place in order:
            following = place + order.step
            found = motion(Frame.from_array(contents[place]), Frame.from_array(contents[following]))
            path = path.followed_by(found)
            paths[following] = path
    seen = torch.stack([path.reliable for path in paths.values()]).amin(dim=0) > 0.5
    if float(seen.float().mean()) < _LEAST_PART:
        raise LostError(
            f"Hardly anything of {content.origin} is to be seen in a few frames one after the "
            "other.",
            "Measure a part of it that moves less.",
        )
    places = seen.flatten().nonzero().flatten()
    places = places[:: max(1, len(places) // _MOST_PLACES)]
    return tuple(  # type: ignore[return-value]
        torch.stack(
            [
                paths[k].moved(Frame.from_array(array).pixels).flatten(1)[:, places].flatten()
                for k, array in enumerate(arrays)
            ]
        )
        for arrays in (results, contents)
    )


def _kept(frame: Frame) -> np.ndarray:
    """Return a frame as it is kept: in 8 bits."""
    return frame.to_array()[..., :3]
