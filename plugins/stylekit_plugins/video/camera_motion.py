"""Camera motion, for parts of an image without texture.

On asphalt, sky or a wall, dense search follows the noise. Where the motion of the camera explains
the images as well, it replaces the dense flow (`benchmarks/notes/video.md` has the effect).
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

SIGMA = 3.0
"""Standard deviation in pixels of the Gaussian that averages squared differences."""

RATIO, NOISE = 1.2, 4.0
"""Tolerance of the camera motion: its mean squared difference, in levels of 255, may be at most the
dense flow's times RATIO, plus NOISE."""

CELL = 8
"""Side in pixels of the squares that contribute one sample each to the camera motion."""

TOLERANCE = 0.3
"""Distance in pixels up to which a sample agrees with the camera motion."""

MIN_AGREEMENT = 0.3
"""Fraction of the samples that must agree."""

MIN_GAIN, MAX_REMAINDER = 0.02, 0.75
"""A moving camera must explain at least MIN_GAIN of the image beyond a still camera, and leave at
most MAX_REMAINDER of the rest unexplained. On asphalt every motion fits, and a large moving object
would pass for the camera."""


def with_camera_motion(
    forward: np.ndarray, backward: np.ndarray, gray: np.ndarray, other_gray: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return two flows with the camera motion wherever it explains the images as well.

    Args:
        forward: (H, W, 2) in pixels: the pixel at x is at x + forward in the other image.
        backward: likewise from the other image.
        gray, other_gray: (H, W), 8 bits.
    """
    pairs = ((forward, gray, other_gray), (backward, other_gray, gray))
    limits = [RATIO * _residual(*pair) + NOISE for pair in pairs]
    best, least_unexplained = None, np.inf
    for matrix in (np.eye(2, 3), estimate_camera_motion(forward, gray)):
        if matrix is None:
            continue
        # One motion for both directions, so that the round trip stays consistent.
        affine_flows = [
            _affine_flow(each, gray.shape) for each in (matrix, cv2.invertAffineTransform(matrix))
        ]
        unexplained = [
            _residual(flow, first, second) > limit
            for flow, (_, first, second), limit in zip(affine_flows, pairs, limits, strict=True)
        ]
        fraction = float(np.mean(unexplained))
        if fraction < min(least_unexplained - MIN_GAIN, MAX_REMAINDER * least_unexplained):
            best, least_unexplained = (affine_flows, unexplained), fraction
    assert best is not None
    blended = []
    for flow, affine_flow, independent in zip((forward, backward), *best, strict=True):
        # A soft weight, so that no motion boundary appears where there is none.
        weight = cv2.GaussianBlur(independent.astype(np.float32), (0, 0), SIGMA)[..., None]
        blended.append(weight * flow + (1 - weight) * affine_flow)
    return blended[0], blended[1]


def match_brightness(gray: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Scale an image (H, W), 8 bits, to the median of another: cameras adjust their exposure."""
    gain = max(float(np.median(reference)), 1.0) / max(float(np.median(gray)), 1.0)
    return cv2.convertScaleAbs(gray, alpha=gain)


def estimate_camera_motion(flow: np.ndarray, gray: np.ndarray) -> np.ndarray | None:
    """Return the affine motion (2, 3) of the textured samples; None where they disagree."""
    height, width = gray.shape
    values = gray.astype(np.float32)
    texture = cv2.Sobel(values, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(values, cv2.CV_32F, 0, 1) ** 2
    rows, columns = height // CELL, width // CELL
    squares = texture[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = squares.transpose(0, 2, 1, 3).reshape(rows * columns, CELL * CELL)
    # All over the image, so that a large moving object does not pass for the camera.
    chosen = np.flatnonzero(cells.max(axis=1) >= np.median(cells.max(axis=1)))
    within_y, within_x = np.divmod(cells[chosen].argmax(axis=1), CELL)
    y = chosen // columns * CELL + within_y
    x = chosen % columns * CELL + within_x
    samples = np.stack((x, y), axis=1).astype(np.float32)
    if len(samples) < 8:
        return None
    # RANSAC draws from a generator that OpenCV seeds alike in every call.
    matrix, agree = cv2.estimateAffine2D(
        samples, samples + flow[y, x], ransacReprojThreshold=TOLERANCE, maxIters=500
    )
    return None if matrix is None or agree.mean() < MIN_AGREEMENT else np.asarray(matrix)


def _affine_flow(matrix: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the flow (H, W, 2) of an affine motion."""
    positions = _coordinates(*shape)
    flow: np.ndarray = positions @ matrix[:, :2].T + matrix[:, 2] - positions
    return flow.astype(np.float32)


# Needed ten times for each pair of frames, which all have one size.
@lru_cache(maxsize=2)
def _coordinates(height: int, width: int) -> np.ndarray:
    """Return the coordinates (H, W, 2) of every pixel: x, y."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack((columns, rows), axis=-1).astype(np.float32)


def _residual(flow: np.ndarray, gray: np.ndarray, other_gray: np.ndarray) -> np.ndarray:
    """Return the squared difference that a flow leaves, averaged around each pixel."""
    x, y = np.moveaxis(_coordinates(*gray.shape) + flow, -1, 0)
    warped = cv2.remap(other_gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    squares: np.ndarray = (gray.astype(np.float32) - warped) ** 2
    return cv2.GaussianBlur(squares, (0, 0), SIGMA)
