"""The form in which directions, faces and calibrations are kept: NAME.json to read, NAME.safetensors with the numbers.

The description carries the digest of the tensors and of itself, so that a file that was cut short, swapped or edited by
hand is refused instead of moving a face wrongly. Knows nothing of what the numbers mean.
"""

import hashlib
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ohlora.errors import InputError
from ohlora.files import atomic_write


def save_artefact(path: Path, kind: str, tensors: Mapping[str, NDArray], description: Mapping[str, Any]) -> None:
    """Writes `path` (its ending does not matter) as .safetensors and .json. Equal content gives equal bytes."""
    refuse_not_finite(path, tensors)
    data = save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    body = {"format": kind, **description, "tensors_sha256": hashlib.sha256(data).hexdigest()}
    body["sha256"] = _digest(body)
    with atomic_write(path.with_suffix(".safetensors")) as file:
        file.write(data)
    with atomic_write(path.with_suffix(".json"), "w") as file:
        file.write(json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def load_artefact(path: Path, kind: str, remedy: str) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Reads what `save_artefact` wrote: tensors and description.

    Args:
        path: either of the two files, or their common stem.
        kind: the format that is expected, such as "ohlora-directions/1".
        remedy: the command that makes such a file anew.

    Raises:
        InputError: missing, not of this kind, damaged, edited by hand, or numbers that are not finite.
    """
    described, numbers = path.with_suffix(".json"), path.with_suffix(".safetensors")
    for file in (described, numbers):
        if not file.is_file():
            raise InputError(f"{file} is missing; make it with: {remedy}", f"{file}이(가) 없습니다. 만들기: {remedy}")
    body, data = _read_description(described, remedy), numbers.read_bytes()
    if body.get("format") != kind:
        raise InputError(
            f"{described} is of format {body.get('format')!r}, not {kind!r}; make it anew with: {remedy}",
            f"{described}의 형식은 {kind!r}이(가) 아니라 {body.get('format')!r}입니다. 다시 만들기: {remedy}",
        )
    if body.get("sha256") != _digest(body):
        raise InputError(
            f"{described} was edited by hand or is damaged (its digest does not match); make it anew with: {remedy}",
            f"{described}은(는) 손으로 고쳤거나 손상되었습니다(다이제스트 불일치). 다시 만들기: {remedy}",
        )
    if hashlib.sha256(data).hexdigest() != body.get("tensors_sha256"):
        raise InputError(
            f"{numbers} is cut short, changed, or does not belong to {described.name}; make it anew with: {remedy}",
            f"{numbers}은(는) 잘렸거나 바뀌었거나 {described.name}의 짝이 아닙니다. 다시 만들기: {remedy}",
        )
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise InputError(
            f"{numbers} is not a safetensors file; make it anew with: {remedy}",
            f"{numbers}은(는) safetensors 파일이 아닙니다. 다시 만들기: {remedy}",
        ) from error
    refuse_not_finite(numbers, tensors)
    return tensors, body


def refuse_not_finite(path: Path, tensors: Mapping[str, NDArray]) -> None:
    """Raises InputError if a tensor holds NaN or infinity."""
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            count = int((~np.isfinite(tensor)).sum())
            raise InputError(
                f"{path}: tensor {name} holds {count} values that are not finite numbers",
                f"{path}: 텐서 {name}에 유한하지 않은 값이 {count}개 있습니다",
            )


def command_line(*words: object) -> str:
    """A command as one would type it, for an artefact to say what made it."""
    return shlex.join(str(word) for word in words)


def _read_description(path: Path, remedy: str) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InputError(
            f"{path} is not readable JSON; make it anew with: {remedy}",
            f"{path}은(는) 읽을 수 있는 JSON이 아닙니다. 다시 만들기: {remedy}",
        )
    return body


def _digest(body: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in body.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
