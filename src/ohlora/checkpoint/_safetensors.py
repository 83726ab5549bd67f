"""Reads safetensors after checking every number in its header (format: huggingface/safetensors, README).

The header comes from a stranger: offsets may point outside, overlap, leave holes or contradict the shapes, and names
may come twice. All of it is checked before a byte of data is touched.
"""

import json
import math
from pathlib import Path
from typing import Any, BinaryIO

from numpy.typing import NDArray

from ohlora.checkpoint import _limits
from ohlora.checkpoint._refusal import refuse
from ohlora.checkpoint._tensor import ITEM_BYTES, Tensor, decode

_TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}


def read_safetensors(path: Path, stream: BinaryIO, size: int) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the `__metadata__` of the header.

    Raises:
        InputError: the header lies, is damaged or names a tensor twice.
    """
    length = int.from_bytes(stream.read(8), "little")
    if length > size - 8:
        raise refuse(
            f"is cut off or no safetensors: its header claims {length:,} bytes of {size:,}",
            f"잘렸거나 safetensors가 아닙니다. 전체 {size:,}바이트에 헤더가 {length:,}바이트라고 되어 있습니다",
        )
    if length > _limits.MAX_HEADER_BYTES:
        raise refuse(f"has a header of {length:,} bytes", f"헤더가 {length:,}바이트로 너무 큽니다")
    header = _header(stream.read(length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise refuse("has a `__metadata__` that is not text", "`__metadata__`가 문자열이 아닙니다")
    begin = 8 + length
    spans = [(name, *_entry(name, entry, size - begin)) for name, entry in header.items()]
    _check_layout(spans, size - begin)
    return {name: _tensor(path, dtype, shape, begin + start) for name, dtype, shape, start, _ in spans}, metadata


def _header(text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in pairs:
            if name in result:
                raise refuse(f"names `{name[:200]}` twice in its header", f"헤더에 `{name[:200]}`이(가) 두 번 나옵니다")
            result[name] = value
        return result

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise refuse("has a damaged safetensors header", "safetensors 헤더가 손상되었습니다") from error
    if not isinstance(header, dict):
        raise refuse("has a damaged safetensors header", "safetensors 헤더가 손상되었습니다")
    return header


def _entry(name: str, entry: Any, available: int) -> tuple[str, tuple[int, ...], int, int]:
    fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
    dtype: Any
    shape: Any
    offsets: Any
    dtype, shape, offsets = (fields.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not isinstance(dtype, str) or dtype not in _TYPES:
        raise refuse(
            f"gives `{name[:200]}` the unknown type {str(dtype)[:40]!r}",
            f"`{name[:200]}`의 자료형 {str(dtype)[:40]!r}을(를) 알 수 없습니다",
        )
    proper = _is_lengths(shape) and _is_lengths(offsets) and len(offsets) == 2
    if not proper or len(shape) > _limits.MAX_DIMENSIONS or math.prod(n for n in shape if n) >= 1 << 63:
        raise refuse(
            f"describes `{name[:200]}` without a proper shape and offsets",
            f"`{name[:200]}`의 모양이나 위치가 올바르지 않습니다",
        )
    start, end = offsets
    needed = math.prod(shape) * ITEM_BYTES[_TYPES[dtype]]
    if end - start != needed or end > available:
        raise refuse(
            f"lies about `{name[:200]}`: shape {_text(shape)} takes {needed:,} bytes, the offsets span {end - start:,}"
            f" up to byte {end:,} of {available:,}",
            f"`{name[:200]}`의 헤더가 맞지 않습니다. {_text(shape)} 모양은 {needed:,}바이트인데 위치는 {end - start:,}"
            f"바이트, 전체 {available:,} 가운데 {end:,}까지입니다",
        )
    return _TYPES[dtype], tuple(shape), start, end


def _is_lengths(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 63 for n in value)


def _text(shape: list[int]) -> str:
    text = str(tuple(shape))
    return text if len(text) < 80 else f"{text[:80]}…"


def _check_layout(spans: list[tuple[str, str, tuple[int, ...], int, int]], available: int) -> None:
    """The format allows neither overlaps nor holes: the data is one run, each byte belonging to one tensor."""
    position = 0
    for name, _, _, start, end in sorted(spans, key=lambda span: (span[3], span[4])):
        if start != position:
            raise refuse(
                f"lets `{name[:200]}` begin at byte {start:,} where byte {position:,} is due (overlap or hole)",
                f"`{name[:200]}`이(가) {position:,}이 아니라 {start:,}바이트에서 시작합니다(겹치거나 빈 곳이 있음)",
            )
        position = end
    if position != available:
        raise refuse(
            f"holds {available:,} bytes of data where its header accounts for {position:,}",
            f"헤더에는 {position:,}바이트인데 데이터가 {available:,}바이트입니다",
        )


def _tensor(path: Path, dtype: str, shape: tuple[int, ...], start: int) -> Tensor:
    def read() -> NDArray:
        count = math.prod(shape) * ITEM_BYTES[dtype]
        with path.open("rb") as stream:
            stream.seek(start)
            return decode(stream.read(count), dtype).reshape(shape).copy()

    return Tensor(dtype, shape, read)
