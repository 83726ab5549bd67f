"""Pixels to JPEG and back. Knows nothing of faces."""

import cv2
import numpy as np
from numpy.typing import NDArray

QUALITY = 88
"""JPEG quality of frames: skin without blocks at about 45 kB a frame at 512²."""


def jpeg(pixels: NDArray[np.uint8], quality: int = QUALITY) -> bytes:
    """(H, W, 3) uint8 RGB → JPEG. The same pixels give the same bytes."""
    done, data = cv2.imencode(".jpg", pixels[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not done:
        raise ValueError(f"pixels of shape {pixels.shape} and type {pixels.dtype} cannot be a JPEG")
    return data.tobytes()


def pixels(data: bytes) -> NDArray[np.uint8]:
    """What `jpeg` made → (H, W, 3) uint8 RGB, as a browser shows it."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
