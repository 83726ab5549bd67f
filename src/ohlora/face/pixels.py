"""From the generator's number range to the 8-bit pixels that are looked at, measured and saved."""

import numpy as np
from numpy.typing import NDArray


def to_rgb(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images (N, 3, H, W) in [-1, 1] → (N, H, W, 3) uint8; -1 becomes 0 and 1 becomes 255, rounded to the nearest."""
    pixels = np.ascontiguousarray(np.moveaxis(images, 1, -1), np.float32)
    pixels *= 127.5
    pixels += 128.0  # 127.5 for the range, 0.5 for rounding: the cast cuts towards zero
    return np.clip(pixels, 0, 255, out=pixels).astype(np.uint8)
