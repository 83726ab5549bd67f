"""Training and export: what is learned, what is not, and that an exported adapter speaks in llama.cpp."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from ohlora import models
from ohlora.errors import InputError
from ohlora.language import examples, training
from ohlora.language.engines.llama_cpp import LlamaCppEngine
from ohlora.language.export import to_gguf
from ohlora.language.prompt import conversation, expression_prompt
from ohlora.language.training import IGNORED, Piece, Row, Settings
from ohlora.personas import Persona

torch = pytest.importorskip("torch", reason="needs the extra train")


@pytest.fixture(scope="module")
def shipped(persona: Persona) -> examples.Examples:
    return examples.load(persona.folder / "dialogue" / "examples.jsonl")


@pytest.fixture(scope="module")
def epoch(shipped: examples.Examples) -> list[list[Piece]]:
    return training.texts(shipped, "오로라: 설명", "오로라", Settings(), 0)


def test_texts_have_the_form_that_is_served(epoch: list[list[Piece]], shipped: examples.Examples) -> None:
    told = {"".join(piece.text for piece in pieces) for pieces in epoch}
    plain = [
        item for item in shipped.items if not item.history and not item.now and not training.held_out(item.turn.reply)
    ]
    shown = 0
    for item in plain:
        prompt = conversation("오로라: 설명", "오로라", [], item.turn.message)
        line = " ".join(item.turn.labels[name] for name in ("eyes", "mouth", "pose", "smile"))
        shown += f"{expression_prompt(prompt, item.turn.reply)} {line}\n" in told
    assert shown > len(plain) // 20, "some stand alone"


def test_every_example_is_a_target_once_and_seeded(epoch: list[list[Piece]], shipped: examples.Examples) -> None:
    assert len(epoch) == len(shipped.items)
    again = training.texts(shipped, "오로라: 설명", "오로라", Settings(), 0)
    assert again == epoch
    assert training.texts(shipped, "오로라: 설명", "오로라", Settings(), 1) != epoch


def test_labels_of_held_out_replies_are_never_shown(epoch: list[list[Piece]], shipped: examples.Examples) -> None:
    held = {item.turn.reply for item in shipped.items if training.held_out(item.turn.reply)}
    assert 0.1 < len(held) / len({item.turn.reply for item in shipped.items}) < 0.3
    for pieces in epoch:
        for reply, label in itertools.pairwise(pieces):
            if label.text == "표정:":
                assert reply.text.strip() not in held


def test_learned_are_replies_and_labels_only(epoch: list[list[Piece]]) -> None:
    for pieces in epoch:
        for piece in pieces:
            assert (piece.weight > 0) == piece.text.startswith(" ")


def _tokenizer() -> object:
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers import models as kinds
    from transformers import PreTrainedTokenizerFast

    words = {"[UNK]": 0, "a": 1, "b": 2, "c": 3, " ": 4, "\n": 5, ":": 6}
    tokenizer = Tokenizer(kinds.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def test_encode_masks_by_offsets() -> None:
    row = training.encode(_tokenizer(), [Piece("a:", 0.0), Piece(" b", 1.0), Piece("c:", 0.0), Piece(" a\n", 4.0)])
    assert row.ids == [1, 6, 4, 2, 3, 6, 4, 1, 5]
    assert row.labels == [IGNORED, IGNORED, 4, 2, IGNORED, IGNORED, 4, 1, 5]
    assert row.weights == [0, 0, 1, 1, 0, 0, 4, 4, 4]


def _tiny_model() -> object:
    from peft import LoraConfig, get_peft_model
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    model = get_peft_model(Gemma3ForCausalLM(config), LoraConfig(r=4, target_modules=list(training.TARGETS)))
    return model.eval()


def test_loss_is_that_of_the_whole_vocabulary_when_all_rows_are_drawn() -> None:
    model = _tiny_model()
    rows = [
        Row([1, 5, 9, 7, 3], [IGNORED, IGNORED, 9, 7, 3], [0, 0, 1, 1, 1]),
        Row([1, 8, 6], [IGNORED, 8, 6], [0, 1, 1]),
    ]
    ids, labels, weights = training._padded(rows)
    whole = training.Vocabulary((3, 6, 7, 8, 9), 64, drawn=64)
    got = training.loss_at_labels(model, ids, labels, weights, *whole.draw(np.random.default_rng(0)))
    expected = model(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels).loss
    assert float(got.detach()) == pytest.approx(float(expected.detach()), rel=1e-4)
    # Drawing fewer rows estimates the same loss.
    part = training.Vocabulary((3, 6, 7, 8, 9), 64, drawn=24)
    drawn = [
        float(training.loss_at_labels(model, ids, labels, weights, *part.draw(np.random.default_rng(seed))).detach())
        for seed in range(30)
    ]
    assert np.mean(drawn) == pytest.approx(float(expected.detach()), rel=0.02)


def test_a_label_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="11"):
        training.Vocabulary((3,), 64).check([Row([11], [11], [1.0])])


def _adapter(folder: Path, module: str, width: int, out: int) -> Path:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    name = f"base_model.model.model.layers.{module}"
    save_file(
        {f"{name}.lora_A.weight": torch.randn(4, width) * 0.5, f"{name}.lora_B.weight": torch.randn(out, 4) * 0.5},
        folder / "adapter_model.safetensors",
    )
    (folder / "adapter_config.json").write_text(json.dumps({"lora_alpha": 8}))
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
