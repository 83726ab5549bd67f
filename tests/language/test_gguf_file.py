"""GGUF headers read quickly: the same as the library reads, damaged ones refused, and kept tokenizers equal to fresh ones."""

from pathlib import Path

import pytest

from ohlora import models
from ohlora.errors import InputError
from ohlora.language import gguf_file

gguf = pytest.importorskip("gguf", reason="needs the extra train")

TEXTS = ["사용자: 안녕?\n오로라: 네, 안녕하세요! 😀\n", "<eos> 그리고 <bos>", "  two  spaces\n\n", "뷁쀍 ㅋㅋ 2026년"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    writer = gguf.GGUFWriter(tmp_path / "a.gguf", "llama")
    writer.add_array("tokenizer.ggml.tokens", ["가", "나다", "", "<s>"])
    writer.add_array("tokenizer.ggml.scores", [0.5, -1.0, 2.0, 0.0])
    writer.add_array("tokenizer.ggml.token_type", [1, 2, 3, 4])
    writer.add_array("some.flags", [True, False])
    writer.add_string("general.name", "이름")
    writer.add_uint32("llama.block_count", 7)
    import numpy as np

    writer.add_tensor("token_embd.weight", np.zeros((4, 8), np.float32))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return tmp_path / "a.gguf"


def test_it_reads_what_the_library_reads(small: Path) -> None:
    quick, plain = gguf_file.read(small), gguf.GGUFReader(small)
    assert list(quick.fields) == list(plain.fields)
    for name, field in plain.fields.items():
        other = quick.fields[name]
        assert other.types == field.types
        assert other.contents() == field.contents()
    assert [(t.name, list(t.shape), t.data_offset) for t in quick.tensors] == [
        (t.name, list(t.shape), t.data_offset) for t in plain.tensors
    ]


def test_the_librarys_reader_is_put_back(small: Path) -> None:
    before = gguf.GGUFReader
    with gguf_file.quick():
        assert gguf.GGUFReader is not before
    assert gguf.GGUFReader is before


@pytest.mark.parametrize("keep", [0, 3, 30, 100, 200, 300, 420])
def test_cut_off_and_foreign_files_are_refused(small: Path, keep: int) -> None:
    small.write_bytes(small.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.gguf is no GGUF file, or is damaged"):
        gguf_file.read(small)


def test_an_array_that_claims_too_much_is_refused_before_memory_is_taken(small: Path) -> None:
    content = small.read_bytes()
    place = content.index(b"tokenizer.ggml.tokens") + len(b"tokenizer.ggml.tokens") + 8
    small.write_bytes(content[:place] + b"\xff" * 7 + b"\x00" + content[place + 8 :])
    with pytest.raises(InputError, match="damaged"):
        gguf_file.read(small)


def test_a_kept_tokenizer_is_the_fresh_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = next(models.locate("gemma-3-270m").glob("*.gguf"))
    monkeypatch.setenv("OHLORA_CACHE", str(tmp_path))
    fresh_config, fresh = gguf_file.config_and_tokenizer(path)
    assert len(list((tmp_path / "gguf-tokenizers").iterdir())) == 1
    config, tokenizer = gguf_file.config_and_tokenizer(path)
    assert tokenizer.vocab_size == fresh.vocab_size
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id, tokenizer.bos_token_id) == (1, 0, 2)
    for text in TEXTS:
        one = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
        other = fresh(text, return_offsets_mapping=True, return_special_tokens_mask=True)
        assert dict(one) == {name: other[name] for name in one}
        assert tokenizer.decode(one["input_ids"]) == fresh.decode(one["input_ids"])
    same = ("vocab_size", "hidden_size", "num_hidden_layers", "eos_token_id", "pad_token_id", "sliding_window", "layer_types", "rope_parameters")  # fmt: skip
    assert [getattr(config, name) for name in same] == [getattr(fresh_config, name) for name in same]
