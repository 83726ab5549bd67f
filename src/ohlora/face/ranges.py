"""Scores as people write them on a command line: ranges, filters, axes and paths. Knows no faces."""

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from ohlora.errors import InputError

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_FILTER = re.compile(rf"\s*(\w+)\s+({_NUMBER})?\s*\.\.\s*({_NUMBER})?\s*")
_MOVE = re.compile(rf"\s*(\w+)\s+({_NUMBER})\s*\.\.\s*({_NUMBER})\s*")
_SPAN = re.compile(rf"({_NUMBER})\.\.({_NUMBER}):(\d+)")
MOST_VALUES = 50


@dataclass(frozen=True)
class Filter:
    """One attribute between two scores, both included."""

    name: str
    low: float
    high: float

    def admits(self, score: float) -> bool:
        """False for NaN too."""
        return self.low <= score <= self.high


def filters(texts: Iterable[str], known: Collection[str]) -> list[Filter]:
    """Filters such as "yaw -0.5..0.5" or "smile 1.." (no upper end).

    Raises:
        InputError: not of this form, an unknown attribute, or the ends are the wrong way round.
    """
    found = []
    for text in texts:
        match = _FILTER.fullmatch(text)
        if not match or (match[2] is None and match[3] is None):
            raise InputError(
                f"--where {text!r} is not of the form 'NAME LOW..HIGH', for instance 'yaw -0.5..0.5' or 'smile 1..'",
                f"--where {text!r}은(는) '이름 최소..최대' 꼴이 아닙니다. 예: 'yaw -0.5..0.5', 'smile 1..'",
            )
        _refuse_unknown(f"--where {text!r}", match[1], known)
        low, high = (float(match[2] or -math.inf), float(match[3] or math.inf))
        if low > high:
            raise InputError(
                f"--where {text!r}: {low:g} is above {high:g}, so no face can fit",
                f"--where {text!r}: {low:g}이(가) {high:g}보다 커서 맞는 얼굴이 없습니다",
            )
        found.append(Filter(match[1], low, high))
    return found


def moves(text: str, known: Collection[str]) -> dict[str, tuple[float, float]]:
    """A path such as "eyes -5..2, yaw -1..1": attribute → (from, to).

    Raises:
        InputError: not of this form, an unknown attribute, or one named twice.
    """
    found: dict[str, tuple[float, float]] = {}
    for part in text.split(","):
        match = _MOVE.fullmatch(part)
        if not match or match[1] in found:
            raise InputError(
                f"--path {text!r} is not of the form 'NAME FROM..TO, NAME FROM..TO', for instance 'eyes -5..2, yaw -1..1'",
                f"--path {text!r}은(는) '이름 처음..끝, 이름 처음..끝' 꼴이 아닙니다. 예: 'eyes -5..2, yaw -1..1'",
            )
        _refuse_unknown(f"--path {text!r}", match[1], known)
        found[match[1]] = (float(match[2]), float(match[3]))
    return found


def axes(texts: Iterable[str], known: Collection[str]) -> dict[str, list[float]]:
    """Axes of a grid such as "eyes=-1.2,1.2" or "mouth=-1.8..1.8:5" (five values, ends included).

    Raises:
        InputError: not of this form, an unknown attribute, one named twice, or more than two.
    """
    found: dict[str, list[float]] = {}
    for text in (word for words in texts for word in words.split()):
        name, sign, rest = text.partition("=")
        values = _values(rest)
        if not sign or not values or name in found:
            raise InputError(
                f"--grid {text!r} is not of the form NAME=V,V,… or NAME=FROM..TO:COUNT, for instance mouth=-1.8..1.8:5",
                f"--grid {text!r}은(는) 이름=값,값,… 또는 이름=처음..끝:개수 꼴이 아닙니다. 예: mouth=-1.8..1.8:5",
            )
        _refuse_unknown(f"--grid {text!r}", name, known)
        found[name] = values
    if not 1 <= len(found) <= 2:
        raise InputError(
            f"a grid has one or two axes, not {len(found)}", f"격자의 축은 하나나 둘이어야 하는데 {len(found)}개입니다"
        )
    return found


def _values(text: str) -> list[float]:
    if match := _SPAN.fullmatch(text):
        count = int(match[3])
        return np.linspace(float(match[1]), float(match[2]), count).tolist() if 2 <= count <= MOST_VALUES else []
    parts = text.split(",")
    good = len(parts) <= MOST_VALUES and all(re.fullmatch(_NUMBER, part) for part in parts)
    return [float(part) for part in parts] if good else []


def _refuse_unknown(where: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        listed = ", ".join(known)
        raise InputError(
            f"{where}: there is no attribute {name!r}; there are: {listed}",
            f"{where}: {name!r}(이)라는 속성이 없습니다. 있는 것: {listed}",
        )
