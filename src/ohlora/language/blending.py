"""Several LoRA adapters of one base as one: their weighted sum, exactly, by stacking (ranks add up).

Checkpoints of one run averaged hold better on what is new than any of them (Izmailov et al. 2018, "Averaging Weights Leads to
Wider Optima and Better Generalization"), and a share of an earlier adapter keeps what a later one forgets.

    python -m ohlora.language.blending OUT.gguf A.gguf 0.45 B.gguf 0.40 C.gguf 0.15
    python -m ohlora.language.blending --rank 32 OUT.gguf A.gguf 0.6 B.gguf 0.4   # the nearest of that rank
    python -m ohlora.language.blending --mean OUT.gguf A.gguf 0.5 B.gguf 0.5      # checkpoints of one lineage, rank kept
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import sha256_of
from ohlora.language import gguf_file
from ohlora.language.export import ALPHA, TOKENS, write_adapter

Array = NDArray[np.float32]


def blend(parts: Sequence[tuple[Path, float]], out: Path, rank: int | None = None) -> Path:
    """Writes the sum of `weight` times each adapter; its metadata name every part by digest and weight.

    Args:
        parts: GGUF LoRA files of the same base, each with its weight.
        rank: of the whole at most; what the sum has beyond it is left out (`truncated`). None: all of it.

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
    whole = sum(part[f"{names[0]}.lora_a"].shape[0] for part in tensors)
    rank = min(rank or whole, whole)
    stacked = {}
    for name in names:
        a = [part[f"{name}.lora_a"] for part in tensors]
        # Each part's own scale, alpha over rank, goes into its B: that of the whole is 1.
        scales = [
            weight * float(reader.fields[ALPHA].contents()) / len(one)
            for (reader, weight), one in zip(readers, a, strict=True)
        ]
        b = [part[f"{name}.lora_b"] * scale for part, scale in zip(tensors, scales, strict=True)]
        down, up = np.concatenate(a, 0), np.concatenate(b, 1)
        if rank < whole:
            down, up = truncated(down, up, rank)
        stacked[f"{name}.lora_a"], stacked[f"{name}.lora_b"] = down.astype(np.float16), up.astype(np.float16)
    how = f"--rank {rank} " if rank < whole else ""
    return _write(parts, [reader for reader, _ in readers], float(rank), stacked, out, how)


def truncated(down: Array, up: Array, rank: int) -> tuple[Array, Array]:
    """The factors of the matrix of a rank that is nearest to up · down in the sum of squares (Eckart and Young 1936).

    Args:
        down: (r, in). up: (out, r).

    Returns:
        (rank, in) and (out, rank), the singular values shared between both.
    """
    left, upper = np.linalg.qr(up)
    right, lower = np.linalg.qr(down.T)
    u, s, v = np.linalg.svd(upper @ lower.T)
    root = np.sqrt(s[:rank])
    return (root[:, None] * v[:rank]) @ right.T, left @ (u[:, :rank] * root)


def mean(parts: Sequence[tuple[Path, float]], out: Path) -> Path:
    """Writes the weighted mean of adapters factor by factor: only for those of which one was trained on from the other.

    Between a checkpoint and what it became A and B have moved little, so the mean of the factors is near that of the products,
    and the rank stays (Wortsman et al. 2022, "Model soups").

    Args:
        parts: GGUF LoRA files of the same base, rank and scale, each with its weight; the weights add up to 1.

    Raises:
        InputError: parts of other tensors, ranks or scales.
    """
    readers = [gguf_file.read(path) for path, _ in parts]
    tensors = [{tensor.name: np.asarray(tensor.data, np.float32) for tensor in reader.tensors} for reader in readers]
    shapes = [{name: tensor.shape for name, tensor in part.items()} for part in tensors]
    alphas = {float(reader.fields[ALPHA].contents()) for reader in readers}
    if not shapes or any(other != shapes[0] for other in shapes) or len(alphas) != 1:
        raise InputError(
            f"{out}: the mean is taken of adapters of the same tensors, rank and alpha; blend others without --mean",
            f"{out}: 평균은 텐서와 랭크, alpha가 같은 어댑터끼리만 낼 수 있습니다. 다르면 --mean 없이 섞으세요",
        )
    weights = [weight for _, weight in parts]
    averaged = {
        name: sum(weight * part[name] for weight, part in zip(weights, tensors, strict=True)).astype(np.float16)  # type: ignore[union-attr]
        for name in shapes[0]
    }
    return _write(parts, readers, alphas.pop(), averaged, out, "--mean ")


def _write(
    parts: Sequence[tuple[Path, float]], readers: Sequence[Any], alpha: float, tensors: Any, out: Path, how: str
) -> Path:
    """With what the first part says of its base, prompt and licence, the tokens of all, and how it was made of what."""
    notes = {name: str(field.contents()) for name, field in readers[0].fields.items() if name.startswith("ohlora.")}
    told = [reader.fields[TOKENS] for reader in readers if TOKENS in reader.fields]
    if told:
        notes[TOKENS] = " ".join(map(str, sorted({int(one) for field in told for one in field.contents().split()})))
    named = " ".join(f"{path.name} {weight}" for path, weight in parts)
    notes["ohlora.command"] = f"python -m ohlora.language.blending {how}{out.name} {named}"
    notes["ohlora.blend"] = "; ".join(f"{weight} × sha256:{sha256_of(path)}" for path, weight in parts)
    architecture = str(readers[0].fields["general.architecture"].contents())
    return write_adapter(out, architecture, alpha, tensors, notes)


def main(arguments: Sequence[str]) -> None:
    """See the module."""
    join, rest = (mean, arguments[1:]) if arguments[:1] == ["--mean"] else (blend, arguments)
    if rest[:1] == ["--rank"]:
        join, rest = partial(blend, rank=int(rest[1])), rest[2:]
    join([(Path(path), float(weight)) for path, weight in zip(rest[1::2], rest[2::2], strict=True)], Path(rest[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
