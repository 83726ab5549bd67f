"""Which tokens of a large vocabulary a persona needs: those of the scripts she reads and speaks.

Gemma 3 has 262,144 tokens for all languages of the world, and the output layer over them is half of the work of a word. Tokens
of other scripts are left out, and of those in Latin letters the rare ones. What is left out is spelt with shorter tokens, at
worst byte by byte, so every text can still be read. A text of these scripts keeps its tokens: a token is merged from shorter
ones with higher scores, and all of those stay (SentencePiece, Kudo & Richardson 2018).

Knows nothing of files and weights.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

LATIN = "LATIN"
MOST_LATIN = 64_000
"""Tokens of Latin letters kept, by score. Of English histories 2.3 % of the tokens are rarer than that (docs/measurements.md)."""

_RARE = 0.001
_NORMAL, _CONTROL = 1, 3
_ANY = {"COMBINING", "VARIATION", "ZERO"}


def scripts_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Scripts of texts in Unicode's words (HANGUL, LATIN, …), without what makes less than a thousandth of the letters."""
    counts = Counter(script for text in texts for char in text if (script := _script(char)))
    return tuple(sorted(script for script, n in counts.items() if n >= _RARE * counts.total()))


def kept(
    tokens: Sequence[str],
    kinds: Sequence[int],
    scores: Sequence[float],
    scripts: Iterable[str],
    used: Collection[int] = (),
) -> NDArray[np.int64]:
    """Ids to keep, ascending.

    Args:
        tokens, kinds, scores: `tokenizer.ggml.tokens`, `.token_type` and `.scores` of a GGUF file.
        scripts: as from `scripts_of`.
        used: ids to keep whatever they are, with all tokens they are merged from.
    """
    allowed = {*scripts, LATIN}
    chosen, latin = [], []
    for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        if kind != _NORMAL:
            if kind != _CONTROL or not token.startswith("<unused"):
                chosen.append(number)
            continue
        found = {script for char in token if (script := _script(char))}
        if found == {LATIN} and len(token) > 1:
            latin.append(number)
        elif found <= allowed:
            chosen.append(number)
    latin.sort(key=lambda number: (-scores[number], number))
    places = {token: number for number, token in enumerate(tokens)} if used else {}
    parts = {places[part] for number in used for part in _parts(tokens[number]) if part in places}
    return np.array(sorted({*chosen, *latin[:MOST_LATIN], *used, *parts}), np.int64)


def _parts(token: str) -> Iterator[str]:
    """Every stretch of a token, among them those it is merged from."""
    for start in range(len(token)):
        for end in range(start + 1, len(token) + 1):
            yield token[start:end]


def _script(char: str) -> str:
    """The script of a letter, mark or decimal digit; "" for what belongs to all."""
    if char.isascii():
        return LATIN if char.isalpha() else ""
    if unicodedata.category(char)[0] not in "LM" and unicodedata.category(char) != "Nd":
        return ""
    name = unicodedata.name(char, "UNNAMED").split()[0]
    return "" if name in _ANY else name
