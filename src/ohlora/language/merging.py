"""An adapter folded into a copy of its base model, made once and kept in the cache.

A LoRA beside the weights costs two more small products for each layer and token: on two cores a third of the speed of
speaking (docs/measurements.md). W + (alpha / rank) · B·A is the same model without them. Only tensors the adapter touches
are written anew, as Q8_0 whatever they were before: rounding the sum to the base's 4 bits again would lose what the
adapter learned. An adapter that says for which scripts it was trained gets a vocabulary of those (`vocabulary`): rows of the
tokens left out are left out. All else is copied byte by byte. Knows nothing of personas.
"""

import hashlib
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import atomic_write, sha256_of
from ohlora.i18n import say
from ohlora.language import gguf_file, vocabulary
from ohlora.language.export import ALPHA, SCRIPTS, TOKENS, base_of
from ohlora.paths import cache_dir
from ohlora.progress import bar

_VERSION = 2  # of how models are folded: another number makes them anew


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


def check_fits(base: Path, adapter: Path) -> None:
    """Compares names and shapes alone; the numbers are not read.

    Raises:
        InputError: a file is no GGUF, or the adapter is for another base.
    """
    shapes = base_of(base, base.stat().st_mtime_ns).shapes
    model = SimpleNamespace(tensors=[SimpleNamespace(name=name, shape=shape) for name, shape in shapes.items()])
    _pairs(model, gguf_file.read(adapter), adapter)


def fold(base: Path, adapter: Path, out: Path) -> Path:
    """Writes base + adapter as `out`.

    Args:
        base: GGUF model.
        adapter: GGUF LoRA of that model.

    Raises:
        InputError: a file is no GGUF, or the adapter is for another base.
    """
    import gguf

    model, lora = gguf_file.read(base), gguf_file.read(adapter)
    pairs = _pairs(model, lora, adapter)
    alpha = float(lora.fields[ALPHA].contents())
    rows = _vocabulary(model, lora, adapter)
    tensors = sorted(model.tensors, key=lambda tensor: int(tensor.data_offset))
    with atomic_write(out) as file:
        writer = gguf.GGUFWriter(file.name, str(model.fields["general.architecture"].contents()))
        _copy_fields(model, rows, writer)
        for tensor in tensors:
            kind = _kind(tensor) if tensor.name in pairs else tensor.tensor_type
            shape = [int(size) for size in reversed(tensor.shape)]
            if rows is not None and shape[0] == rows[0]:
                shape[0] = len(rows[1])
            per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
            size = int(np.prod(shape)) // per_block * block_bytes
            writer.add_tensor_info(tensor.name, shape, np.dtype(np.float32), size, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in bar(
            say("preparing her voice (first start only)", "목소리 준비(처음 한 번만)"),
            unit="layer", total=len(tensors), iterable=tensors,
        ):  # fmt: skip
            pair = pairs.get(tensor.name)
            data = tensor.data if pair is None else _summed(tensor, pair, alpha)
            if rows is not None and tensor.shape[-1] == rows[0]:
                data = data[rows[1]]
            writer.write_tensor_data(np.ascontiguousarray(data))
        writer.close()
    return out


def _vocabulary(model: Any, lora: Any, adapter: Path) -> tuple[int, NDArray[np.int64]] | None:
    """Tokens there are, and ids of those to keep; None where all stay."""
    fields = [model.fields.get(f"tokenizer.ggml.{name}") for name in ("tokens", "token_type", "scores")]
    if SCRIPTS not in lora.fields or None in fields:
        return None
    tokens, kinds, scores = (field.contents() for field in fields)
    scripts = str(lora.fields[SCRIPTS].contents()).split()
    used = [int(number) for number in str(lora.fields[TOKENS].contents()).split()] if TOKENS in lora.fields else []
    if any(not 0 <= number < len(tokens) for number in used):
        raise unfitting(adapter, TOKENS)
    return len(tokens), vocabulary.kept(tokens, kinds, scores, scripts, used)


def _copy_fields(model: Any, rows: tuple[int, NDArray[np.int64]] | None, writer: Any) -> None:
    """All that is told of the model; of the vocabulary only the tokens kept, by their new ids."""
    from gguf import GGUFValueType

    for field in model.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind, value = field.types[0], field.contents()
        if rows is not None and field.name.startswith("tokenizer."):
            count, kept = rows
            if kind == GGUFValueType.ARRAY and len(value) == count:
                value = [value[number] for number in kept]
            elif field.name.endswith("_token_id"):
                value = int(np.searchsorted(kept, value))
        if field.name == "general.alignment":
            writer.data_alignment = int(value)
        writer.add_key_value(field.name, value, kind, sub_type=field.types[-1] if kind == GGUFValueType.ARRAY else None)


def _summed(tensor: Any, pair: tuple[Any, Any], alpha: float) -> NDArray[np.uint8]:
    """W + (alpha / rank) · B·A as Q8_0 (half precision where rows are no whole blocks of that)."""
    from gguf.quants import dequantize, quantize

    weight, a, b = (np.asarray(dequantize(part.data, part.tensor_type), np.float32) for part in (tensor, *pair))
    return np.asarray(quantize(weight + np.float32(alpha / len(a)) * (b @ a), _kind(tensor)))


def _kind(tensor: Any) -> Any:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    whole = int(tensor.shape[0]) % GGML_QUANT_SIZES[GGMLQuantizationType.Q8_0][0] == 0
    return GGMLQuantizationType.Q8_0 if whole else GGMLQuantizationType.F16


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
            raise unfitting(adapter, tensor.name)
        pairs[tensor.name] = (a, b)
    if parts or not pairs or ALPHA not in lora.fields:
        raise unfitting(adapter, next(iter(parts), ALPHA))
    return pairs


def unfitting(adapter: Path, tensor: str) -> InputError:
    """What is said of an adapter that is for another base."""
    return InputError(
        f"{adapter} is an adapter for another base model: {tensor} does not fit; train it for this one with: "
        "ohlora language train",
        f"{adapter}은(는) 다른 기반 모델의 어댑터입니다: {tensor}이(가) 맞지 않습니다. 이 모델로 학습하세요: ohlora language train",
    )
