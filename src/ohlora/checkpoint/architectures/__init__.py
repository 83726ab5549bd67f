"""Which architectures there are, and which of them a part of a file fits."""

import re
from collections import Counter
from dataclasses import dataclass

from ohlora.checkpoint.architectures._base import (
    Architecture,
    Expected,
    Init,
    Setting,
    Settings,
    Shapes,
    base_and_max,
    resolutions,
    start,
)
from ohlora.checkpoint.architectures._recognised import RECOGNISED, Recognised
from ohlora.checkpoint.architectures.stylegan1 import StyleGAN1
from ohlora.checkpoint.architectures.stylegan2 import StyleGAN2
from ohlora.checkpoint.architectures.stylegan2_ada import StyleGAN2ADA
from ohlora.errors import InputError

__all__ = [
    "ARCHITECTURES",
    "RECOGNISED",
    "Architecture",
    "Expected",
    "Fit",
    "Init",
    "Recognised",
    "Setting",
    "Settings",
    "Shapes",
    "base_and_max",
    "by_name",
    "fits",
    "resolutions",
    "start",
]

ARCHITECTURES: dict[str, Architecture] = {a.name: a for a in (StyleGAN1(), StyleGAN2(), StyleGAN2ADA())}
_FEWEST_ANCHORS = 2


@dataclass(frozen=True)
class Fit:
    """An architecture that a part fits once `prefix` is taken off its names ("module.", "generator.", or "")."""

    architecture: Architecture | Recognised
    prefix: str
    anchors: int


def by_name(name: str) -> Architecture:
    """The architecture of a name.

    Raises:
        InputError: there is none, or it is only recognised.
    """
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    for other in RECOGNISED:
        if other.name == name:
            raise InputError(f"{other.advice[0]}.", f"{other.advice[1]}.")
    names = ", ".join(ARCHITECTURES)
    raise InputError(
        f"There is no architecture {name}; there are {names}.", f"{name} 구조는 없습니다. 있는 것: {names}."
    )


def fits(names: list[str]) -> list[Fit]:
    """Every architecture and prefix that at least two tell-tale names show, most of them first."""
    found: list[Fit] = []
    families: list[Architecture | Recognised] = [*ARCHITECTURES.values(), *RECOGNISED]
    for architecture in families:
        pattern = re.compile(rf"(|.*\.)(?:{architecture.anchors})")
        prefixes = Counter(match.group(1) for name in names if (match := pattern.fullmatch(name)))
        found += [Fit(architecture, prefix, n) for prefix, n in prefixes.items() if n >= _FEWEST_ANCHORS]
    return sorted(found, key=lambda fit: -fit.anchors)
