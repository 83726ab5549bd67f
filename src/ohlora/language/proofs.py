"""Proofs that an adapter works: after training and on request. Each is a computation on real prompts, none a look at a flag.

    on_off     with and without it the model gives different logits
    reloaded   saved and read again it gives equal ones
    merged     W + scale·B·A gives what W and the adapter beside it give
    prompt_ids transformers and llama.cpp read the same prompts as the same tokens
    gguf       exported, llama.cpp continues them as transformers does

Tolerances: reloaded exactly equal; merged within 1e-3 of the largest logit in float32 (another order of sums). llama.cpp
rounds the activations to 8 bits for its quantised weights, so its log-probabilities are compared, of the likeliest ten
tokens: median difference at most 0.25, and the likeliest token the same on at least three prompts in four. Needs `train`.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.errors import InputError
from ohlora.language.training.bases import Base

MERGED_TOLERANCE = 1e-3
GGUF_MEDIAN, GGUF_SAME = 0.25, 0.75
PROMPTS = (
    "사용자: 안녕? 오늘 기분이 어때?\n오로라:",
    "사용자: 너는 몇 살이야?\n오로라: 저는 스물두 살이에요.\n표정:",
    "사용자: 나 고양이 키워. 이름은 나비야\n오로라: 나비라니, 이름이 참 예뻐요!\n표정: 크게 크게 보통 활짝\n메모:",
    "사용자: What's your name?\n오로라:",
    "사용자: 내일 시험이라 너무 떨려\n오로라: 떨리는 건 잘하고 싶다는 뜻이에요.\n표정: 보통 보통 없음 약간\n메모: 없음\n요약:",
    "오로라: 22살(2003년 10월 11일생) AI 가상 인간\n사용자: ㅋㅋㅋ 뭐야 그게?!\n오로라:",
    "사용자: 최저임금 올려야 하지 않아?\n오로라:",
    "사용자: 김치찌개 맛있게 끓이는 법 알려 줘\n오로라:",
)  # fmt: skip


def with_adapter(base: Base, folder: Path) -> Any:
    """The base with the adapter of a folder put on (the causal model inside PEFT's wrapper).

    Raises:
        InputError: no adapter there, or one for another base.
    """
    return _wrapped(base, folder).get_base_model()


def _wrapped(base: Base, folder: Path) -> Any:
    from peft import PeftModel
    from safetensors import safe_open

    check_folder(folder)
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    modules = dict(base.model.named_modules())
    for name, shape in shapes.items():
        module, _, kind = name.removeprefix("base_model.model.").removesuffix(".weight").rpartition(".lora_")
        weight = getattr(modules.get(module), "weight", None)
        if kind in ("A", "B") and (
            weight is None or weight.shape[1 if kind == "A" else 0] != shape[1 if kind == "A" else 0]
        ):
            raise InputError(
                f"the adapter in {folder} is for another base model ({module} does not fit {base.path.name})",
                f"{folder}의 어댑터는 다른 바탕 모델의 것입니다({base.path.name}의 {module}와(과) 맞지 않음)",
            )
    return PeftModel.from_pretrained(base.model, folder).eval()


def check_folder(folder: Path) -> None:
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        if not (folder / name).is_file():
            raise InputError(
                f"{folder} holds no adapter ({name} is missing); name a folder of ohlora language train",
                f"{folder}에 어댑터가 없습니다({name} 없음). ohlora language train의 폴더를 지정하세요",
            )


def prove(base: Base, folder: Path, gguf: Path | None = None, prompts: Sequence[str] = PROMPTS) -> dict[str, Any]:
    """All proofs of an adapter on its base.

    Args:
        base: the model as loaded. folder: of the adapter (PEFT's form). gguf: the exported adapter; the base must be a GGUF.

    Returns:
        {"ok", "checks": [{"name", "ok", "value", "tolerance", …}]}.
    """
    model = _wrapped(base, folder)
    causal = model.get_base_model()
    with model.disable_adapter():
        off = [_logits(causal, base.tokenizer, prompt) for prompt in prompts]
    on = [_logits(causal, base.tokenizer, prompt) for prompt in prompts]
    checks = [_check("on_off", min(_gap(a, b) for a, b in zip(on, off, strict=True)), 1e-4, above=True)]
    with tempfile.TemporaryDirectory(prefix="ohlora-proof-") as place:
        model.save_pretrained(place)
        causal = model.unload()  # the base again
        again = _wrapped(base, Path(place))
        causal = again.get_base_model()
        read = [_logits(causal, base.tokenizer, prompt) for prompt in prompts]
    checks.append(_check("reloaded", max(float(np.abs(a - b).max()) for a, b in zip(on, read, strict=True)), 0.0))
    merged = again.merge_and_unload()
    joined = [_logits(merged, base.tokenizer, prompt) for prompt in prompts]
    checks.append(_check("merged", max(_gap(a, b) for a, b in zip(on, joined, strict=True)), MERGED_TOLERANCE))
    if gguf is not None and base.gguf:
        checks += _in_llama(base, gguf, prompts, on)
    return {"ok": all(check["ok"] for check in checks), "checks": checks}


def _logits(causal: Any, tokenizer: Any, prompt: str) -> Any:
    """Of the next token (V,), float32."""
    import torch

    with torch.no_grad():
        ids = torch.tensor([tokenizer(prompt)["input_ids"]])
        hidden = causal.base_model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]
        return causal.get_output_embeddings()(hidden)[0].float().numpy()


def _gap(one: Any, other: Any) -> float:
    return float(np.abs(one - other).max() / max(1e-9, np.abs(one).max()))


def _check(name: str, value: float, tolerance: float, *, above: bool = False, **more: Any) -> dict[str, Any]:
    ok = value > tolerance if above else value <= tolerance
    return {
        "name": name,
        "ok": bool(ok),
        "value": value,
        "tolerance": tolerance,
        "must_be": "above" if above else "within",
        **more,
    }


def _in_llama(base: Base, gguf: Path, prompts: Sequence[str], on: Sequence[Any]) -> list[dict[str, Any]]:
    """The same prompts in llama.cpp with the exported adapter."""
    from ohlora.language.engines.llama_cpp import LlamaCppEngine

    different: list[str] = []
    gaps: list[float] = []
    same: list[bool] = []
    with LlamaCppEngine(base.path, adapters={"a": gguf}) as engine:
        for prompt, logits in zip(prompts, on, strict=True):
            ids = base.tokenizer(prompt)["input_ids"]
            told = engine.peek(prompt, adapter="a")
            # Sent again as transformers' ids, all but the last token must be what the engine's cache holds of the text.
            again = engine.peek(ids, adapter="a")
            if not told.tokens == again.tokens == len(ids) == again.cached + 1:
                different.append(prompt)
                continue
            if not told.log_probabilities:
                same.append(base.tokenizer.eos_token_id == int(logits.argmax()))
                continue
            expected = logits - np.logaddexp.reduce(logits.astype(np.float64))
            gaps += [abs(expected[token] - found) for token, found in told.log_probabilities.items()]
            same.append(
                max(told.log_probabilities, key=lambda token: told.log_probabilities[token]) == int(logits.argmax())
            )
    checks = [_check("prompt_ids", float(len(different)), 0.0, different=different)]
    if gaps:
        checks.append(
            _check(
                "gguf_log_probabilities",
                float(np.median(gaps)),
                GGUF_MEDIAN,
                compared=len(gaps),
                p95=float(np.quantile(gaps, 0.95)),
            )
        )
        checks.append(_check("gguf_likeliest", float(np.mean(same)), GGUF_SAME - 1e-9, above=True))
    return checks


def pack(base: Base, folder: Path, *, name: str, description: str = "") -> Path:
    """Writes what must travel with an adapter: markers, stop strings, end token and template, and the tokenizer itself."""
    from ohlora.files import atomic_write
    from ohlora.language import prompt

    told = {
        "form": "ohlora-prompt/1", "name": name, "description": description,
        "markers": {"user": prompt.USER, "expression": prompt.EXPRESSION, "memory": prompt.MEMO, "summary": prompt.SUMMARY,
                    "recalled": prompt.RECALLED, "now": prompt.NOW, "previous": prompt.PREVIOUS},
        "template": prompt.conversation("{description}", "{name}", [], "{message}"),
        "stop": list(prompt.stop_strings(name)), "eos": base.tokenizer.eos_token, "eos_id": base.tokenizer.eos_token_id,
        "chat_template": getattr(base.tokenizer, "chat_template", None), "base": f"{base.path.name} sha256:{base.digest}",
    }  # fmt: skip
    with atomic_write(folder / "prompt.json", "w") as file:
        json.dump(told, file, ensure_ascii=False, indent=1)
    place = folder / "tokenizer"
    shutil.rmtree(place, ignore_errors=True)
    base.tokenizer.save_pretrained(place)
    return folder / "prompt.json"
