"""A LoRA in GGUF form as a PEFT folder again, so that what ships can be proved like what was just trained.

The inverse of `export`: names through the same map of the `gguf` library, and the rows of B in transformers' order again.
Strict: every tensor must find its layer in the base, with its shape, or the file is refused. Needs the extra `train`.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.language import gguf_file
from ohlora.language.export import ALPHA, KNOWN, PACKED, PROMPT, name_map, ordered
from ohlora.language.merging import unfitting

if TYPE_CHECKING:
    from ohlora.language.training.bases import Base

# model_type of transformers → architecture of GGUF, where they differ.
_ARCHITECTURES = {"gemma3_text": "gemma3", "gpt_neox": "gptneox", "mistral": "llama"}

Pairs = Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""GGUF name of a module → its A (rank, in) and B (out, rank)."""


def check_file(file: Path) -> None:
    """Refuses at once what is no LoRA in GGUF form.

    Raises:
        InputError: no such file, no GGUF, a model instead of an adapter, damaged. MissingError: no extra `train`.
    """
    _read(file)


def metadata(file: Path) -> dict[str, str]:
    """What the file says of its base, data and settings, `ohlora.` dropped from the names."""
    fields = _read(file).fields
    return {name.removeprefix("ohlora."): str(fields[name].contents()) for name in fields if name.startswith("ohlora.")}


def to_peft(file: Path, base: "Base", out: Path) -> Path:
    """Writes the GGUF LoRA `file` as the PEFT folder `out`; alpha over rank stays what it is.

    Raises:
        InputError: see `check_file`; or it is for another base.
    """
    import torch
    from peft import LoraConfig
    from safetensors.numpy import save_file

    reader = _read(file)
    config = base.model.config
    architecture = str(reader.fields["general.architecture"].contents())
    if architecture != _ARCHITECTURES.get(config.model_type, config.model_type) or architecture not in KNOWN:
        raise unfitting(file, f"general.architecture = {architecture}")
    names = name_map(architecture, config.num_hidden_layers)
    layers = {
        str(names.get_name(name)): (name, module)
        for name, module in base.model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    heads = (config.num_attention_heads, getattr(config, "num_key_value_heads", config.num_attention_heads))
    tensors: dict[str, NDArray[np.float32]] = {}
    ranks: dict[str, int] = {}
    for target, (a, b) in _pairs(reader, file).items():
        name, module = layers.get(target, ("", None))
        if module is None or (a.shape[1], b.shape[0]) != (module.in_features, module.out_features):
            raise unfitting(file, target)
        ranks[name] = len(a)
        tensors[f"base_model.model.{name}.lora_A.weight"] = a
        tensors[f"base_model.model.{name}.lora_B.weight"] = np.ascontiguousarray(
            ordered(b, architecture, target, heads, back=True)
        )
    alpha = float(reader.fields[ALPHA].contents())
    usual = Counter(ranks.values()).most_common(1)[0][0]
    settings: dict[str, Any] = {"r": usual, "lora_alpha": alpha, "target_modules": sorted(ranks)}
    settings["rank_pattern"] = {name: rank for name, rank in ranks.items() if rank != usual}
    out.mkdir(parents=True, exist_ok=True)
    LoraConfig(task_type="CAUSAL_LM", base_model_name_or_path=str(base.path), **settings).save_pretrained(out)
    save_file(tensors, out / "adapter_model.safetensors", {"format": "pt"})
    if PROMPT in reader.fields:
        (out / PACKED).write_text(str(reader.fields[PROMPT].contents()), encoding="utf-8")
    return out


def _read(file: Path) -> Any:
    reader = gguf_file.read(file)
    told = {
        name: str(reader.fields[name].contents()) for name in ("general.type", "adapter.type") if name in reader.fields
    }
    if told != {"general.type": "adapter", "adapter.type": "lora"}:
        raise InputError(
            f"{file} is a GGUF file, but no LoRA adapter; name the one that ohlora language export wrote",
            f"{file}은(는) GGUF 파일이지만 LoRA 어댑터가 아닙니다. ohlora language export로 쓴 파일을 지정하세요",
        )
    if ALPHA not in reader.fields or not reader.tensors:
        raise _damaged(file, ALPHA if reader.tensors else "lora_a")
    return reader


def _pairs(reader: Any, file: Path) -> Pairs:
    from gguf.quants import dequantize

    found = {
        tensor.name: np.array(dequantize(tensor.data, tensor.tensor_type), np.float32) for tensor in reader.tensors
    }
    pairs = {}
    for name in sorted({name.rpartition(".lora_")[0] for name in found}):
        a, b = found.pop(f"{name}.lora_a", None), found.pop(f"{name}.lora_b", None)
        if a is None or b is None or a.ndim != 2 or b.ndim != 2 or len(a) != b.shape[1]:
            raise _damaged(file, name)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise _damaged(file, name)
        pairs[name.removesuffix(".weight")] = (a, b)
    if found:
        raise _damaged(file, next(iter(found)))
    return pairs


def _damaged(file: Path, what: str) -> InputError:
    return InputError(
        f"the adapter {file} is damaged ({what} is missing, has another shape or holds no finite numbers); export it again",
        f"어댑터 {file}이(가) 손상되었습니다({what}이(가) 없거나, 모양이 다르거나, 유한한 수가 아님). 다시 내보내세요",
    )
