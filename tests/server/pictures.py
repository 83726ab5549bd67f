"""Small JPEGs whose colour runs through the greys, for tests that look at the canvas."""

import io
from functools import cache

from PIL import Image


@cache
def grey(level: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (512, 512), (level, level, 120)).save(data, "JPEG")
    return data.getvalue()


def moving(moment: float) -> bytes:
    """The picture of a moment; another one ten times a second."""
    return grey(40 + 15 * (int(moment * 10) % 12))
