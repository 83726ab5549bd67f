"""One tensor of a weight file: what is known of it before its numbers are read, and the reading. Knows no format."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ITEM_BYTES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint64": 8,
    "uint32": 4,
    "uint16": 2,
    "uint8": 1,
    "bool": 1,
    "complex64": 8,
    "complex128": 16,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
}
FLOATS = ("float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Tensor:
    """A tensor that is read when asked for.

    Attributes:
        dtype: name of its type in the file, as torch calls it ("float32", "bfloat16", …).
        shape: its lengths.
        read: returns its numbers, contiguous; bfloat16 comes as the float32 of the same value.
    """

    dtype: str
    shape: tuple[int, ...]
    read: Callable[[], NDArray]

    @property
    def numel(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes it takes in the file's type."""
        return self.numel * ITEM_BYTES[self.dtype]


def decode(data: bytes | memoryview | NDArray, dtype: str) -> NDArray:
    """Little-endian bytes as a flat array; bfloat16 as float32, which holds it exactly.

    Raises:
        TypeError: numpy has no such type.
    """
    if dtype == "bfloat16":
        wide = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32)
    return np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).astype(dtype, copy=False)
