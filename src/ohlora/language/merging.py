"""An adapter folded into a copy of its base model, made once and kept in the cache.

A LoRA beside the weights costs two more small products for each layer and token: on two cores a third of the speed of
speaking (docs/measurements.md). W + (alpha / rank) · B·A is the same model without them. Only tensors the adapter touches
are written anew, as Q8_0 whatever they were before: rounding the sum to the base's 4 bits again would lose what the
adapter learned. All else, the vocabulary among it, is copied byte by byte.

GGUF layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Knows nothing of personas.
"""

import hashlib
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import atomic_write, sha256_of
from ohlora.i18n import say
from ohlora.language import gguf_file
from ohlora.language.export import ALPHA
from ohlora.paths import cache_dir
from ohlora.progress import bar

_VERSION = 1  # of how models are folded: another number makes them anew


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
    from gguf import GGMLQuantizationType

    model, lora = gguf_file.read(base), gguf_file.read(adapter)
    pairs = _pairs(model, lora, adapter)
    alpha, alignment = float(lora.fields[ALPHA].contents()), int(model.alignment)
    tensors = sorted(model.tensors, key=lambda tensor: int(tensor.data_offset))
    header = bytearray(model.data[: model.data_offset].tobytes())
    offset = 0
    for tensor in tensors:
        touched = tensor.name in pairs
        kind = GGMLQuantizationType.Q8_0 if touched else tensor.tensor_type
        # Name's length, name, number of dimensions, dimensions; then type and offset.
        at = tensor.field.offset + sum(part.nbytes for part in tensor.field.parts[:4])
        struct.pack_into("<IQ", header, at, int(kind), offset)
        size = int(tensor.n_elements) // 32 * 34 if touched else int(tensor.n_bytes)
        offset += -(-size // alignment) * alignment
    with atomic_write(out) as file:
        file.write(header)
        for tensor in bar(
            say("preparing her voice (first start only)", "목소리 준비(처음 한 번만)"),
            unit="layer", total=len(tensors), iterable=tensors,
        ):  # fmt: skip
            pair = pairs.get(tensor.name)
            written = file.write(tensor.data.tobytes() if pair is None else _summed(tensor, pair, alpha).tobytes())
            file.write(b"\0" * (-written % alignment))
    return out


def _summed(tensor: Any, pair: tuple[Any, Any], alpha: float) -> NDArray[np.uint8]:
    """W + (alpha / rank) · B·A as Q8_0."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    weight, a, b = (np.asarray(dequantize(part.data, part.tensor_type), np.float32) for part in (tensor, *pair))
    return np.asarray(quantize(weight + np.float32(alpha / len(a)) * (b @ a), GGMLQuantizationType.Q8_0))


def _pairs(model: Any, lora: Any, adapter: Path) -> dict[str, tuple[Any, Any]]:
    """Tensor of the model → the adapter's A (rank, in) and B (out, rank); all of the adapter must find its place."""
    parts = {tensor.name: tensor for tensor in lora.tensors}
    pairs = {}
    for tensor in model.tensors:
        a, b = parts.pop(f"{tensor.name}.lora_a", None), parts.pop(f"{tensor.name}.lora_b", None)
        if a is None and b is None:
            continue
        # Shapes as stored: innermost first.
        if a is None or b is None or [a.shape[0], b.shape[1]] != list(tensor.shape) or a.shape[1] != b.shape[0]:
            raise _unfitting(adapter, tensor.name)
        pairs[tensor.name] = (a, b)
    if parts or not pairs or ALPHA not in lora.fields:
        raise _unfitting(adapter, next(iter(parts), ALPHA))
    return pairs


def _unfitting(adapter: Path, tensor: str) -> InputError:
    return InputError(
        f"{adapter} is an adapter for another base model: {tensor} does not fit; train it for this one with: "
        "ohlora language train",
        f"{adapter}은(는) 다른 기반 모델의 어댑터입니다: {tensor}이(가) 맞지 않습니다. 이 모델로 학습하세요: ohlora language train",
    )
