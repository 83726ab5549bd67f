"""A persona's own dialogue examples: reading them, and finding those nearest to what was just said.

JSON Lines, one turn a line: `input`, `reply`, `eyes`, `mouth`, `pose`, `smile`, `memory` (`[key: value]`, up to three, or
empty), `summary`, `split` (train or valid; valid ones are never shown to a model), and where it matters `topic`, `history`
(list of [message, reply]), `now`, `recalled` (facts of memory that were shown) and `previous` (summary of the exchange
before). Nearness is the cosine of sentence vectors (`sentences`).
Knows nothing of prompts.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import atomic_write, read_text
from ohlora.language.prompt import LABELS, Fact, Turn, facts_in, known_label
from ohlora.language.sentences import WIDTH, embed
from ohlora.paths import cache_dir

VECTORS = "vectors.npz"
_TELLING = 10
"""So many letters of a message from the middle of a conversation say what it is about."""


@dataclass(frozen=True)
class Example:
    """One turn of the persona's own dialogues."""

    turn: Turn
    topic: str = ""
    history: tuple[Turn, ...] = ()
    now: str | None = None
    recalled: tuple[Fact, ...] = ()
    previous: str = ""
    split: str = "train"

    @property
    def alone(self) -> bool:
        """Does its reply fit without anything said, known or remembered before?"""
        return not (self.now or self.recalled or self.previous) and stands_alone(self.turn.message, self.history)


def stands_alone(message: str, history: Sequence[Turn]) -> bool:
    """Does a message say itself what a reply to it takes up? "응, 그래서 그랬어" in the middle of a conversation does not."""
    return not history or sum(letter.isalnum() for letter in message) >= _TELLING


@dataclass(frozen=True)
class Examples:
    """Examples with their sentence vectors.

    Attributes:
        items: the examples, in file order.
        vectors: (N, 384) float32, unit length, of the messages.
    """

    items: tuple[Example, ...]
    vectors: NDArray[np.float32] = field(repr=False)

    def nearest(
        self,
        message: str,
        count: int,
        shows: Callable[[Example, NDArray[np.float32]], bool] | None = None,
        among: int | None = None,
    ) -> list[tuple[Example, float]]:
        """The `count` nearest examples with different replies, best first, each with its cosine.

        Examples that lean on a history, a memory or the clock are left out, their replies fit only there; so are those
        kept for validation, and those that `shows` refuses by the example and its vector, (384,).
        `among`: only so many of the nearest are looked at.
        """
        if not self.items or count < 1:
            return []
        scores = self.vectors @ embed([message])[0]
        found: dict[str, tuple[Example, float]] = {}
        for index in np.argsort(-scores, kind="stable")[:among]:
            example = self.items[index]
            if example.alone and example.split == "train" and (shows is None or shows(example, self.vectors[index])):
                found.setdefault(example.turn.reply, (example, float(scores[index])))
            if len(found) == count:
                break
        return list(found.values())


def read(path: Path) -> tuple[Example, ...]:
    """Reads and checks an examples file.

    Raises:
        InputError: with file and line: not UTF-8, not JSON, a key missing, a label outside the set; it cannot be read.
    """
    text = read_text(path, "name a file of dialogues that you may read", "읽을 수 있는 대화 파일을 지정하세요")
    lines = text.split("\n")  # not splitlines(): it also splits at characters that JSON allows inside a string (U+2028)
    return tuple(_example(path, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _example(path: Path, number: int, line: str) -> Example:
    try:
        row = json.loads(line)
        words = {name: row[name] for name in LABELS}
        history = tuple(Turn(str(said), str(told)) for said, told in row.get("history", ()))
        said, told = str(row["input"]), str(row["reply"])
        facts = facts_in(row["memory"]) if "memory" in row else None
        recalled = tuple(fact for text in row.get("recalled", ()) for fact in facts_in(text))
    except KeyError as error:
        raise _broken(path, number, f"has no {error}", f"{error}이(가) 없습니다") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(path, number, f"is not a dialogue turn ({error})", f"대화 한 줄이 아닙니다({error})") from None
    labels = {}
    for name, word in words.items():
        label = known_label(name, word)
        if label is None:
            known = ", ".join(LABELS[name])
            raise _broken(
                path,
                number,
                f"{name} is {word!r}; allowed: {known}",
                f"{name} 값 {word!r}은(는) 쓸 수 없습니다. 가능: {known}",
            )
        labels[name] = label
    turn = Turn(said, told, labels, facts, str(row.get("summary", "")))
    return Example(
        turn, str(row.get("topic", "")), history, row.get("now"), recalled, str(row.get("previous", "")),
        str(row.get("split", "train")),
    )  # fmt: skip


def _broken(path: Path, number: int, en: str, ko: str) -> InputError:
    return InputError(f"{path}, line {number}: {en}", f"{path} {number}번째 줄: {ko}")


def load(path: Path) -> Examples:
    """Reads examples with their vectors: shipped beside the file, else from the cache, else computed and cached.

    Vectors are used only where they carry the digest of the very examples file.
    """
    if not path.is_file():
        return Examples((), np.zeros((0, WIDTH), np.float32))
    items = read(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    cached = cache_dir() / "vectors" / f"{digest}.npz"
    for candidate in (path.parent / VECTORS, cached):
        vectors = stored(candidate, digest, len(items))
        if vectors is not None:
            return Examples(items, vectors)
    vectors = embed([item.turn.message for item in items])
    with suppress(OSError):  # a cache that cannot be written costs the time again, not the answer
        save_vectors(cached, vectors, digest)
    return Examples(items, vectors)


def save_vectors(path: Path, vectors: NDArray[np.float32], digest: str) -> None:
    """Writes vectors (half precision: the cosine changes by less than 1e-3) with the digest of their examples."""
    with atomic_write(path) as file:
        np.savez_compressed(file, vectors=vectors.astype(np.float16), digest=np.array(digest))


def stored(path: Path, digest: str, count: int) -> NDArray[np.float32] | None:
    """The vectors in a file, (count, 384), if they are of the examples of this digest; else None."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            vectors = stored["vectors"]
            if str(stored["digest"]) == digest and vectors.shape == (count, WIDTH):
                return vectors.astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error):
        return None  # damaged: they are computed again
    return None
