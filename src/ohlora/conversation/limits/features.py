"""What of a message is weighed: its sentence vector, cues, and which letters stand in it one after another.

The letters are taken without spaces, signs and repetitions, so that "죽 고 싶 다", "ㅅ.ㅂ" or "fuuuck" are what they mean; each run
of two to four of them is a feature, found by a hash (crc32, the same everywhere).
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ohlora.conversation.limits import cues

Array = NDArray[np.float32]

BUCKETS = 2048
LETTERS_WEIGHT = 1.5
VECTOR_WEIGHT = 6.0
CUES_WEIGHT = 0.4
"""Relative weight of the kinds before the regression; chosen by cross-validation on the training part (docs/limits.md)."""
LONG = 60
"""A message of more characters is weighed sentence by sentence too: what matters must not drown in the rest."""
WORDS = BUCKETS + cues.WIDTH
_READ = 4000
_END = re.compile(r"(?<=[.!?…~。])\s+|\n+")
_NOISE = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ]+")
_AGAIN = re.compile(r"(.)\1{2,}")


def letters(text: str) -> str:
    """The letters and digits alone, small, compatibility forms folded, runs of one letter shortened to two."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text[:_READ]).lower())
    return _AGAIN.sub(r"\1\1", _NOISE.sub("", _hangul_letters(folded)))


def _hangul_letters(text: str) -> str:
    """Letters alone ("ㅅㅂ"), which NFKC turns into conjoining ones, back in their usual form."""
    return "".join(_JAMO.get(ch, ch) for ch in text)


_JAMO = {
    unicodedata.normalize("NFKC", chr(code)): chr(code)
    for code in range(0x3131, 0x3164)
    if len(unicodedata.normalize("NFKC", chr(code))) == 1
}


def hashed(text: str) -> Array:
    """(BUCKETS,) of unit length: which runs of two to four letters a text holds."""
    squeezed = f"^{letters(text)}$"
    row = np.zeros(BUCKETS, np.float32)
    for size in (2, 3, 4):
        for start in range(len(squeezed) - size + 1):
            row[zlib.crc32(squeezed[start : start + size].encode()) % BUCKETS] = 1.0
    return row / max(float(np.linalg.norm(row)), 1e-9)


def said(text: str) -> Array:
    """(BUCKETS + cues,) of one text, without its sentence vector."""
    spaced = " ".join(unicodedata.normalize("NFKC", text[:_READ]).lower().replace("’", "'").split())
    return np.concatenate([LETTERS_WEIGHT * hashed(text), CUES_WEIGHT * cues.found(letters(text), spaced)])


def rows(texts: Sequence[str], vectors: Array) -> Array:
    """(N, W + BUCKETS + cues) of texts and their sentence vectors, (N, W)."""
    words = np.stack([said(text) for text in texts]) if len(texts) else np.zeros((0, WORDS), np.float32)
    return np.concatenate([VECTOR_WEIGHT * vectors, words], axis=1)


def parts(message: str) -> list[str]:
    """The sentences of a long message; none of a short one, which is weighed whole."""
    if len(message) <= LONG:
        return []
    found = [part.strip() for part in _END.split(message[:_READ]) if part.strip()]
    pieces = [piece for part in found for piece in _pieces(part)]
    return list(dict.fromkeys(pieces)) if len(pieces) > 1 else []


def _pieces(sentence: str) -> list[str]:
    """A sentence without an end (nobody typed one) in pieces of about LONG characters, at spaces."""
    if len(sentence) <= 2 * LONG:
        return [sentence]
    pieces, now = [], ""
    for word in sentence.split():
        if now and len(now) + len(word) > LONG:
            pieces.append(now)
            now = ""
        now = f"{now} {word[: 2 * LONG]}".strip()
    return [*pieces, now] if now else pieces
