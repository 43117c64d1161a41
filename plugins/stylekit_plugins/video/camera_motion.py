"""The motion of the camera, for places where there is nothing to follow.

On asphalt, sky or a wall, a dense search finds motion in the noise: on a clip of a parking lot that
a still camera films, 0.4 pixels a frame, and two fifths of it looked unreliable. There the motion
of the camera explains the pictures as well, and is used instead; then a seventh does, and of a
road, filmed from a car, a tenth instead of a quarter.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

SPREAD = 3.0
"""Pixels over which differences of pictures are averaged (a Gaussian's deviation)."""

RATIO, NOISE = 1.2, 4.0
"""The camera's motion is as good if its mean squared difference, in levels of 255, is at most the
found one's times the first, and the second."""

CELL = 8
"""Pixels: one place in each square of this size is asked for the camera's motion."""

WITHIN = 0.3
"""Pixels by which places may miss the camera's motion."""

FEWEST = 0.3
"""Part of these places that has to agree."""

BETTER, FEWER = 0.02, 0.75
"""A moving camera has to explain the first part of the picture beyond what a still one does, and to
leave at most the second of what that leaves. On asphalt any motion is as good, and a car that fills
a seventh of the picture would pass for the camera."""


def steadied(
    back: np.ndarray, forth: np.ndarray, here: np.ndarray, there: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return two flows with the camera's motion where that explains as much.

    Args:
        back: (H, W, 2) in pixels: what is at x here is at x + back there.
        forth: likewise from there to here.
        here, there: (H, W), 8 bits.
    """
    pairs = ((back, here, there), (forth, there, here))
    limits = [RATIO * _unlike(*pair) + NOISE for pair in pairs]
    best, fewest = None, np.inf
    for matrix in (np.eye(2, 3), camera_motion(back, here)):
        if matrix is None:
            continue
        # One motion for both, or there and back again would not agree.
        simple = [_affine(each, here.shape) for each in (matrix, cv2.invertAffineTransform(matrix))]
        unexplained = [
            _unlike(flow, first, second) > limit
            for flow, (_, first, second), limit in zip(simple, pairs, limits, strict=True)
        ]
        part = float(np.mean(unexplained))
        if part < min(fewest - BETTER, FEWER * fewest):
            best, fewest = (simple, unexplained), part
    assert best is not None
    mixed = []
    for flow, simple_flow, beyond in zip((back, forth), *best, strict=True):
        # Softly, so that no edge appears where there is none.
        own = cv2.GaussianBlur(beyond.astype(np.float32), (0, 0), SPREAD)[..., None]
        mixed.append(own * flow + (1 - own) * simple_flow)
    return mixed[0], mixed[1]


def as_bright(gray: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return a picture (H, W), 8 bits, as bright as another: cameras adjust while they film."""
    gain = max(float(np.median(other)), 1.0) / max(float(np.median(gray)), 1.0)
    return cv2.convertScaleAbs(gray, alpha=gain)


def camera_motion(flow: np.ndarray, here: np.ndarray) -> np.ndarray | None:
    """Return the affine motion (2, 3) that places with texture share; None: they do not."""
    height, width = here.shape
    gray = here.astype(np.float32)
    texture = cv2.Sobel(gray, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(gray, cv2.CV_32F, 0, 1) ** 2
    rows, columns = height // CELL, width // CELL
    squares = texture[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = squares.transpose(0, 2, 1, 3).reshape(rows * columns, CELL * CELL)
    # All over the picture, so that a large thing that moves does not pass for the camera.
    chosen = np.flatnonzero(cells.max(axis=1) >= np.median(cells.max(axis=1)))
    within_y, within_x = np.divmod(cells[chosen].argmax(axis=1), CELL)
    y = chosen // columns * CELL + within_y
    x = chosen % columns * CELL + within_x
    begin = np.stack((x, y), axis=1).astype(np.float32)
    if len(begin) < 8:
        return None
    # Its random numbers are its own and begin alike each time.
    matrix, agree = cv2.estimateAffine2D(
        begin, begin + flow[y, x], ransacReprojThreshold=WITHIN, maxIters=500
    )
    return None if matrix is None or agree.mean() < FEWEST else np.asarray(matrix)


def _affine(matrix: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the flow (H, W, 2) of an affine motion."""
    places = _places(*shape)
    moved: np.ndarray = places @ matrix[:, :2].T + matrix[:, 2] - places
    return moved.astype(np.float32)


# Asked for ten times for each pair of frames, which are all of one size.
@lru_cache(maxsize=2)
def _places(height: int, width: int) -> np.ndarray:
    """Return the coordinates (H, W, 2) of every pixel: x, y."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack((columns, rows), axis=-1).astype(np.float32)


def _unlike(flow: np.ndarray, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return the squared difference that a flow leaves, averaged around each pixel."""
    x, y = np.moveaxis(_places(*here.shape) + flow, -1, 0)
    moved = cv2.remap(there, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    squares: np.ndarray = (here.astype(np.float32) - moved) ** 2
    return cv2.GaussianBlur(squares, (0, 0), SPREAD)
