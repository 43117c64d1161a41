"""Optical flow between two frames, and where it is reliable.

Flow: dense inverse search (T. Kroeger, R. Timofte, D. Dai, L. Van Gool: "Fast Optical Flow using
Dense Inverse Search", ECCV 2016), OpenCV's implementation with the preset medium; it needs no
weights. Where there is little texture to follow, `camera_motion` replaces it. Reliability: M.
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
from stylekit_plugins.video.camera_motion import match_brightness, with_camera_motion


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the pixels of a frame were in another frame.

    Attributes:
        flow: (2, H, W) in pixels, to the right and down: the pixel at x was at x + flow.
        reliable: (H, W), 1 where the flow holds, 0 where it crosses an occlusion, the border of the
            image or a motion boundary.
    """

    flow: Tensor
    reliable: Tensor

    def to(self, device: torch.device) -> Motion:
        """Return the motion on a device."""
        return Motion(self.flow.to(device), self.reliable.to(device))

    def compose(self, further: Motion) -> Motion:
        """Return the motion to a third frame, with `further` from the other frame to the third."""
        flow = self.flow + self.warp(further.flow)
        reliable = self.reliable * (self.warp(further.reliable[None])[0] > 0.5)
        inside = ~_outside(_coordinates(*flow.shape[-2:]) + flow)
        return Motion(flow, reliable * inside)

    def warp(self, pixels: Tensor) -> Tensor:
        """Warp values (C, H, W) of the other frame to this one, sampled bilinearly.

        Border values extend beyond the border.
        """
        height, width = self.flow.shape[-2:]
        grid = _coordinates(height, width).to(self.flow.device) + self.flow
        # Centers of the outermost pixels are -1 and 1.
        scale = grid.new_tensor([width - 1, height - 1]).clamp(min=1).view(2, 1, 1)
        normalized = (2 * grid / scale - 1).permute(1, 2, 0)[None]
        warped = F.grid_sample(
            pixels[None], normalized, mode="bilinear", padding_mode="border", align_corners=True
        )
        return warped[0]


def estimate_motion(frame: Frame, other: Frame) -> Motion:
    """Return where the pixels of a frame were in another frame of the same size."""
    gray = _gray(frame)
    other_gray = match_brightness(_gray(other), gray)
    flows = with_camera_motion(_flow(gray, other_gray), _flow(other_gray, gray), gray, other_gray)
    forward, backward = (torch.from_numpy(flow).permute(2, 0, 1).contiguous() for flow in flows)
    return Motion(forward, _reliable(forward, backward))


def _gray(frame: Frame) -> np.ndarray:
    return cv2.cvtColor(frame.to_array()[..., :3], cv2.COLOR_RGB2GRAY)


def _flow(gray: np.ndarray, other_gray: np.ndarray) -> np.ndarray:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    # The stubs require the initial flow, which is optional.
    flow: np.ndarray = search.calc(gray, other_gray, None)  # type: ignore[call-overload]
    return flow


def _reliable(forward: Tensor, backward: Tensor) -> Tensor:
    """Return the mask of `Motion`, for the flow to the other frame and the flow from it."""
    height, width = forward.shape[-2:]
    # The round trip: the backward flow at the position where the forward flow leads.
    returning = Motion(forward, forward.new_ones(height, width)).warp(backward)
    squares = (forward**2).sum(dim=0) + (returning**2).sum(dim=0)
    occluded = ((forward + returning) ** 2).sum(dim=0) > 0.01 * squares + 0.5
    gradients = sum(
        (
            torch.diff(forward, dim=dim, append=forward.narrow(dim, forward.shape[dim] - 1, 1)) ** 2
        ).sum(dim=0)
        for dim in (1, 2)
    )
    boundary = gradients > 0.01 * (forward**2).sum(dim=0) + 0.002
    return (~(occluded | boundary | _outside(_coordinates(height, width) + forward))).float()


def _outside(positions: Tensor) -> Tensor:
    """Return which positions (2, H, W) lie beyond the borders."""
    height, width = positions.shape[-2:]
    limits = torch.tensor([width - 1, height - 1]).view(2, 1, 1)
    return ((positions < 0) | (positions > limits)).any(dim=0)


def _coordinates(height: int, width: int) -> Tensor:
    """Return the coordinates (2, H, W) of every pixel: x, y."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((x, y)).float()
