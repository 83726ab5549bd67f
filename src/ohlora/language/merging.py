"""An adapter folded into a copy of its base model, made once and kept in the cache.

A LoRA beside the weights costs two more small products for each layer and token: on two cores a third of the speed of
speaking (docs/measurements.md). W + (alpha / rank) · B·A is the same model without them. Only tensors the adapter touches
are written anew, as Q8_0 whatever they were before: rounding the sum to the base's 4 bits again would lose what the
adapter learned. All else, the vocabulary among it, is copied byte by byte.

GGUF layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The header is walked here and not by the `gguf`
library, whose reader takes ten seconds over 262,144 tokens; (de)quantisation is the library's. Knows nothing of personas.
"""

import hashlib
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import atomic_write, sha256_of
from ohlora.i18n import say
from ohlora.paths import cache_dir
from ohlora.progress import bar

_VERSION = 1  # of how models are folded: another number makes them anew
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_ALIGNMENT, _ALPHA = "general.alignment", "adapter.lora.alpha"
_SCALARS = {_ALIGNMENT: "<I", _ALPHA: "<f"}


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor is described (`at`: its type field) and where its bytes lie. `shape` as numpy's, rows first."""

    name: str
    shape: tuple[int, ...]
    kind: int
    at: int
    start: int
    bytes: int


@dataclass(frozen=True)
class _Gguf:
    """A GGUF file's header, and its bytes as a memory map."""

    data: NDArray[np.uint8]
    scalars: dict[str, float]
    tensors: tuple[_Tensor, ...]
    header: int
    """Bytes before the first tensor's."""

    @property
    def alignment(self) -> int:
        return int(self.scalars.get(_ALIGNMENT, 32))

    def values(self, tensor: _Tensor) -> NDArray[np.float32]:
        """The tensor's numbers."""
        from gguf import GGMLQuantizationType
        from gguf.quants import dequantize

        raw = self.data[tensor.start : tensor.start + tensor.bytes]
        kind = GGMLQuantizationType(tensor.kind)
        plain = {GGMLQuantizationType.F32: np.float32, GGMLQuantizationType.F16: np.float16}
        if kind in plain:
            return raw.view(plain[kind]).reshape(tensor.shape).astype(np.float32)
        rows = int(np.prod(tensor.shape[:-1]))
        return np.asarray(dequantize(raw.reshape(rows, -1), kind), np.float32).reshape(tensor.shape)


def folded(base: Path, adapter: Path, *, digest: str | None = None) -> Path:
    """The base model with the adapter in its weights: from the cache, or made and put there.

    Args:
        digest: SHA-256 of `base`, where it is known (it takes half a second).

    Raises:
        InputError: a file is no GGUF, or the adapter is for another base; the cache cannot be written.
    """
    key = hashlib.sha256(f"{_VERSION}/{digest or sha256_of(base)}/{sha256_of(adapter)}".encode()).hexdigest()[:16]
    folder = cache_dir() / "folded"
    name = f"{base.stem}+{adapter.parent.parent.name}.{adapter.stem}"
    out = folder / f"{name}.{key}.gguf"
    if out.is_file():
        return out
    try:
        fold(base, adapter, out)
        for old in folder.glob(f"{name}.*.gguf"):
            if old != out:
                with suppress(OSError):  # somebody else may still be using it
                    old.unlink()
    except OSError as error:
        raise InputError(
            f"{out} cannot be written ({error.strerror}); make room, or set OHLORA_CACHE to another folder",
            f"{out}을(를) 쓸 수 없습니다({error.strerror}). 공간을 확보하거나 OHLORA_CACHE로 다른 폴더를 지정하세요",
        ) from error
    return out


def fold(base: Path, adapter: Path, out: Path) -> Path:
    """Writes base + adapter as `out`.

    Args:
        base: GGUF model.
        adapter: GGUF LoRA of that model.

    Raises:
        InputError: a file is no GGUF, or the adapter is for another base.
    """
    model, lora = _read(base), _read(adapter)
    pairs = _pairs(model, lora, adapter)
    header = bytearray(model.data[: model.header].tobytes())
    kinds = {tensor.name: (8 if tensor.name in pairs else tensor.kind) for tensor in model.tensors}
    offset = 0
    for tensor in sorted(model.tensors, key=lambda tensor: tensor.start):
        struct.pack_into("<IQ", header, tensor.at, kinds[tensor.name], offset)
        size = int(np.prod(tensor.shape)) // 32 * 34 if tensor.name in pairs else tensor.bytes
        offset += -(-size // model.alignment) * model.alignment
    with atomic_write(out) as file:
        file.write(header)
        for tensor in bar(
            say("preparing her voice (first start only)", "목소리 준비(처음 한 번만)"),
            unit="layer", total=len(model.tensors), iterable=sorted(model.tensors, key=lambda tensor: tensor.start),
        ):  # fmt: skip
            _write(file, model, lora, tensor, pairs.get(tensor.name), float(lora.scalars[_ALPHA]))
    return out


def _write(
    file: IO[bytes], model: _Gguf, lora: _Gguf, tensor: _Tensor, pair: tuple[_Tensor, _Tensor] | None, alpha: float
) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if pair is None:
        written = file.write(model.data[tensor.start : tensor.start + tensor.bytes].data)
    else:
        a, b = (lora.values(part) for part in pair)
        summed = model.values(tensor) + np.float32(alpha / len(a)) * (b @ a)
        written = file.write(np.ascontiguousarray(quantize(summed, GGMLQuantizationType.Q8_0)).data)
    file.write(b"\0" * (-written % model.alignment))


def _pairs(model: _Gguf, lora: _Gguf, adapter: Path) -> dict[str, tuple[_Tensor, _Tensor]]:
    """Tensor of the model → the adapter's A (rank, in) and B (out, rank); all of the adapter must find its place."""
    parts = {tensor.name: tensor for tensor in lora.tensors}
    pairs = {}
    for tensor in model.tensors:
        a, b = parts.pop(f"{tensor.name}.lora_a", None), parts.pop(f"{tensor.name}.lora_b", None)
        if a is None and b is None:
            continue
        if a is None or b is None or (b.shape[0], a.shape[-1]) != tensor.shape or a.shape[0] != b.shape[-1]:
            raise _unfitting(adapter, tensor.name)
        pairs[tensor.name] = (a, b)
    if parts or not pairs or _ALPHA not in lora.scalars:
        raise _unfitting(adapter, next(iter(parts), _ALPHA))
    return pairs


def _unfitting(adapter: Path, tensor: str) -> InputError:
    return InputError(
        f"{adapter} is an adapter for another base model: {tensor} does not fit; train it for this one with: "
        "ohlora language train",
        f"{adapter}은(는) 다른 기반 모델의 어댑터입니다: {tensor}이(가) 맞지 않습니다. 이 모델로 학습하세요: ohlora language train",
    )


def _read(path: Path) -> _Gguf:
    try:
        return _parse(np.memmap(path, np.uint8, mode="r"))
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is no complete GGUF file ({error}); get it again",
            f"{path}이(가) 온전한 GGUF 파일이 아닙니다({error})",
        ) from None


def _parse(data: NDArray[np.uint8]) -> _Gguf:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    buffer = data.data
    magic, version, count, keys = struct.unpack_from("<4sIQQ", buffer, 0)
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError(f"it begins with {magic!r}, version {version}")
    at = 24
    scalars: dict[str, float] = {}
    for _ in range(keys):
        key, at = _string(buffer, at)
        (kind,) = struct.unpack_from("<I", buffer, at)
        if key in _SCALARS:
            (scalars[key],) = struct.unpack_from(_SCALARS[key], buffer, at + 4)
        at = _skip(buffer, at + 4, kind)
    found = list(_described(buffer, at, count))
    at = found[-1][1] if found else at
    alignment = int(scalars.get(_ALIGNMENT, 32))
    header = -(-at // alignment) * alignment
    tensors = []
    for (name, shape, kind, field, offset), _ in found:
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        length = int(np.prod(shape)) // block * size
        if header + offset + length > len(data):
            raise ValueError(f"{name} is cut off")
        tensors.append(_Tensor(name, shape, kind, field, header + offset, length))
    return _Gguf(data, scalars, tuple(tensors), header)


def _described(
    buffer: memoryview, at: int, count: int
) -> Iterator[tuple[tuple[str, tuple[int, ...], int, int, int], int]]:
    """(name, shape, type, where the type stands, offset) of each tensor, and where its description ends."""
    for _ in range(count):
        name, at = _string(buffer, at)
        (dimensions,) = struct.unpack_from("<I", buffer, at)
        shape = struct.unpack_from(f"<{dimensions}Q", buffer, at + 4)[::-1]
        at += 4 + 8 * dimensions
        kind, offset = struct.unpack_from("<IQ", buffer, at)
        yield (name, shape, kind, at, offset), at + 12
        at += 12


def _string(buffer: memoryview, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", buffer, at)
    if at + 8 + length > len(buffer):
        raise ValueError("it is cut off")
    return bytes(buffer[at + 8 : at + 8 + length]).decode(), at + 8 + length


def _skip(buffer: memoryview, at: int, kind: int) -> int:
    """Where a value of this type ends."""
    if kind == _STRING:
        return at + 8 + int(struct.unpack_from("<Q", buffer, at)[0])
    if kind != _ARRAY:
        return at + _SIZES[kind]
    inner, length = struct.unpack_from("<IQ", buffer, at)
    at += 12
    if inner in _SIZES:
        return at + int(length) * _SIZES[inner]
    for _ in range(length):
        at = _skip(buffer, at, inner)
    return at
