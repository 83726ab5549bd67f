"""Small language models of each architecture with Korean byte-level tokenizers, made on the spot in well under a second.

`tokenizer()` and `model_folder()` make healthy ones; `korean_lm()` has the fault of KoreanLM 1.5B. Tests spoil them.
"""

import json
from functools import cache
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
