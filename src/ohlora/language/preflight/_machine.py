"""Faults between model, adapter and machine: types that cannot be computed with, memory, targets that match nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ohlora.errors import InputError
from ohlora.language.preflight._report import Finding, Refused
from ohlora.language.preflight._subject import Subject, _json

_TRAINABLE = ("float32", "float64", "bfloat16", "float16")


def check(subject: Subject, device: str) -> Iterator[Finding]:
    """Findings on types and memory."""
    yield from _types(subject, device)
    yield from _memory(subject, device)
    if subject.raw and not subject.raw.get("architectures") and subject.config is not None:
        yield Finding(
            "config-architectures", "warning",
            ("config.json names no architectures: transformers goes by model_type, converters and servers may refuse it",
             "config.json에 architectures가 없습니다. transformers는 model_type을 보지만 변환기나 서버는 거부할 수 있습니다"),
            ("--fix DIR writes it", "--fix DIR이 적어 줍니다"), "config.json",
        )  # fmt: skip


def _types(subject: Subject, device: str) -> Iterator[Finding]:
    named = str(subject.raw.get("dtype") or subject.raw.get("torch_dtype") or "").removeprefix("torch.")
    packed = subject.raw.get("quantization_config")
    stored = sorted({kind for kind in subject.types.values() if kind not in _TRAINABLE})
    numbers = [kind for kind in stored if kind.startswith(("float8", "int", "uint"))]
    if packed or numbers:
        method = packed.get("quant_method", "?") if isinstance(packed, dict) else ", ".join(numbers)
        yield Finding(
            "dtype", "error",
            (f"the weights are quantised ({method}): the {_device(device)} cannot train on them",
             f"가중치가 양자화({method})되어 있어 {_device(device, korean=True)}에서 학습할 수 없습니다"),
            ("take the unquantised weights, or a GGUF, which is dequantised for training",
             "양자화하지 않은 가중치나 GGUF(학습할 때 풀어 씁니다)를 쓰세요"),
            "config.json: quantization_config" if packed else next(n for n, kind in subject.types.items() if kind in numbers),
        )  # fmt: skip
    elif named and named != "auto" and named not in _TRAINABLE:
        yield Finding(
            "dtype", "error",
            (f"config.json asks for {named}, which the {_device(device)} cannot compute in",
             f"config.json의 자료형 {named}(으)로는 {_device(device, korean=True)}에서 계산할 수 없습니다"),
            ('write "dtype": "float32" or "bfloat16"', '"dtype"을 "float32"나 "bfloat16"으로 쓰세요'), "config.json: dtype",
        )  # fmt: skip
    elif device == "cpu" and (named == "float16" or set(subject.types.values()) == {"float16"}):
        yield Finding(
            "dtype", "warning",
            ("the weights are float16, which a processor trains in neither fast nor safely; here they are made float32",
             "가중치가 float16입니다. CPU에서는 느리고 넘칠 수 있어 여기서는 float32로 바꿔 학습합니다"),
            ('with other programs write "dtype": "float32" or "bfloat16"', '다른 프로그램에서는 "dtype"을 "float32"나 "bfloat16"으로 쓰세요'),
            "config.json: dtype",
        )  # fmt: skip


def _device(device: str, *, korean: bool = False) -> str:
    if device == "cpu":
        return "CPU" if korean else "processor (CPU)"
    return "GPU"


def _memory(subject: Subject, device: str) -> Iterator[Finding]:
    """Training holds every weight once, in float32 here; in half of that only where bfloat16 is computed with."""
    available = _available(device)
    if not subject.parameters or available is None:
        return
    full, half = subject.parameters * 4, subject.parameters * 2
    if half > available:
        yield Finding(
            "memory", "error",
            (f"the weights alone take {full / 2**30:.1f} GB to train ({half / 2**30:.1f} GB in bfloat16), {available / 2**30:.1f} GB are free",
             f"학습에 가중치만 {full / 2**30:.1f} GB(bfloat16이면 {half / 2**30:.1f} GB)가 필요한데 {available / 2**30:.1f} GB가 비어 있습니다"),
            ("choose a smaller model or a machine with more memory", "더 작은 모델이나 메모리가 더 큰 컴퓨터를 쓰세요"), _device(device),
        )  # fmt: skip
    elif full * 1.15 > available:
        yield Finding(
            "memory", "warning",
            (f"training takes over {full / 2**30:.1f} GB in float32, {available / 2**30:.1f} GB are free",
             f"float32 학습에 {full / 2**30:.1f} GB가 넘게 필요한데 {available / 2**30:.1f} GB가 비어 있습니다"),
            ("close other programs, or train with --precision bf16", "다른 프로그램을 닫거나 --precision bf16으로 학습하세요"), _device(device),
        )  # fmt: skip


def _available(device: str) -> int | None:
    """Bytes that are free; None where the system does not tell."""
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError, IndexError):
        return None
    try:  # a container may have less
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        return min(free, max(0, limit - used))
    except (OSError, ValueError):
        return free


# ---- adapters


def check_adapter(subject: Subject, adapter: Path | None, targets: Sequence[str]) -> Iterator[Finding]:
    """Findings on a PEFT folder (given, or lying in the model's folder) and on targets asked for.

    Raises:
        InputError: the folder given holds no adapter, or its configuration is no JSON.
    """
    if targets:
        yield from _targets(subject, list(targets), "--targets")
    inside = None if subject.gguf else subject.path
    folder = adapter or (inside if inside and (inside / "adapter_config.json").is_file() else None)
    if folder is None:
        return
    file = folder / "adapter_config.json"
    if not file.is_file():
        raise Refused(
            "input", (f"{folder} holds no adapter (adapter_config.json)", f"{folder}에 어댑터(adapter_config.json)가 없습니다"),
            ("name the folder PEFT saved", "PEFT로 저장한 폴더를 지정하세요"), str(folder),
        )  # fmt: skip
    settings = _json(file)
    wanted = settings.get("target_modules")
    if wanted:
        yield from _targets(subject, wanted if isinstance(wanted, str | list) else [], str(file.name))
    yield from _fits(subject, folder, settings)


def _targets(subject: Subject, wanted: str | list[Any], where: str) -> Iterator[Finding]:
    if subject.skeleton is None or wanted == "all-linear":
        return
    names = [name for name, _ in subject.skeleton.named_modules() if name]
    if isinstance(wanted, str):
        lost = [] if any(_matches(wanted, name) for name in names) else [wanted]
    else:
        lost = [str(t) for t in wanted if not any(name == t or name.endswith(f".{t}") for name in names)]
    if lost:
        import torch

        linear = {
            name.rsplit(".", 1)[-1]
            for name, module in subject.skeleton.named_modules()
            if isinstance(module, torch.nn.Linear)
        }
        there = ", ".join(sorted(linear - {"lm_head", "embed_out"}))
        yield Finding(
            "adapter-targets", "error",
            (f"the adapter's targets {', '.join(lost)} match no module of {type(subject.skeleton).__name__}",
             f"어댑터 대상 {', '.join(lost)}에 맞는 모듈이 {type(subject.skeleton).__name__}에 없습니다"),
            (f"name some of: {there}", f"다음 중에서 고르세요: {there}"), where,
        )  # fmt: skip


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return False


def _fits(subject: Subject, folder: Path, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Shapes of A (rank, in) and B (out, rank) against the modules they sit on."""
    from ohlora.checkpoint.reader import header

    file = folder / "adapter_model.safetensors"
    if not file.is_file() or subject.skeleton is None:
        return
    try:
        tensors = header(file)
    except InputError as error:
        yield Finding(
            "adapter-base",
            "error",
            (error.en, error.ko),
            ("copy the adapter anew", "어댑터를 다시 복사하세요"),
            file.name,
        )
        return
    modules = dict(subject.skeleton.named_modules())
    for name, tensor in tensors.items():
        place, _, kind = name.removeprefix("base_model.model.").removesuffix(".weight").rpartition(".lora_")
        if kind not in ("A", "B"):
            continue
        weight = getattr(modules.get(place), "weight", None)
        there = None if weight is None else tuple(weight.shape)
        if there is None or (tensor.shape[1] != there[1] if kind == "A" else tensor.shape[0] != there[0]):
            base = settings.get("base_model_name_or_path") or "?"
            yield Finding(
                "adapter-base", "error",
                (f"the adapter is for another base ({base}): {place} is {there or 'not there'} here, lora_{kind} is {tensor.shape}",
                 f"다른 기반 모델({base})의 어댑터입니다: 여기서 {place}은(는) {there or '없음'}, lora_{kind}은(는) {tensor.shape}"),
                ("name the model it was trained on", "어댑터를 학습한 모델을 지정하세요"), str(folder),
            )  # fmt: skip
            return
