"""How things move from one frame to another, and where that can be relied on.

Flow: dense inverse search (T. Kroeger, R. Timofte, D. Dai, L. Van Gool: "Fast Optical Flow using
Dense Inverse Search", ECCV 2016), OpenCV's, preset medium; it needs no weights. Where there is
hardly anything to follow, the motion of the camera stands in for it (`steady`). Reliability: M.
Ruder, A. Dosovitskiy, T. Brox: "Artistic Style Transfer for Videos" (GCPR 2016), section 5, after
N. Sundaram, T. Brox, K. Keutzer (ECCV 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.images.frames import Frame
from stylekit_plugins.video.camera_motion import as_bright, steadied


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the pixels of a frame were in another one.

    Attributes:
        flow: (2, H, W) in pixels, to the right and down: the pixel at x was at x + flow.
        reliable: (H, W), 1 where the flow holds, 0 where something was covered, leaves the picture,
            or borders on something that moves otherwise.
    """

    flow: Tensor
    reliable: Tensor

    def to(self, device: torch.device) -> Motion:
        """Return the motion on a device."""
        return Motion(self.flow.to(device), self.reliable.to(device))

    def followed_by(self, further: Motion) -> Motion:
        """Return the motion to a third frame, for that from the other one to it."""
        flow = self.flow + self.moved(further.flow)
        reliable = self.reliable * (self.moved(further.reliable[None])[0] > 0.5)
        inside = ~_outside(_places(*flow.shape[-2:]) + flow)
        return Motion(flow, reliable * inside)

    def moved(self, pixels: Tensor) -> Tensor:
        """Return what (C, H, W) of the other frame looks like in this one, bilinearly sampled.

        What lies beyond the border is the border.
        """
        height, width = self.flow.shape[-2:]
        grid = _places(height, width).to(self.flow.device) + self.flow
        # Centers of the outermost pixels are -1 and 1.
        scale = grid.new_tensor([width - 1, height - 1]).clamp(min=1).view(2, 1, 1)
        normalized = (2 * grid / scale - 1).permute(1, 2, 0)[None]
        made = F.grid_sample(
            pixels[None], normalized, mode="bilinear", padding_mode="border", align_corners=True
        )
        return made[0]


def motion(frame: Frame, other: Frame) -> Motion:
    """Return where the pixels of a frame were in another one of the same size."""
    here = _gray(frame)
    there = as_bright(_gray(other), here)
    flows = steadied(_flow(here, there), _flow(there, here), here, there)
    back, forth = (torch.from_numpy(flow).permute(2, 0, 1).contiguous() for flow in flows)
    return Motion(back, _reliable(back, forth))


def _gray(frame: Frame) -> np.ndarray:
    return cv2.cvtColor(frame.to_array()[..., :3], cv2.COLOR_RGB2GRAY)


def _flow(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    # The stubs miss that the flow to begin with may be left out.
    found: np.ndarray = search.calc(here, there, None)  # type: ignore[call-overload]
    return found


def _reliable(back: Tensor, forth: Tensor) -> Tensor:
    """Return the mask of `Motion`, for the flow to the other frame and the flow from it."""
    height, width = back.shape[-2:]
    # There and back again: the flow from the other frame, at the place where this one leads.
    again = Motion(back, back.new_ones(height, width)).moved(forth)
    squares = (back**2).sum(dim=0) + (again**2).sum(dim=0)
    covered = ((back + again) ** 2).sum(dim=0) > 0.01 * squares + 0.5
    steps = sum(
        (torch.diff(back, dim=dim, append=back.narrow(dim, back.shape[dim] - 1, 1)) ** 2).sum(dim=0)
        for dim in (1, 2)
    )
    edge = steps > 0.01 * (back**2).sum(dim=0) + 0.002
    return (~(covered | edge | _outside(_places(height, width) + back))).float()


def _outside(places: Tensor) -> Tensor:
    """Return which coordinates (2, H, W) lie beyond the borders."""
    height, width = places.shape[-2:]
    limits = torch.tensor([width - 1, height - 1]).view(2, 1, 1)
    return ((places < 0) | (places > limits)).any(dim=0)


def _places(height: int, width: int) -> Tensor:
    """Return the coordinates (2, H, W) of every pixel: x, y."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((x, y)).float()
