"""An adapter folded into its base: every tensor compared, what does not fit refused, and the engine speaking with it."""

import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf.quants import dequantize

from ohlora import models, personas
from ohlora.errors import InputError
from ohlora.language import gguf_file, merging
from ohlora.language.engines import open_engine
from ohlora.language.engines.llama_cpp import LlamaCppEngine
from ohlora.language.prompt import memo_prompt

BASE, ADAPTER = "small.gguf", "adapter.gguf"


def _base(path: Path) -> None:
    """Two matrices (one 4 bit) and a vocabulary of strings, as real files have them."""
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "gemma3")
    writer.add_array("tokenizer.ggml.tokens", ["가", "나", "다" * 50])
    writer.add_array("tokenizer.ggml.scores", [0.0, 1.0, 2.0])
    writer.add_uint32("tokenizer.ggml.bos_token_id", 2)
    writer.add_uint32("general.alignment", 64)
    writer.data_alignment = 64
    first = rng.normal(0, 0.1, (48, 64)).astype(np.float32)
    writer.add_tensor(
        "blk.0.attn_q.weight",
        gguf.quants.quantize(first, gguf.GGMLQuantizationType.Q4_0),
        raw_dtype=gguf.GGMLQuantizationType.Q4_0,
    )
    writer.add_tensor("blk.0.attn_norm.weight", rng.normal(0, 1, 40).astype(np.float32))
    writer.add_tensor("blk.0.ffn_up.weight", rng.normal(0, 0.1, (32, 64)).astype(np.float16))
    _close(writer)


def _adapter(path: Path, out: int = 48, target: str = "blk.0.attn_q.weight", alpha: bool = True) -> None:
    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "gemma3")
    if alpha:
        writer.add_float32("adapter.lora.alpha", 8.0)
    writer.add_tensor(f"{target}.lora_a", rng.normal(0, 0.1, (4, 64)).astype(np.float16))
    writer.add_tensor(f"{target}.lora_b", rng.normal(0, 0.1, (out, 4)).astype(np.float16))
    _close(writer)


def _close(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(path: Path) -> dict[str, gguf.ReaderTensor]:
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def test_touched_tensors_are_the_sum_and_all_else_is_as_it_was(tmp_path: Path) -> None:
    _base(tmp_path / BASE)
    _adapter(tmp_path / ADAPTER)
    out = merging.fold(tmp_path / BASE, tmp_path / ADAPTER, tmp_path / "out.gguf")
    before, after, lora = _tensors(tmp_path / BASE), _tensors(out), _tensors(tmp_path / ADAPTER)
    a, b = (lora[f"blk.0.attn_q.weight.lora_{part}"].data.astype(np.float32) for part in "ab")
    was = dequantize(before["blk.0.attn_q.weight"].data, gguf.GGMLQuantizationType.Q4_0)
    got = after["blk.0.attn_q.weight"]
    assert got.tensor_type == gguf.GGMLQuantizationType.Q8_0
    summed = was + 8 / 4 * (b @ a)
    # Half a step of 8 bits, and the rounding of the step to half precision.
    assert np.abs(dequantize(got.data, got.tensor_type) - summed).max() <= np.abs(summed).max() / 127 * 0.51
    for name in ("blk.0.attn_norm.weight", "blk.0.ffn_up.weight"):
        assert after[name].tensor_type == before[name].tensor_type
        assert np.array_equal(after[name].data, before[name].data)
    read = gguf.GGUFReader(out)
    assert read.fields["tokenizer.ggml.tokens"].contents() == ["가", "나", "다" * 50]


@pytest.mark.parametrize("kind", ["shape", "name", "alpha"])
def test_an_adapter_for_another_base_is_refused(tmp_path: Path, kind: str) -> None:
    _base(tmp_path / BASE)
    _adapter(
        tmp_path / ADAPTER, out=32 if kind == "shape" else 48, alpha=kind != "alpha",
        target="blk.7.attn_q.weight" if kind == "name" else "blk.0.attn_q.weight",
    )  # fmt: skip
    with pytest.raises(InputError, match="another base model"):
        merging.fold(tmp_path / BASE, tmp_path / ADAPTER, tmp_path / "out.gguf")
    assert not (tmp_path / "out.gguf").exists()


def test_a_cut_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    _base(tmp_path / BASE)
    _adapter(tmp_path / ADAPTER)
    whole = (tmp_path / BASE).read_bytes()
    for length in range(1, len(whole) - 64, 97):
        (tmp_path / "cut.gguf").write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.gguf"):
            merging.fold(tmp_path / "cut.gguf", tmp_path / ADAPTER, tmp_path / "out.gguf")
    assert not (tmp_path / "out.gguf").exists()


def test_made_once_and_anew_for_another_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "cache_dir", lambda: tmp_path / "cache")
    adapter = tmp_path / "someone" / "adapters" / "reply.gguf"
    adapter.parent.mkdir(parents=True)
    _base(tmp_path / BASE)
    _adapter(adapter)
    first = merging.folded(tmp_path / BASE, adapter)
    made = first.stat().st_mtime_ns
    assert merging.folded(tmp_path / BASE, adapter) == first
    assert first.stat().st_mtime_ns == made
    _adapter(adapter, target="blk.0.ffn_up.weight", out=32)
    second = merging.folded(tmp_path / BASE, adapter)
    assert [path.name for path in (tmp_path / "cache" / "folded").iterdir()] == [second.name]
    assert second != first


def _with_vocabulary(path: Path, tokens: list[str], notes: dict[str, str]) -> None:
    """A model whose embedding has one row a token, and an adapter for it with notes about its data."""
    writer = gguf.GGUFWriter(path / BASE, "gemma3")
    writer.add_array("tokenizer.ggml.tokens", tokens)
    writer.add_array("tokenizer.ggml.scores", [-float(number) for number in range(len(tokens))])
    writer.add_array("tokenizer.ggml.token_type", [3, 3] + [1] * (len(tokens) - 2))
    writer.add_uint32("tokenizer.ggml.eos_token_id", 1)
    rows = np.arange(len(tokens), dtype=np.float32)[:, None] * np.ones((1, 64), np.float32)
    writer.add_tensor("token_embd.weight", rows)
    writer.add_tensor("blk.0.attn_q.weight", np.ones((48, 64), np.float32))
    _close(writer)
    writer = gguf.GGUFWriter(path / ADAPTER, "gemma3")
    writer.add_float32("adapter.lora.alpha", 8.0)
    for key, value in notes.items():
        writer.add_string(key, value)
    writer.add_tensor("blk.0.attn_q.weight.lora_a", np.ones((4, 64), np.float16))
    writer.add_tensor("blk.0.attn_q.weight.lora_b", np.ones((48, 4), np.float16))
    _close(writer)


def test_tokens_of_other_scripts_are_left_out_with_their_rows(tmp_path: Path) -> None:
    tokens = ["<unused0>", "<eos>", "가", "лю", "ab", "か", "😀", "é", "любовь", "ю"]
    _with_vocabulary(tmp_path, tokens, {"ohlora.scripts": "HANGUL LATIN", "ohlora.tokens": "3"})
    out = merging.fold(tmp_path / BASE, tmp_path / ADAPTER, tmp_path / "out.gguf")
    read = gguf.GGUFReader(out)
    # A token the data used stays, whatever its script, with what it is merged from.
    assert read.fields["tokenizer.ggml.tokens"].contents() == ["<eos>", "가", "лю", "ab", "😀", "é", "ю"]
    assert read.fields["tokenizer.ggml.scores"].contents() == [-1, -2, -3, -4, -6, -7, -9]
    assert read.fields["tokenizer.ggml.eos_token_id"].contents() == 0
    assert _tensors(out)["token_embd.weight"].data[:, 0].tolist() == [1, 2, 3, 4, 6, 7, 9]


@pytest.mark.parametrize("notes", [{}, {"ohlora.tokens": "99", "ohlora.scripts": "HANGUL"}])
def test_a_vocabulary_is_cut_only_for_an_adapter_that_says_its_scripts(tmp_path: Path, notes: dict[str, str]) -> None:
    _with_vocabulary(tmp_path, ["<unused0>", "<eos>", "가", "か"], notes)
    if notes:
        with pytest.raises(InputError, match=r"ohlora\.tokens does not fit"):
            merging.fold(tmp_path / BASE, tmp_path / ADAPTER, tmp_path / "out.gguf")
    else:
        out = merging.fold(tmp_path / BASE, tmp_path / ADAPTER, tmp_path / "out.gguf")
        assert len(_tensors(out)["token_embd.weight"].data) == 4


def test_her_smaller_vocabulary_reads_as_the_whole_one(engine: LlamaCppEngine, persona: personas.Persona) -> None:
    """As many tokens, and the same next ones: the base with its 262,144 tokens and the adapter beside, and hers."""
    base = next(models.locate("gemma-3-270m").glob("*.gguf"))
    assert len(gguf_file.read(base).fields["tokenizer.ggml.tokens"].contents()) == 262_144
    with LlamaCppEngine(base, adapters={"reply": persona.folder / "adapters" / "reply.gguf"}) as beside:
        for said in (
            "너는 누구야?",
            "MBTI가 ENTJ라며? ㅋㅋ 🙂",
            "How old are you, and which school do you go to?",
            "東京은 어디야? Привет",
        ):
            prompt = f"{persona.card.prefix}\n사용자: {said}\n오로라:"
            whole, hers = (by.peek(prompt, 5, "reply") for by in (beside, engine))
            if said.startswith("東"):  # spelt byte by byte, but read
                assert hers.tokens > whole.tokens
            else:
                assert hers.tokens == whole.tokens
                chances = [np.exp(sorted(peek.log_probabilities.values())) for peek in (whole, hers)]
                assert np.abs(np.subtract(*chances)).max() < 0.1  # the weights are rounded anew when folded


def test_her_folded_voice_says_what_the_adapter_says(engine: LlamaCppEngine, persona: personas.Persona) -> None:
    """The persona's engine is folded; beside it the base with the adapter switched on. Folded weights are rounded anew, so where
    two words are as likely as each other either may come."""
    base = next(models.locate("gemma-3-270m").glob("*.gguf"))
    asked = ("너는 누구야?", "생일이 언제야?", "오늘 너무 피곤해", "저녁 뭐 먹지", "고마워", "너 사람이야?")
    prompts = [f"{persona.card.prefix}\n사용자: {message}\n오로라:" for message in asked]

    def said(by: LlamaCppEngine, prompt: str) -> str:
        return "".join(by.complete(prompt, max_tokens=8, adapter="reply", reuse=False))

    with LlamaCppEngine(base, adapters={"reply": persona.folder / "adapters" / "reply.gguf"}) as beside:
        told = [(said(engine, prompt), said(beside, prompt)) for prompt in prompts]
    assert sum(folded == adapted for folded, adapted in told) >= len(told) - 2, told
    with pytest.raises(KeyError):
        engine.complete(prompts[0], max_tokens=2)


def test_another_adapter_runs_on_the_base_without_the_folded_one(
    engine: LlamaCppEngine, persona: personas.Persona
) -> None:
    """W + B'A' = (W + BA) − BA + B'A': what her memory adapter says in the folded model and beside the bare base."""
    base = next(models.locate("gemma-3-270m").glob("*.gguf"))
    files = {file.stem: file for file in (persona.folder / "adapters").glob("*.gguf")}
    assert engine.adapters == ("memory", "reply")
    prompts = [
        memo_prompt(said)
        for said in ("나 고양이 키워. 이름은 나비야", "오늘 점심 뭐 먹지", "I moved to Busan last month")
    ]

    def memo(by: LlamaCppEngine, prompt: str) -> str:
        return "".join(by.complete(prompt, max_tokens=24, stop=["\n"], adapter="memory"))

    with LlamaCppEngine(base, adapters={"memory": files["memory"]}) as beside:
        assert [memo(engine, prompt) for prompt in prompts] == [memo(beside, prompt) for prompt in prompts]


def test_asking_one_adapter_costs_the_other_none_of_what_it_has_read(engine: LlamaCppEngine) -> None:
    prompt = "오로라: 스물두 살\n사용자: 너는 누구야?\n오로라:"
    "".join(engine.complete(prompt, max_tokens=2, adapter="reply"))
    "".join(engine.complete(memo_prompt("나 부산 살아"), max_tokens=2, adapter="memory"))
    again = engine.complete(prompt, max_tokens=2, adapter="reply")
    "".join(again)
    assert again.timing.cached_tokens >= again.timing.prompt_tokens - 1


def test_without_room_the_adapter_works_beside_the_base(
    tmp_path: Path, persona: personas.Persona, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setattr(merging, "cache_dir", lambda: blocked)
    with open_engine(persona=persona) as engine:  # type: ignore[attr-defined]
        assert "".join(engine.complete("사용자: 안녕\n오로라:", max_tokens=3, adapter="reply"))
    assert "cannot be written" in caplog.text
    shutil.rmtree(blocked, ignore_errors=True)
