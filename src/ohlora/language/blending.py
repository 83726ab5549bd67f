"""Several LoRA adapters of one base as one: their weighted sum, exactly, by stacking (ranks add up).

Checkpoints of one run averaged hold better on what is new than any of them (Izmailov et al. 2018, "Averaging Weights Leads to
Wider Optima and Better Generalization"), and a share of an earlier adapter keeps what a later one forgets.

    python -m ohlora.language.blending OUT.gguf A.gguf 0.45 B.gguf 0.40 C.gguf 0.15
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.errors import InputError
from ohlora.files import sha256_of
from ohlora.language import gguf_file
from ohlora.language.export import ALPHA, write_adapter


def blend(parts: Sequence[tuple[Path, float]], out: Path) -> Path:
    """Writes the sum of `weight` times each adapter; its metadata name every part by digest and weight.

    Args:
        parts: GGUF LoRA files of the same base, each with its weight.

    Raises:
        InputError: no part, or parts that touch different tensors.
    """
    readers = [(gguf_file.read(path), weight) for path, weight in parts]
    tensors = [{tensor.name: np.asarray(tensor.data, np.float32) for tensor in reader.tensors} for reader, _ in readers]
    if not tensors or any(set(other) != set(tensors[0]) for other in tensors):
        raise InputError(
            f"{out}: adapters can be blended only where they touch the same tensors",
            f"{out}: 같은 텐서를 바꾸는 어댑터끼리만 섞을 수 있습니다",
        )
    names = sorted(name.removesuffix(".lora_a") for name in tensors[0] if name.endswith(".lora_a"))
    rank = sum(part[f"{names[0]}.lora_a"].shape[0] for part in tensors)
    stacked = {}
    for name in names:
        a = [part[f"{name}.lora_a"] for part in tensors]
        # Each part's own scale, alpha over rank, goes into its B: that of the whole is 1.
        scales = [
            weight * float(reader.fields[ALPHA].contents()) / len(one)
            for (reader, weight), one in zip(readers, a, strict=True)
        ]
        b = [part[f"{name}.lora_b"] * scale for part, scale in zip(tensors, scales, strict=True)]
        stacked[f"{name}.lora_a"] = np.concatenate(a, 0).astype(np.float16)
        stacked[f"{name}.lora_b"] = np.concatenate(b, 1).astype(np.float16)
    notes = {"ohlora.blend": "; ".join(f"{weight} × sha256:{sha256_of(path)}" for path, weight in parts)}
    first = readers[0][0]
    architecture = str(first.fields["general.architecture"].contents())
    return write_adapter(out, architecture, float(rank), stacked, {**notes, **_notes(first)})


def _notes(reader: Any) -> dict[str, str]:
    """What the first part says of its base, data, seed and licence."""
    return {
        name: str(field.contents())
        for name, field in reader.fields.items()
        if name.startswith("ohlora.") and name != "ohlora.blend"
    }


if __name__ == "__main__":
    blend(
        [(Path(path), float(weight)) for path, weight in zip(sys.argv[2::2], sys.argv[3::2], strict=True)],
        Path(sys.argv[1]),
    )
