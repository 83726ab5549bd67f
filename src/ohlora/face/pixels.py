"""A face as the 8-bit pixels that are looked at, measured and saved. Knows no generator in particular."""

import numpy as np
from numpy.typing import NDArray

from ohlora.face.generator import Generator


def draw(generator: Generator, w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
    """One face of latent w (w_dim,) or w+ (num_ws, w_dim) as (size, size, 3) uint8 RGB.

    A generator that makes pixels itself does so (it saves a pass over the image in numpy).
    """
    one = np.asarray(w, np.float32)[None]
    fast = getattr(generator, "pixels", None)
    return fast(one, size) if fast else to_rgb(generator.synthesis(one, size))[0]


def turned(rgb: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """A picture (H, W, 3) turned counter-clockwise about its middle; what comes in at the edge is mirrored.

    For the degree or two by which a head leans (`Calibration.lean`). Less than a hundredth of a degree moves nothing.
    """
    if abs(degrees) < 0.01:
        return rgb
    import cv2

    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    flat = cv2.warpAffine(rgb, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(flat, np.uint8)


def to_rgb(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images (N, 3, H, W) in [-1, 1] → (N, H, W, 3) uint8; -1 becomes 0 and 1 becomes 255, rounded to the nearest."""
    pixels = np.ascontiguousarray(np.moveaxis(images, 1, -1), np.float32)
    pixels *= 127.5
    pixels += 128.0  # 127.5 for the range, 0.5 for rounding: the cast cuts towards zero
    return np.clip(pixels, 0, 255, out=pixels).astype(np.uint8)
