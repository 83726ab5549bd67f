"""Small language models of each architecture with Korean byte-level tokenizers, made on the spot in well under a second.

`tokenizer()` and `model_folder()` make healthy ones; `korean_lm()` has the fault of KoreanLM 1.5B. Tests spoil them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ohlora import personas

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]


@cache
def texts() -> tuple[str, ...]:
    """Korean to learn a vocabulary from: the persona's own dialogues."""
    path = personas.load("ohlora").folder / "dialogue" / "examples.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    labels = "사용자: 오로라: 표정: 메모: 요약: 크게 보통 없음 활짝 약간 작게 아주 많이"
    return (*(row["input"] for row in rows), *(row["reply"] for row in rows), labels)


@cache
def _vocabulary(size: int, special: tuple[str, ...]) -> str:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(special), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    bpe.train_from_iterator(texts()[::4], trainer)
    return str(bpe.to_str())


def backend(size: int = 600, special: tuple[str, ...] = tuple(SPECIAL)) -> Any:
    """A byte-level BPE of `tokenizers`, special tokens first."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(_vocabulary(size, special))


class Slow:
    """A fast tokenizer with its offsets taken away, as those of `sentencepiece` have none."""

    is_fast = False

    def __init__(self, fast: Any) -> None:
        self._fast = fast

    def __call__(self, text: str, add_special_tokens: bool = True) -> Any:
        return self._fast(text, add_special_tokens=add_special_tokens)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fast, name)


def tokenizer(
    size: int = 600, *, kind: str = "byte-level", pad: str | None = "<pad>", adds_end: bool = False, **options: Any
) -> Any:
    """A healthy tokenizer: <s> first, </s> is the end. kind: byte-level | untrimmed (offsets) | slow (no offsets)."""
    from tokenizers import pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    bpe = backend(size)
    template = processors.TemplateProcessing(
        single=f"<s> $A{' </s>' if adds_end else ''}", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    bpe.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template])
    if kind == "untrimmed":
        bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False)
        bpe.post_processor = template
    fast = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token=pad, **options
    )
    return Slow(fast) if kind == "slow" else fast


ARCHITECTURES = ("gemma3", "llama", "gpt_neox", "qwen2", "qwen3")


def model_folder(
    folder: Path,
    architecture: str = "llama",
    *,
    rows: int = 600,
    positions: int = 512,
    tied: bool = False,
    vocabulary: Any = None,
    **settings: Any,
) -> Path:
    """A healthy model of one of ARCHITECTURES (or gpt2) with its tokenizer, as `save_pretrained` leaves it; 2 blocks of width 32."""
    import torch
    import transformers
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    shared = {
        "vocab_size": rows, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
        "max_position_embeddings": positions, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3, "tie_word_embeddings": tied,
        **settings,
    }  # fmt: skip
    grouped = {**shared, "num_key_value_heads": 1, "head_dim": 16}
    kinds = {
        "gemma3": lambda: transformers.Gemma3TextConfig(**grouped), "llama": lambda: transformers.LlamaConfig(**grouped),
        "gpt_neox": lambda: transformers.GPTNeoXConfig(**shared), "qwen2": lambda: transformers.Qwen2Config(**grouped),
        "qwen3": lambda: transformers.Qwen3Config(**grouped),
        "gpt2": lambda: transformers.GPT2Config(
            vocab_size=rows, n_positions=positions, n_embd=32, n_layer=2, n_head=2, bos_token_id=1, eos_token_id=2, pad_token_id=3
        ),
    }  # fmt: skip
    config = kinds[architecture]()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    (vocabulary or tokenizer()).save_pretrained(folder)
    return folder


def korean_lm(folder: Path) -> Path:
    """The fault of KoreanLM 1.5B: a LLaMA of 600 rows whose tokenizer, loaded as GPT-2's, adds <|endoftext|> as id 600."""
    model_folder(folder, "llama", pad_token_id=0)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    backend(600, ("<unk>", "<s>", "</s>")).save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "GPT2Tokenizer"}))
    return folder


def rewrite(file: Path, **changes: Any) -> None:
    """Changes keys of a JSON file; None takes a key out."""
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    content.update(changes)
    file.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8")


def rewrite_weights(folder: Path, change: Any) -> None:
    """Changes the tensors of a saved model in place: `change(tensors)`."""
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, {"format": "pt"})
