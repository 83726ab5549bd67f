"""A fitted yes or no about a message: a logistic regression on its sentence vector, with the threshold that was fitted beside it.

Reads no more than the encoder does: the first 400 characters. Knows nothing of what is asked.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ohlora.memory.encoder import raw


def chance(name: str, message: str) -> float:
    """0…1, how likely the answer of `data/NAME.npz` is yes."""
    weight, bias, _ = _of(name)
    return float(1 / (1 + np.exp(-(raw([message])[0] @ weight + bias))))


def is_so(name: str, message: str) -> bool:
    """Is it likely enough?"""
    return chance(name, message) >= _of(name)[2]


@cache
def _of(name: str) -> tuple[NDArray[np.float32], float, float]:
    path = files("ohlora.memory").joinpath(f"data/{name}.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return stored["weight"].astype(np.float32), float(stored["bias"]), float(stored["threshold"])
