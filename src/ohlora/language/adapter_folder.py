"""The folder of an adapter in PEFT's form: what must be in it, checked before a model is read. Knows no bases.

adapter_model.safetensors    the weights: per module `….lora_A.weight` (rank, in) and `….lora_B.weight` (out, rank)
adapter_config.json          rank, alpha, kind
"""

import json
from pathlib import Path
from typing import Any

from ohlora.errors import InputError

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def check_folder(folder: Path) -> dict[str, Any]:
    """Refuses what is no adapter; what its `configuration` says.

    Raises:
        InputError: a file is missing or damaged.
    """
    for name in (WEIGHTS, CONFIG):
        if not (folder / name).is_file():
            raise InputError(
                f"{folder} holds no adapter ({name} is missing); name a folder of ohlora language train",
                f"{folder}에 어댑터가 없습니다({name} 없음). ohlora language train의 폴더를 지정하세요",
            )
    told = configuration(folder)
    shapes(folder)
    return told


def configuration(folder: Path) -> dict[str, Any]:
    """What `adapter_config.json` says; it has at least a positive `r` and a number `lora_alpha`.

    Raises:
        InputError: it is no such JSON.
    """
    try:
        told = json.loads((folder / CONFIG).read_text("utf-8"))
        if int(told["r"]) > 0 and float(told["lora_alpha"]) > 0:
            return dict(told)
    except (OSError, ValueError, TypeError, LookupError, OverflowError, RecursionError):
        pass
    raise _damaged(folder / CONFIG)


def shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Tensor → shape.

    Raises:
        InputError: the weights are no safetensors file, are cut off, hold nothing, or hold what is no matrix.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS, "np") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise _damaged(folder / WEIGHTS) from error
    factors = [shape for name, shape in found.items() if ".lora_A." in name or ".lora_B." in name]
    if not factors or any(len(shape) != 2 for shape in factors):
        raise _damaged(folder / WEIGHTS)
    return found


def _damaged(file: Path) -> InputError:
    return InputError(
        f"{file} is damaged; copy it anew, or train again: ohlora language train -o ANOTHER_FOLDER",
        f"{file}이(가) 손상되었습니다. 다시 복사하거나 다시 학습하세요: ohlora language train -o 다른_폴더",
    )
