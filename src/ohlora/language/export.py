"""A trained adapter as one GGUF file that llama.cpp loads beside its base model.

The weights of a PEFT folder are renamed through the `gguf` library's own tensor map (the names llama.cpp looks for) and
stored in half precision: per module `….lora_a` (rank, in) and `….lora_b` (out, rank). llama.cpp stores the rows of queries
and keys of LLaMA models in another order (rotary pairs side by side), and those of GPT-NeoX' joint projection by kind
rather than by head: the rows of B are put in that order too. Other families are refused rather than exported wrongly, and
so is DoRA, which llama.cpp cannot apply.

Knows nothing of training. Needs the extra `train`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError, MissingError
from ohlora.files import atomic_write
from ohlora.language import gguf_file
from ohlora.language.adapter_folder import WEIGHTS, check_folder

# Architectures whose projections llama.cpp stores as they are in transformers.
PLAIN = {"gemma", "gemma2", "gemma3", "qwen2", "qwen3"}
PERMUTED = {"llama"}
JOINT = {"gptneox"}
KNOWN = PLAIN | PERMUTED | JOINT
ALPHA = "adapter.lora.alpha"
"""Metadata key of what B·A is multiplied by, over its rank."""
SCRIPTS = "ohlora.scripts"
"""Metadata key of the scripts of the data it was trained on (`vocabulary`)."""
TOKENS = "ohlora.tokens"
"""Metadata key of the ids of all tokens of that data."""
LEARNT = "ohlora.learnt"
"""Metadata key of what an adapter for memos has learnt, in words: memos, over, limits."""
LABELLED = "ohlora.labelled"
"""Metadata key of the SHA-256 of the labelled messages from which it has learnt limits."""
PACKED, PROMPT = "prompt.json", "ohlora.prompt"
"""What travels with an adapter (`proofs.pack`): file of its folder, metadata key."""
_PREFIX, _SUFFIX = "base_model.model.", ".weight"


def to_gguf(folder: Path, base: Path, out: Path, *, notes: Mapping[str, str] | None = None) -> Path:
    """Writes the adapter in `folder` (PEFT form) for the GGUF model `base` as `out`.

    Args:
        notes: more metadata (licence, base model, data, seed …), stored as `ohlora.<key>`.

    Returns:
        `out`.

    Raises:
        MissingError: the extra `train` is not installed.
        InputError: files missing, an architecture whose weights need rewriting, a module the base does not have.
    """
    try:
        import gguf  # noqa: F401
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingError(
            f"export needs {error.name}; run: pip install 'ohlora[train]'",
            f"내보내기에는 {error.name}이(가) 필요합니다. 실행하세요: pip install 'ohlora[train]'",
        ) from None
    settings = check_folder(folder)
    if settings.get("use_dora"):
        raise InputError(
            f"{folder} is a DoRA, which llama.cpp cannot apply; train without --dora, or merge it into the model",
            f"{folder}은(는) DoRA라서 llama.cpp가 쓸 수 없습니다. --dora 없이 학습하세요",
        )
    if settings.get("trainable_token_indices"):
        raise InputError(
            f"{folder} has trained new rows of the embedding, which an adapter for llama.cpp cannot hold; "
            "make the corrected model without --resize (ohlora language preflight --fix DIR) and train again",
            f"{folder}은(는) 임베딩의 새 행을 학습했는데 llama.cpp용 어댑터에는 담을 수 없습니다. "
            "--resize 없이 고친 모델(ohlora language preflight --fix DIR)로 다시 학습하세요",
        )
    of = base_of(base, base.stat().st_mtime_ns)
    architecture, blocks, shapes, heads = of.architecture, of.blocks, of.shapes, of.heads
    if architecture not in KNOWN:
        raise InputError(
            f"adapters for {architecture} models cannot be exported yet; known: {', '.join(sorted(KNOWN))}",
            f"{architecture} 모델의 어댑터는 아직 내보낼 수 없습니다. 가능: {', '.join(sorted(KNOWN))}",
        )
    names = name_map(architecture, blocks)
    tensors = {}
    for name, tensor in sorted(load_file(folder / WEIGHTS).items()):
        target, kind = _target(names, name)
        _check_shape(target, kind, tensor.shape, shapes)
        if kind == "b":
            tensor = ordered(tensor, architecture, target, heads)
        tensors[f"{target}.weight.lora_{kind}"] = tensor.astype(np.float16)
    rank = int(settings["r"])
    # llama.cpp scales by alpha / rank; rsLoRA by alpha / √rank, so its alpha is written √rank times as large.
    alpha = float(settings["lora_alpha"]) * (rank**0.5 if settings.get("use_rslora") else 1.0)
    told = {f"ohlora.{key}": value for key, value in (notes or {}).items()}
    if (folder / PACKED).is_file():
        told[PROMPT] = (folder / PACKED).read_text("utf-8")
    return write_adapter(out, architecture, alpha, tensors, told)


def write_adapter(
    out: Path, architecture: str, alpha: float, tensors: Mapping[str, NDArray[Any]], notes: Mapping[str, str]
) -> Path:
    """Writes a LoRA as llama.cpp reads it: `NAME.lora_a` (rank, in) and `NAME.lora_b` (out, rank), scaled by alpha / rank."""
    import gguf

    with atomic_write(out) as file:
        writer = gguf.GGUFWriter(file.name, architecture)
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32(ALPHA, alpha)
        for key, value in notes.items():
            writer.add_string(key, value)
        for name, tensor in tensors.items():
            writer.add_tensor(name, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return out


@dataclass(frozen=True)
class Base:
    """What an adapter must fit. shapes: by tensor, innermost first; heads: of queries and of keys."""

    architecture: str
    blocks: int
    shapes: Mapping[str, tuple[int, ...]]
    heads: tuple[int, int]


@lru_cache(maxsize=2)
def base_of(path: Path, changed: int) -> Base:
    """Reads the header of a base model; kept until it is `changed`, since several adapters may be for one base."""
    reader = gguf_file.read(path)
    architecture = str(reader.fields["general.architecture"].contents())
    blocks = int(reader.fields[f"{architecture}.block_count"].contents())
    heads = int(reader.fields[f"{architecture}.attention.head_count"].contents())
    pairs = reader.fields.get(f"{architecture}.attention.head_count_kv")
    shapes = {tensor.name: tuple(int(size) for size in tensor.shape) for tensor in reader.tensors}
    return Base(architecture, blocks, shapes, (heads, int(pairs.contents()) if pairs else heads))


def ordered(b: Any, architecture: str, target: str, heads: tuple[int, int], *, back: bool = False) -> Any:
    """Rows of B (out, rank) in llama.cpp's order; `back`: in transformers' order again."""
    if architecture in PERMUTED and target.endswith((".attn_q", ".attn_k")):
        count = heads[0] if target.endswith(".attn_q") else heads[1]
        half = b.shape[0] // count // 2
        parts = (count, half, 2, -1) if back else (count, 2, half, -1)
        return b.reshape(parts).swapaxes(1, 2).reshape(b.shape)
    if architecture in JOINT and target.endswith(".attn_qkv"):
        kinds = (3, heads[0]) if back else (heads[0], 3)
        return b.reshape(*kinds, -1).swapaxes(0, 1).reshape(b.shape)
    return b


def name_map(architecture: str, blocks: int) -> Any:
    """The `gguf` library's map from transformers' names of modules to llama.cpp's, for one of KNOWN."""
    import gguf

    kind = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture)
    return gguf.get_tensor_name_map(kind, blocks)


def _target(names: Any, name: str) -> tuple[str, str]:
    """GGUF name of the module and "a" or "b" of a PEFT tensor's name."""
    module, _, kind = name.removeprefix(_PREFIX).removesuffix(_SUFFIX).rpartition(".lora_")
    target = names.get_name(module)
    if not target or kind not in ("A", "B"):
        raise InputError(
            f"the adapter's tensor {name} belongs to no tensor of the base model",
            f"어댑터의 텐서 {name}에 해당하는 텐서가 기반 모델에 없습니다",
        )
    return str(target), kind.lower()


def _check_shape(target: str, kind: str, shape: tuple[int, ...], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """GGUF shapes run (in, out), an adapter's A is (rank, in) and B (out, rank)."""
    base = shapes.get(f"{target}.weight")
    fits = base is not None and (shape[1] == base[0] if kind == "a" else shape[0] == base[1])
    if not fits:
        raise InputError(
            f"the adapter is for another base model: {target} is {base} there, lora_{kind} here is {tuple(shape)}",
            f"다른 기반 모델의 어댑터입니다: 모델의 {target}은(는) {base}, 어댑터의 lora_{kind}는 {tuple(shape)}",
        )
