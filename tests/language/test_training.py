"""Training and export: what is learned, what is not, and that an exported adapter speaks in llama.cpp."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ohlora import models
from ohlora.errors import InputError
from ohlora.language import data
from ohlora.language.encoding import IGNORED, Piece, Row, collate
from ohlora.language.engines.llama_cpp import LlamaCppEngine
from ohlora.language.export import to_gguf
from ohlora.language.prompt import Fact, Turn, conversation, summary_prompt, turn_text
from ohlora.language.training.settings import Settings
from ohlora.language.training.texts import Texts

torch = pytest.importorskip("torch", reason="needs the extra train")

from ohlora.language.training.losses import Vocabulary, at_labels, shared  # noqa: E402
from ohlora.language.training.run import SAMPLES, _lora, _trim_jsonl  # noqa: E402


@pytest.fixture(scope="module")
def rows() -> list[data.Dialogue]:
    """Forty rows that stand alone and one of every other kind, every fifth kept for validation."""
    plain = [
        data.Dialogue(
            number, f"질문 {number}", f"대답 {number}이에요.", {"eyes": "크게", "mouth": "보통", "pose": "없음", "smile": "약간"},
            (Fact("이름", f"지우{number}"),) if number % 4 == 0 else (), f"{number}번째 이야기",
            "valid" if number % 5 == 4 else "train",
        )
        for number in range(40)
    ]  # fmt: skip
    beside = (
        {"history": (Turn("앞말", "앞 대답"),)}, {"now": "2026년 3월 5일 목요일"}, {"previous": "지난 이야기"},
        {"recalled": (Fact("직업", "간호사"),)},
    )  # fmt: skip
    return plain + [replace(plain[0], number=50 + at, input=f"이어서 {at}", **more) for at, more in enumerate(beside)]


@pytest.fixture(scope="module")
def texts(rows: list[data.Dialogue]) -> Texts:
    rng = np.random.default_rng(0)
    train, valid = ([row for row in rows if row.split == split] for split in ("train", "valid"))
    vectors = [rng.normal(size=(len(part), 8)).astype(np.float32) for part in (train, valid)]
    unit = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in vectors]
    return Texts(train, valid, Settings(), "오로라", "오로라: 설명", *unit)


def _joined(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_texts_have_the_form_that_is_served(texts: Texts) -> None:
    told = [_joined(pieces) for pieces in texts.epoch(0)]
    row = texts.train[0]
    prompt = conversation("오로라: 설명", "오로라", [], row.input)
    whole = summary_prompt(prompt, row.reply, row.labels, row.memory) + f" {row.summary}\n"
    ending = whole.removeprefix("오로라: 설명\n")
    assert sum(text.endswith(ending) for text in told) == 1
    text = next(text for text in told if text.endswith(ending))
    assert text.startswith("오로라: 설명\n")
    # What stands before is other turns just as the reply task shows them.
    before = text.removeprefix("오로라: 설명\n").removesuffix(ending)
    shown = {turn_text("오로라", row.turn) for row in texts.train}
    while before:
        head = next(turn for turn in shown if before.startswith(turn))
        before = before.removeprefix(head)


def test_every_train_row_is_a_target_once_and_seeded(texts: Texts) -> None:
    told = texts.epoch(0)
    endings = sorted(_joined(pieces).rpartition("사용자: ")[2] for pieces in told)
    assert endings == sorted(
        summary_prompt(f"{row.input}\n오로라:", row.reply, row.labels, row.memory or ()) + f" {row.summary}\n"
        for row in texts.train
    )
    assert texts.epoch(0) == told
    assert texts.epoch(1) != told


def test_validation_rows_are_never_shown_nor_learned(texts: Texts) -> None:
    kept = {row.input for row in texts.valid}
    for epoch in range(3):
        for pieces in texts.epoch(epoch):
            assert not any(f"사용자: {said}\n" in _joined(pieces) for said in kept)


def test_turns_that_lean_on_something_are_not_shown_as_examples(texts: Texts) -> None:
    for epoch in range(3):
        for pieces in texts.epoch(epoch):
            before = _joined(pieces).rpartition("사용자: ")[0]
            assert "이어서" not in before


def test_learned_are_answers_only(texts: Texts) -> None:
    """Answers of a text's own turns; of the turns shown before them the expression, not the reply."""
    for pieces in texts.epoch(0):
        own = max(number for number, piece in enumerate(pieces) if "사용자: " in piece.text)
        for number, piece in enumerate(pieces):
            only_read = number < own and piece.text.startswith(" 대답")
            assert (piece.weight > 0) == (piece.text.startswith(" ") and not only_read), piece


def test_a_task_left_out_is_shown_and_not_learned(texts: Texts) -> None:
    only = replace(texts, settings=Settings(tasks=("expression",)))
    learned = {piece.text for pieces in only.epoch(0) for piece in pieces if piece.weight}
    assert learned == {" 크게 보통 없음 약간\n"}
    assert not any("메모:" in _joined(pieces) for pieces in only.epoch(0))


def _tiny_model() -> Any:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=6, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, pad_token_id=0, bos_token_id=1, eos_token_id=2, sliding_window=4,
    )  # fmt: skip
    return Gemma3ForCausalLM(config).eval()


def test_loss_is_that_of_the_whole_vocabulary_when_all_rows_are_drawn() -> None:
    model = _tiny_model()
    batch = collate(
        [
            Row([1, 5, 9, 7, 3], [IGNORED, IGNORED, 9, 7, 3], [0, 0, 1, 1, 1]),
            Row([1, 8, 6], [IGNORED, 8, 6], [0, 1, 1]),
        ],
        0,
    )
    expected = torch.cat([
        torch.nn.functional.cross_entropy(model(torch.tensor([[1, 5, 9, 7]])).logits[0, 1:], torch.tensor([9, 7, 3]), reduction="none"),
        torch.nn.functional.cross_entropy(model(torch.tensor([[1, 8]])).logits[0], torch.tensor([8, 6]), reduction="none"),
    ])  # fmt: skip
    whole = Vocabulary((3, 6, 7, 8, 9), 64, drawn=64).draw(np.random.default_rng(0))
    for drawn in (None, whole):
        losses, weights = at_labels(model, batch, drawn)
        torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-5)
        assert weights.tolist() == [1.0] * 5
    # Drawing fewer rows estimates the same loss.
    part = Vocabulary((3, 6, 7, 8, 9), 64, drawn=24)
    drawn = [
        float(at_labels(model, batch, part.draw(np.random.default_rng(seed)))[0].detach().mean()) for seed in range(30)
    ]
    assert np.mean(drawn) == pytest.approx(float(expected.detach().mean()), rel=0.02)


def test_a_shared_beginning_changes_neither_losses_nor_gradients() -> None:
    model = _tiny_model()
    start = [1, 5, 9, 7, 3, 8, 5, 4, 6]  # longer than the sliding window
    rows = [Row([*start, 11, 12, 13], [IGNORED] * 10 + [12, 13], [0.0] * 10 + [1.0, 2.0]),
            Row([*start, 14, 15], [IGNORED] * 10 + [15], [0.0] * 10 + [1.0])]  # fmt: skip
    assert shared(collate(rows, 0)) == 9

    def gradients(batches: list[Any]) -> Any:
        model.zero_grad()
        total = sum((losses * weights).sum() for losses, weights in (at_labels(model, batch) for batch in batches))
        total.backward()
        return float(total.detach()), [p.grad.clone() for p in model.parameters()]

    together, one = gradients([collate(rows, 0)])
    apart, two = gradients([collate([row], 0) for row in rows])
    assert together == pytest.approx(apart, rel=1e-5)
    for a, b in zip(one, two, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


def test_a_shared_beginning_ends_before_what_is_learned() -> None:
    rows = [Row([1, 5, 9, 7], [IGNORED, IGNORED, 9, 7], [0, 0, 1, 1])] * 2
    assert shared(collate(rows, 0)) == 1


def _adapter(folder: Path, module: str, width: int, out: int) -> Path:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    name = f"base_model.model.model.layers.{module}"
    save_file(
        {f"{name}.lora_A.weight": torch.randn(4, width) * 0.5, f"{name}.lora_B.weight": torch.randn(out, 4) * 0.5},
        folder / "adapter_model.safetensors",
    )
    (folder / "adapter_config.json").write_text(json.dumps({"r": 4, "lora_alpha": 8}))
    return folder


def test_exported_adapter_speaks_only_when_asked(tmp_path: Path) -> None:
    base = models.locate("gemma-3-270m") / "gemma-3-270m-q4_k_m.gguf"
    out = to_gguf(_adapter(tmp_path, "3.mlp.up_proj", 640, 2048), base, tmp_path / "a.gguf", notes={"seed": "0"})
    with LlamaCppEngine(base, adapters={"a": out}) as engine, LlamaCppEngine(base) as bare:
        prompt = "사용자: 안녕?\n오로라:"

        def said(by: LlamaCppEngine, adapter: str | None = None) -> str:
            # Read whole each time: a prompt read in two parts rounds otherwise, and two words may lie as close as that.
            return "".join(by.complete(prompt, max_tokens=12, adapter=adapter, reuse=False))

        plain = said(bare)
        assert said(engine) == plain
        assert said(engine, "a") != plain
        assert said(engine) == plain
        with pytest.raises(KeyError):
            engine.complete(prompt, max_tokens=2, adapter="b")


@pytest.mark.parametrize(
    ("module", "width", "out", "told"),
    [("3.mlp.up_proj", 512, 2048, "another base"), ("3.mlp.sideways_proj", 640, 2048, "belongs to no tensor"),
     ("40.mlp.up_proj", 640, 2048, "belongs to no tensor")],
)  # fmt: skip
def test_adapters_that_do_not_fit(tmp_path: Path, module: str, width: int, out: int, told: str) -> None:
    base = models.locate("gemma-3-270m") / "gemma-3-270m-q4_k_m.gguf"
    with pytest.raises(InputError, match=told):
        to_gguf(_adapter(tmp_path, module, width, out), base, tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()
    with pytest.raises(InputError, match="holds no adapter"):
        to_gguf(tmp_path / "nowhere", base, tmp_path / "a.gguf")


def test_answers_cut_off_by_a_kill_do_not_keep_a_run_from_going_on(tmp_path: Path) -> None:
    path = tmp_path / SAMPLES
    whole = ['{"step": 2, "answer": "가\u2028나"}', '{"step": 4, "answer": "다"}']
    path.write_bytes("\n".join([*whole, '{"step": 6, "answer": "라']).encode()[:-1])
    _trim_jsonl(path, 2)
    assert path.read_text("utf-8") == f"{whole[0]}\n"
    path.unlink()
    _trim_jsonl(path, 0)
    assert path.read_bytes() == b""


def test_layers_from_beyond_the_last_block_is_refused() -> None:
    model = SimpleNamespace(named_modules=lambda: [("0.up_proj", None)], config=SimpleNamespace(num_hidden_layers=4))
    with pytest.raises(InputError, match="--layers-from 4 leaves nothing to train: the model has 4 blocks"):
        _lora(SimpleNamespace(model=model, targets=("up_proj",)), Settings(layers_from=4))
