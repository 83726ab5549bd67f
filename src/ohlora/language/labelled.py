"""Messages labelled with the limit they touch (`conversation/limits/data`): for training, fitting and measuring. Knows nothing of these."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ohlora.language.prompt import LIMITS

DATA = Path(str(files("ohlora").joinpath("conversation/limits/data")))
KEPT = 5
"""One labelled message of the training part in so many is kept from the adapter that reads it, for fitting what is made of its answers."""


@dataclass(frozen=True)
class Said:
    """A labelled message. group: itself and what was made of it, for folds."""

    message: str
    category: str
    group: int = 0


def parse(path: Path) -> list[Said]:
    """A labelled file: `[category]`, then its messages, one a line.

    Raises:
        ValueError: a message before the first category, or a category that does not exist.
    """
    category, found = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not (text := line.strip()):
            continue
        if head := re.fullmatch(r"\[(\w+)\]", text):
            category = head[1]
        else:
            found.append(Said(text, category))
        if category not in LIMITS:
            raise ValueError(f"{path}: {category!r} is no category")
    return found


@cache
def part(name: str) -> tuple[Said, ...]:
    """A labelled part ("train", "heldout" …), both languages."""
    return tuple(said for language in ("ko", "en") for said in parse(DATA / f"{name}.{language}.txt"))


def digest(*parts: str) -> str:
    """SHA-256 of parts, of the training part by default."""
    told = hashlib.sha256()
    for name in parts or ("train",):
        for language in ("ko", "en"):
            told.update((DATA / f"{name}.{language}.txt").read_bytes())
    return told.hexdigest()


def kept(number: int) -> bool:
    """Is the message of this number in the training part kept from the adapter? So many that it depends on the files (`digest`)."""
    return number % KEPT == 0
