"""Messages labelled with the limit they touch: the files in `data/`, for fitting and for measuring. Knows nothing of either."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ohlora.conversation.limits.judging import CLASSES

DATA = Path(str(files("ohlora.conversation.limits").joinpath("data")))
KEPT = 5
"""One labelled message of the training part in so many is kept from the adapter that reads it, for fitting what is made of its answers."""


@dataclass(frozen=True)
class Said:
    """A labelled message. group: itself and what was made of it, for folds."""

    message: str
    category: str
    group: int = 0


def read(path: Path) -> list[Said]:
    """A labelled file: `[category]`, then its messages, one a line.

    Raises:
        ValueError: a message before the first category, or a category that does not exist.
    """
    category, found = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not (text := line.strip()) or text.startswith("#"):
            continue
        if head := re.fullmatch(r"\[(\w+)\]", text):
            category = head[1]
        else:
            found.append(Said(text, category))
        if category not in CLASSES:
            raise ValueError(f"{path}: {category!r} is no category")
    return found


@cache
def part(name: str) -> tuple[Said, ...]:
    """A labelled part ("train", "heldout" …), both languages."""
    return tuple(said for language in ("ko", "en") for said in read(DATA / f"{name}.{language}.txt"))


def kept(number: int) -> bool:
    """Is the message of this number in the training part kept from the adapter?"""
    return number % KEPT == 0
