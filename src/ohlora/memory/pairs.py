"""Files of pairs `[key: value] message`, one a line. Knows nothing of stores."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ohlora.errors import InputError
from ohlora.files import read_text

_LINE = re.compile(r"\[(?P<key>[^:\[\]]+?)\s*[::]\s*(?P<value>.+?)\]\s*(?P<message>\S.*)")


@dataclass(frozen=True)
class Pair:
    """A fact, and a message that is about it."""

    key: str
    value: str
    message: str


def parse(text: str, where: str) -> list[Pair]:
    """Reads pairs; blank lines are passed over.

    Raises:
        InputError: a line that is no pair, or no line at all; with its number.
    """
    pairs = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if not match:
            raise InputError(
                f"{where}, line {number}: not a pair; each line is: [key: value] message",
                f"{where} {number}번째 줄: 쌍이 아닙니다. 한 줄의 형식: [키: 값] 메시지",
            )
        pairs.append(Pair(match["key"].strip(), match["value"].strip(), match["message"].strip()))
    if not pairs:
        raise InputError(
            f"{where} holds no pairs; each line is: [key: value] message",
            f"{where}에 쌍이 없습니다. 한 줄의 형식: [키: 값] 메시지",
        )
    return pairs


def read(path: Path) -> list[Pair]:
    """Reads a file of pairs.

    Raises:
        InputError: it is missing, not UTF-8, or holds a line that is no pair.
    """
    return parse(read_text(path), str(path))


def shipped(part: str) -> list[Pair]:
    """The pairs that ship: `train` or `heldout`."""
    return parse(files("ohlora.memory").joinpath(f"data/pairs.{part}.txt").read_text(encoding="utf-8"), part)


def untouched(part: str) -> list[str]:
    """Messages that touch no fact: `train` or `heldout`."""
    return files("ohlora.memory").joinpath(f"data/untouched.{part}.txt").read_text(encoding="utf-8").splitlines()
