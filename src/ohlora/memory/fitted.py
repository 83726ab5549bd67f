"""A fitted yes or no about a message: a logistic regression on its sentence vector, with the threshold that was chosen beside it.

Reads no more than the encoder does: the first 400 characters. Knows nothing of what is asked.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.files import atomic_write
from ohlora.memory.encoder import raw


def chance(name: str, message: str) -> float:
    """0…1, how likely the answer of `data/NAME.npz` is yes."""
    weight, bias, _ = _of(name)
    return float(1 / (1 + np.exp(-(raw([message])[0] @ weight + bias))))


def is_so(name: str, message: str) -> bool:
    """Is it likely enough?"""
    return chance(name, message) >= _of(name)[2]


def keep(path: Path, weight: NDArray[np.floating[Any]], bias: float, threshold: float, about: str) -> None:
    """Writes one as `chance` reads it. `weight`: (W,); `about`: versions, rows, seed and command."""
    with atomic_write(path) as file:
        np.savez_compressed(
            file, weight=weight.astype(np.float32), bias=np.float32(bias), threshold=np.float32(threshold), about=np.array(about)
        )  # fmt: skip


def unscaled(model: Any) -> tuple[NDArray[np.floating[Any]], float]:
    """Weight and bias of a pipeline of a standard scaler and a logistic regression, for vectors as they are."""
    scale, logistic = model[0], model[1]
    weight = logistic.coef_[0] / scale.scale_
    return weight, float(logistic.intercept_[0] - scale.mean_ @ weight)


@cache
def _of(name: str) -> tuple[NDArray[np.float32], float, float]:
    path = files("ohlora.memory").joinpath(f"data/{name}.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return stored["weight"].astype(np.float32), float(stored["bias"]), float(stored["threshold"])
