"""Proofs that an adapter works: after training and on request. Each is a computation on real prompts, none a look at a flag.

    on_off     with and without it the model gives different logits
    reloaded   saved and read again it gives equal ones
    merged     W + scale·B·A gives what W and the adapter beside it give
    round_trip written as GGUF and read back, its numbers are the same
    prompt_ids transformers and llama.cpp read the same prompts as the same tokens
    gguf       exported, llama.cpp continues them as transformers does
    served     folded into the base, with the vocabulary it is served with, it says what it says in transformers
    travels    the markers, template and end it was trained with are those it is asked with

Tolerances: reloaded exactly equal; merged within 1e-3 of the largest logit in float32 (another order of sums); round trip
within the rounding of half precision. llama.cpp rounds the activations to 8 bits for its quantised weights, so its
log-probabilities are compared, of the likeliest ten tokens: median difference at most 0.25 (0.02 where no weight is
quantised), and the likeliest token the same on at least three prompts in four. `effect` beside it is the median difference
that the adapter itself makes there. A text is the same but for ties: each of its tokens, taken greedily by llama.cpp,
has in transformers at most half a nat less than the likeliest. Needs `train`.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.errors import InputError
from ohlora.language import gguf_file, prompt
from ohlora.language.adapter_folder import check_folder, shapes
from ohlora.language.engines.llama_cpp import LlamaCppEngine
from ohlora.language.export import PACKED, to_gguf
from ohlora.language.training.bases import Base

MERGED_TOLERANCE = 1e-3
GGUF_MEDIAN, GGUF_MEDIAN_FLOAT, GGUF_SAME = 0.25, 0.02, 0.75
HALF = 2.0**-10
"""Two roundings to half precision, as a share of the largest number of a tensor."""
TIE, SPOKEN_TOKENS = 0.5, 24
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
MEMO_PROMPTS = tuple(
    prompt.memo_prompt(message)
    for message in (
        "나 고양이 키워. 이름은 나비야", "안녕? 오늘 기분이 어때?", "나는 부산에 사는 스물다섯 살 간호사야", "너는 몇 살이야?",
        "My name is Minsu and I play the guitar.", "땅콩 알레르기가 있어서 못 먹어", "ㅋㅋㅋ 뭐야 그게?!", "다음 주에 제주도로 여행 가",
    )
)  # fmt: skip
"""For an adapter that has learnt memos alone."""


@dataclass(frozen=True)
class Served:
    """An engine as it is opened to serve, and under which name it has the adapter."""

    engine: LlamaCppEngine
    name: str


def with_adapter(base: Base, folder: Path) -> Any:
    """The base with the adapter of a folder put on (the causal model inside PEFT's wrapper).

    Raises:
        InputError: no adapter there, or one for another base.
    """
    return _wrapped(base, folder).get_base_model()


def _wrapped(base: Base, folder: Path) -> Any:
    from peft import PeftModel

    check_folder(folder)
    modules = dict(base.model.named_modules())
    for name, shape in shapes(folder).items():
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


def prove(
    base: Base, folder: Path, gguf: Path | None = None, served: Served | None = None, prompts: Sequence[str] = PROMPTS
) -> dict[str, Any]:
    """All proofs of an adapter on its base, which has the adapter in its weights afterwards.

    Args:
        base: the model as loaded. folder: of the adapter (PEFT's form). gguf: the exported adapter; the base must be a GGUF.
        served: as it will be asked; the base must be a GGUF.

    Returns:
        {"ok", "checks": [{"name", "ok", "value", "tolerance", …}]}.
    """
    checks = [_round_trip(base, folder)] if gguf is not None and base.gguf else []
    model = _wrapped(base, folder)
    causal = model.get_base_model()
    with model.disable_adapter():
        off = [_logits(causal, base.tokenizer, prompt) for prompt in prompts]
    on = [_logits(causal, base.tokenizer, prompt) for prompt in prompts]
    checks.append(_check("on_off", min(_gap(a, b) for a, b in zip(on, off, strict=True)), 1e-4, above=True))
    with tempfile.TemporaryDirectory(prefix="ohlora-proof-") as place:
        model.save_pretrained(place)
        causal = model.unload()  # the base again
        again = _wrapped(base, Path(place))
        causal = again.get_base_model()
        read = [_logits(causal, base.tokenizer, prompt) for prompt in prompts]
    answers = _Answers(prompts, on, off)
    checks.append(_check("reloaded", max(float(np.abs(a - b).max()) for a, b in zip(on, read, strict=True)), 0.0))
    if gguf is not None and base.gguf:
        checks += _in_llama(base, gguf, answers)
    if served is not None and base.gguf:
        checks += _in_service(base, causal, served, answers)
    checks += _travels(base, folder)
    merged = again.merge_and_unload()
    joined = [_logits(merged, base.tokenizer, prompt) for prompt in prompts]
    checks.append(_check("merged", max(_gap(a, b) for a, b in zip(on, joined, strict=True)), MERGED_TOLERANCE))
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


def _round_trip(base: Base, folder: Path) -> dict[str, Any]:
    """The folder's numbers, and those read back from a GGUF written of them."""
    from safetensors.numpy import load_file

    from ohlora.language.importing import to_peft

    with tempfile.TemporaryDirectory(prefix="ohlora-proof-") as place:
        gguf = to_gguf(folder, base.path, Path(place) / "adapter.gguf")
        back = load_file(to_peft(gguf, base, Path(place) / "back") / "adapter_model.safetensors")
    here = load_file(folder / "adapter_model.safetensors")
    gaps = [_gap(here[name], back[name]) for name in here if name in back]
    return _check("round_trip", max(gaps) if here.keys() == back.keys() else 1.0, HALF, tensors=len(here))


@dataclass(frozen=True)
class _Answers:
    """Prompts, and transformers' logits of what comes next, (V,) each: adapter on and off."""

    prompts: Sequence[str]
    on: Sequence[Any]
    off: Sequence[Any]


def _in_llama(base: Base, gguf: Path, answers: _Answers) -> list[dict[str, Any]]:
    """The same prompts in llama.cpp with the exported adapter."""
    with LlamaCppEngine(base.path, adapters={"a": gguf}) as engine:
        return _compared(base, Served(engine, "a"), answers, {})


def _in_service(base: Base, causal: Any, served: Served, answers: _Answers) -> list[dict[str, Any]]:
    """The same prompts as they are served, and what is said to them."""
    here, there = _tokens(base.path), _tokens(served.engine.path)
    places = {token: number for number, token in enumerate(there)}
    own = {number: places[token] for number, token in enumerate(here) if token in places} if here != there else {}
    checks = _compared(base, served, answers, own)
    back = {number: here for here, number in own.items()}
    regrets: list[float] = []
    same = 0
    for text in answers.prompts:
        spoken = served.engine.peek(text, 1, served.name, ahead=SPOKEN_TOKENS).spoken
        gaps = _regrets(causal, base.tokenizer, text, [back.get(token, token) for token in spoken])
        regrets += gaps
        same += not any(gaps)
    named = {check["name"].removeprefix("gguf_"): check for check in checks}
    return [
        *({**check, "name": f"served_{name}", "tokens": len(there)} for name, check in named.items()),
        _check("served_text", max(regrets, default=0.0), TIE, words=len(regrets), same=same, of=len(answers.prompts)),
    ]


def _regrets(causal: Any, tokenizer: Any, prompt: str, spoken: Sequence[int]) -> list[float]:
    """Of each token of a continuation: how much likelier the likeliest would have been, in nats; 0 where it is that one."""
    import torch

    start = tokenizer(prompt)["input_ids"]
    with torch.no_grad():
        ids = torch.tensor([[*start, *spoken]])
        hidden = causal.base_model(input_ids=ids, use_cache=False).last_hidden_state[0, len(start) - 1 : -1]
        logits = causal.get_output_embeddings()(hidden).float()
    taken = logits.gather(1, torch.tensor([spoken], dtype=torch.int64).T)[:, 0]
    return [float(gap) for gap in logits.max(1).values - taken]


def _tokens(path: Path) -> list[str]:
    return list(gguf_file.read(path).fields["tokenizer.ggml.tokens"].contents())


def _compared(base: Base, served: Served, answers: _Answers, own: Mapping[int, int]) -> list[dict[str, Any]]:
    """Prompts as read and continued by llama.cpp; `own`: the base's token ids → the engine's, where they differ."""
    back = {there: here for here, there in own.items()}
    different: list[str] = []
    gaps: list[float] = []
    effects: list[float] = []
    same: list[bool] = []
    for text, on, off in zip(answers.prompts, answers.on, answers.off, strict=True):
        ids = base.tokenizer(text)["input_ids"]
        sent = [own.get(token, -1) for token in ids] if own else ids
        told = served.engine.peek(text, adapter=served.name)
        # Sent again as transformers' ids, all but the last token must be what the engine's cache holds of the text.
        if (
            min(sent) < 0
            or not told.tokens == (again := served.engine.peek(sent, adapter=served.name)).tokens == again.cached + 1
        ):
            different.append(text)
            continue
        if not told.log_probabilities:
            same += [base.tokenizer.eos_token_id == int(on.argmax())] if told.ends else []
            continue
        expected, without = (logits - np.logaddexp.reduce(logits.astype(np.float64)) for logits in (on, off))
        found = {back.get(token, token): value for token, value in told.log_probabilities.items()}
        gaps += [abs(expected[token] - value) for token, value in found.items()]
        effects += [abs(expected[token] - without[token]) for token in found]
        same.append(max(found, key=lambda token: found[token]) == int(on.argmax()))
    checks = [_check("prompt_ids", float(len(different)), 0.0, different=different)]
    if gaps:
        middle, p95, effect = float(np.median(gaps)), float(np.quantile(gaps, 0.95)), float(np.median(effects))
        allowed = GGUF_MEDIAN if _quantised(served.engine.path) else GGUF_MEDIAN_FLOAT
        checks.append(_check("gguf_log_probabilities", middle, allowed, compared=len(gaps), p95=p95, effect=effect))
        checks.append(_check("gguf_likeliest", float(np.mean(same)), GGUF_SAME - 1e-9, above=True))
    return checks


def _quantised(path: Path) -> bool:
    return any(tensor.tensor_type.name not in ("F32", "F16", "BF16") for tensor in gguf_file.read(path).tensors)


def _travels(base: Base, folder: Path) -> list[dict[str, Any]]:
    """What was packed beside the adapter is what it is asked with now; nothing where nothing was packed."""
    try:
        told = json.loads((folder / PACKED).read_text("utf-8"))
    except FileNotFoundError:
        return []
    different = [name for name, value in _asked(base, str(told.get("name"))).items() if told.get(name) != value]
    return [_check("travels", float(len(different)), 0.0, different=different)]


def _asked(base: Base, name: str) -> dict[str, Any]:
    """With what a persona's adapter is asked."""
    return {
        "markers": {"user": prompt.USER, "expression": prompt.EXPRESSION, "memory": prompt.MEMO, "summary": prompt.SUMMARY,
                    "recalled": prompt.RECALLED, "now": prompt.NOW, "previous": prompt.PREVIOUS},
        "template": prompt.conversation("{description}", "{name}", [], "{message}"),
        "stop": list(prompt.stop_strings(name)), "eos": base.tokenizer.eos_token, "eos_id": base.tokenizer.eos_token_id,
        "chat_template": getattr(base.tokenizer, "chat_template", None),
    }  # fmt: skip


def pack(base: Base, folder: Path, *, name: str, description: str = "") -> Path:
    """Writes what must travel with an adapter: markers, stop strings, end token and template, and the tokenizer itself."""
    from ohlora.files import atomic_write

    told = {
        "form": "ohlora-prompt/1", "name": name, "description": description, **_asked(base, name),
        "base": f"{base.path.name} sha256:{base.digest}",
    }  # fmt: skip
    with atomic_write(folder / PACKED, "w") as file:
        json.dump(told, file, ensure_ascii=False, indent=1)
    place = folder / "tokenizer"
    shutil.rmtree(place, ignore_errors=True)
    base.tokenizer.save_pretrained(place)
    return folder / PACKED
