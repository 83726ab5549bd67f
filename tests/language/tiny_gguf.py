"""A tiny model folder as the GGUF file llama.cpp's own converter would make of it, for tests of exported adapters."""

import json
from pathlib import Path
from typing import Any

import numpy as np

_ARCHITECTURES = {"llama": "llama", "qwen2": "qwen2", "gpt_neox": "gptneox"}


def write(folder: Path, out: Path) -> Path:
    """As `convert_hf_to_gguf.py` does: names from the `gguf` map, LLaMA's queries and keys with rotary pairs side by side,
    GPT-NeoX' joint projection by kind, float32."""
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text())
    name = _ARCHITECTURES[config["model_type"]]
    layers, heads, width = config["num_hidden_layers"], config["num_attention_heads"], config["hidden_size"]
    kv = config.get("num_key_value_heads", heads)
    writer = gguf.GGUFWriter(out, name)
    writer.add_block_count(layers)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_vocab_size(config["vocab_size"])
    rope = config.get("rope_parameters") or {}
    head_dim = config.get("head_dim") or width // heads
    if name == "gptneox":
        writer.add_layer_norm_eps(config["layer_norm_eps"])
        writer.add_parallel_residual(config["use_parallel_residual"])
        writer.add_rope_dimension_count(int(head_dim * rope.get("partial_rotary_factor", 0.25)))
    else:
        writer.add_head_count_kv(kv)
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
        writer.add_rope_freq_base(rope.get("rope_theta", 10000.0))
        writer.add_rope_dimension_count(head_dim)
    _vocabulary(writer, folder, config["vocab_size"], gguf)
    kind = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)
    names = gguf.get_tensor_name_map(kind, layers)
    for key, tensor in load_file(folder / "model.safetensors").items():
        target = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if target is None:
            continue
        writer.add_tensor(target, np.ascontiguousarray(_ordered(tensor, key, name, heads, kv)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out


def _ordered(tensor: Any, key: str, name: str, heads: int, kv: int) -> Any:
    if name == "llama" and ("q_proj" in key or "k_proj" in key):
        count = heads if "q_proj" in key else kv
        return (
            tensor.reshape(count, 2, tensor.shape[0] // count // 2, *tensor.shape[1:])
            .swapaxes(1, 2)
            .reshape(tensor.shape)
        )
    if name == "gptneox" and "query_key_value" in key:
        parts = tensor.reshape(heads, 3, tensor.shape[0] // heads // 3, *tensor.shape[1:])
        return np.concatenate([parts[:, at].reshape(-1, *tensor.shape[1:]) for at in range(3)])
    return tensor


def _vocabulary(writer: Any, folder: Path, size: int, gguf: Any) -> None:
    told = json.loads((folder / "tokenizer.json").read_text())
    by_id = {number: token for token, number in told["model"]["vocab"].items()}
    special = {each["id"] for each in told["added_tokens"]}
    by_id.update({each["id"]: each["content"] for each in told["added_tokens"]})
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([by_id.get(number, f"[PAD{number}]") for number in range(size)])
    kinds = gguf.TokenType
    writer.add_token_types([kinds.CONTROL if number in special else kinds.NORMAL if number in by_id else kinds.UNUSED for number in range(size)])  # fmt: skip
    merges = told["model"]["merges"]
    writer.add_token_merges([" ".join(pair) if isinstance(pair, list) else pair for pair in merges])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
