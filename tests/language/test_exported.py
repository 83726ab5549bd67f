"""An adapter exported for LLaMA, Qwen and GPT-NeoX says in llama.cpp what it says in transformers."""

from pathlib import Path

import numpy as np
import pytest

from ohlora.errors import InputError
from ohlora.language.engines.llama_cpp import LlamaCppEngine

torch = pytest.importorskip("torch", reason="needs the extra train")

from ohlora.language import export, proofs  # noqa: E402
from ohlora.language.training import bases  # noqa: E402

from . import models, tiny_gguf  # noqa: E402


def _adapter(base: bases.Base, out: Path, *, seed: int = 1, **options: object) -> Path:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=list(base.targets), task_type="CAUSAL_LM", **options)
    model = get_peft_model(base.model, config)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(out)
    model.unload()
    return out


@pytest.mark.parametrize(
    ("architecture", "rslora"), [("llama", False), ("llama", True), ("qwen2", False), ("gpt_neox", False)]
)
def test_exported_adapter_equals_the_trained_one(architecture: str, rslora: bool, tmp_path: Path) -> None:
    folder = models.model_folder(tmp_path / "model", architecture)
    gguf = tiny_gguf.write(folder, tmp_path / "base.gguf")
    base = bases.load(folder)
    run = _adapter(base, tmp_path / "run", use_rslora=rslora)
    out = export.to_gguf(run, gguf, tmp_path / "a.gguf")
    prompts = [
        "사용자: 안녕?\n오로라: 네",
        "사용자: 뭐 해?\n오로라:",
        "나는 고양이",
        "오늘 날씨",
        "표정: 크게",
        "뭐",
        "저는",
        "메모:",
    ]
    ids = [base.tokenizer(prompt)["input_ids"] for prompt in prompts]
    off = [_log(proofs._logits(base.model, base.tokenizer, prompt)) for prompt in prompts]
    causal = proofs.with_adapter(base, run)
    on = [_log(proofs._logits(causal, base.tokenizer, prompt)) for prompt in prompts]
    with LlamaCppEngine(gguf, adapters={"a": out}, context=512) as engine:
        bare, told = ([engine.peek(each, adapter=name) for each in ids] for name in (None, "a"))
        pairs = [(a, b) for a, b in zip([*bare, *told], [*off, *on], strict=True) if a.log_probabilities]
    assert sum(bool(peek.log_probabilities) for peek in told) >= 2
    assert min(np.abs(a - b).max() for a, b in zip(on, off, strict=True)) > 0.3
    for peek, expected in pairs:
        assert _far(peek.log_probabilities, expected) < 0.02


def _log(logits: np.ndarray) -> np.ndarray:
    return logits - np.logaddexp.reduce(logits.astype(np.float64))


def _far(told: dict[int, float], expected: np.ndarray) -> float:
    return max(abs(expected[token] - probability) for token, probability in told.items())


def test_dora_is_refused(tmp_path: Path) -> None:
    folder = models.model_folder(tmp_path / "model", "llama")
    run = _adapter(bases.load(folder), tmp_path / "run", use_dora=True)
    with pytest.raises(InputError, match="DoRA"):
        export.to_gguf(run, tiny_gguf.write(folder, tmp_path / "base.gguf"), tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()
