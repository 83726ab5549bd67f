"""Adapters blended into one: the sum of their effects, exactly, and their names in it."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from ohlora.errors import InputError
from ohlora.language.blending import blend, mean

NAME = "blk.0.attn_q.weight"


def _adapter(path: Path, seed: int, rank: int, alpha: float, name: str = NAME) -> np.ndarray:
    """Writes an adapter; returns what it adds to the weight."""
    rng = np.random.default_rng(seed)
    a = rng.normal(0, 0.1, (rank, 64)).astype(np.float16)
    b = rng.normal(0, 0.1, (48, rank)).astype(np.float16)
    writer = gguf.GGUFWriter(path, "gemma3")
    writer.add_float32("adapter.lora.alpha", alpha)
    writer.add_string("ohlora.seed", str(seed))
    writer.add_tensor(f"{name}.lora_a", a)
    writer.add_tensor(f"{name}.lora_b", b)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return alpha / rank * (b.astype(np.float32) @ a.astype(np.float32))


def test_the_whole_is_the_weighted_sum(tmp_path: Path) -> None:
    first = _adapter(tmp_path / "a.gguf", 1, 4, 8.0)
    second = _adapter(tmp_path / "b.gguf", 2, 6, 6.0)
    out = blend([(tmp_path / "a.gguf", 0.7), (tmp_path / "b.gguf", 0.3)], tmp_path / "out.gguf")
    read = gguf.GGUFReader(out)
    tensors = {tensor.name: tensor.data.astype(np.float32) for tensor in read.tensors}
    a, b = tensors[f"{NAME}.lora_a"], tensors[f"{NAME}.lora_b"]
    assert float(read.fields["adapter.lora.alpha"].contents()) == len(a) == 10
    assert np.allclose(b @ a, 0.7 * first + 0.3 * second, atol=2e-4)
    assert read.fields["ohlora.seed"].contents() == "1"
    assert read.fields["ohlora.blend"].contents().count("sha256:") == 2


def test_adapters_of_different_tensors_are_refused(tmp_path: Path) -> None:
    _adapter(tmp_path / "a.gguf", 1, 4, 8.0)
    _adapter(tmp_path / "b.gguf", 2, 4, 8.0, name="blk.1.attn_q.weight")
    with pytest.raises(InputError, match="same tensors"):
        blend([(tmp_path / "a.gguf", 0.5), (tmp_path / "b.gguf", 0.5)], tmp_path / "out.gguf")
    assert not (tmp_path / "out.gguf").exists()


def test_the_mean_of_one_lineage_keeps_the_rank(tmp_path: Path) -> None:
    _adapter(tmp_path / "a.gguf", 1, 4, 8.0)
    _adapter(tmp_path / "b.gguf", 2, 4, 8.0)
    out = mean([(tmp_path / "a.gguf", 0.25), (tmp_path / "b.gguf", 0.75)], tmp_path / "out.gguf")
    parts = [gguf.GGUFReader(tmp_path / f"{name}.gguf") for name in "ab"]
    read = gguf.GGUFReader(out)
    assert float(read.fields["adapter.lora.alpha"].contents()) == 8.0
    for at, tensor in enumerate(read.tensors):
        one, two = (part.tensors[at].data.astype(np.float32) for part in parts)
        assert tensor.data.shape == one.shape
        assert np.allclose(tensor.data, 0.25 * one + 0.75 * two, atol=1e-3)
    assert read.fields["ohlora.command"].contents() == (
        "python -m ohlora.language.blending --mean out.gguf a.gguf 0.25 b.gguf 0.75"
    )


def test_the_mean_of_other_ranks_is_refused(tmp_path: Path) -> None:
    _adapter(tmp_path / "a.gguf", 1, 4, 8.0)
    _adapter(tmp_path / "b.gguf", 2, 6, 8.0)
    with pytest.raises(InputError, match="same tensors, rank and alpha"):
        mean([(tmp_path / "a.gguf", 0.5), (tmp_path / "b.gguf", 0.5)], tmp_path / "out.gguf")
    assert not (tmp_path / "out.gguf").exists()


def test_a_sum_of_lower_rank_is_the_nearest_there_is(tmp_path: Path) -> None:
    first = _adapter(tmp_path / "a.gguf", 1, 4, 8.0)
    second = _adapter(tmp_path / "b.gguf", 2, 6, 6.0)
    out = blend([(tmp_path / "a.gguf", 0.7), (tmp_path / "b.gguf", 0.3)], tmp_path / "out.gguf", rank=5)
    read = gguf.GGUFReader(out)
    tensors = {tensor.name: tensor.data.astype(np.float32) for tensor in read.tensors}
    a, b = tensors[f"{NAME}.lora_a"], tensors[f"{NAME}.lora_b"]
    assert float(read.fields["adapter.lora.alpha"].contents()) == len(a) == 5
    whole = 0.7 * first + 0.3 * second
    least = (np.linalg.svd(whole, compute_uv=False)[5:] ** 2).sum()
    assert ((b @ a - whole) ** 2).sum() == pytest.approx(least, rel=1e-3)
