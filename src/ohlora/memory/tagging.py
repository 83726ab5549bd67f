"""Which words of a message tell something that lasts, and under which key: a second reader beside the language model.

The sentence encoder, taught to classify the tokens of a message (`data/tagger.safetensors`, by `tagging_training.py` from the same
messages that the language model's adapter has learnt). It sees the whole message at once where the language model writes from left
to right, and errs elsewhere; what both propose together is said by `agreement`. Knows nothing of the language model, nor of stores.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ohlora.language.sentences import learnt
from ohlora.language.sentences.graph import taken_in
from ohlora.memory import english

Array = NDArray[np.float32]
FILE = "tagger.safetensors"
PREFIX = "query:"
MOST = 400
"""Characters of a message that are read, as by the sentence encoder."""

FOUND = 0.6
"""So much of a value must stand in the message, else nothing is known of its words."""
LEAST = 0.25
"""A proposal whose words are told by less is left out."""
_LETTERS = re.compile(r"[^\W\d_ㄱ-ㆎ가-힣\u3040-\u30ff\u4e00-\u9fff]{2}")
"""Two letters of one word, in a script that parts its words by blanks and hangs no particles on them."""
_WORD = re.compile(r"[^\s,·]+")
SEEN = 0.5
"""A word that is told by less is none."""


@dataclass(frozen=True)
class Span:
    """Words of a message under one key, as (key, value), and how sure the tagger is that they tell something, 0…1."""

    key: str
    value: str
    chance: float


@dataclass(frozen=True)
class Reading:
    """A message as the tagger reads it.

    Attributes:
        message: the whole of it.
        places: (begin, end) of every token that was read, in the message.
        chances: (T, C), of every token for every class; class 0 is none.
        classes: names of the classes in the message's language; "" where it has none.
    """

    message: str
    places: Sequence[tuple[int, int]]
    chances: Array
    classes: Sequence[str]

    def sure(self, value: str) -> float | None:
        """0…1, how surely the words of a value tell something, where they are surest; None where they do not stand in what was read."""
        letters, share = letters_of(value, self.message)
        if share < FOUND:
            return None
        # The same word may stand in the message twice, and tell something only once.
        wholes = [set(range(start, start + len(value))) for start in _starts(_lower(value), _lower(self.message))]
        end = self.places[-1][1] if self.places else 0
        if any(max(some, default=end) >= end for some in wholes or [letters]):
            return None  # what was not read may tell it
        found = [tokens for some in wholes or [letters] if (tokens := within(some, self.places))]
        return max((float(1 - self.chances[tokens, 0].mean()) for tokens in found), default=None)

    def spans(self) -> list[Span]:
        """Neighbouring words of one key, in the message's order; a word whose class has no name in the message's language is none."""
        found: list[Span] = []
        for key, run in groupby(self._words(), key=lambda word: word[0]):
            tokens = [token for _, word in run for token in word]
            value = self._whole(self.places[tokens[0]][0], self.places[tokens[-1]][1]) if key else ""
            if value:
                found.append(Span(key, value, float(1 - self.chances[tokens, 0].mean())))
        return found

    def _words(self) -> list[tuple[str, list[int]]]:
        """(key, told tokens of one word or part of one), in order; ("", []) where something untold stands between."""
        words: list[tuple[str, list[int]]] = []
        for token, (begin, end) in enumerate(self.places):
            if begin == end:  # a blank
                continue
            if 1 - self.chances[token, 0] < SEEN:
                words.append(("", []))
            elif words and words[-1][1] and self.places[words[-1][1][-1]][1] == begin:
                words[-1][1].append(token)
            else:
                words.append(("", [token]))
        return [(self._key(tokens), tokens) for _, tokens in words]

    def _key(self, tokens: list[int]) -> str:
        """The likeliest of a word: its tokens may each lean to another."""
        return self.classes[1 + int(self.chances[tokens, 1:].sum(0).argmax())] if tokens else ""

    def _whole(self, begin: int, end: int) -> str:
        """The text from `begin` to `end`, of an English word all letters; a Korean one may end before its particle."""
        while begin and _LETTERS.fullmatch(self.message[begin - 1 : begin + 1]):
            begin -= 1
        while _LETTERS.fullmatch(self.message[end - 1 : end + 1]):
            end += 1
        return self.message[begin:end].strip(" ,·")


def read(message: str) -> Reading | None:
    """The message as the tagger reads it; None where the tagger cannot run on this machine (said once, in the log)."""
    found = learnt.shipped("ohlora.memory", FILE)
    if found is None:
        return None
    tagger, about = found
    pieces = taken_in().pieces
    prefix, placed = pieces.ids(PREFIX), pieces.placed(message[:MOST])
    chances = tagger([*prefix, *(number for number, _, _ in placed)])[len(prefix) + 1 : -1]
    places = [(begin, end) for _, begin, end in placed][: len(chances)]
    speaks = int(english.is_english(message))
    return Reading(message, places, chances, [names[speaks] for names in about["classes"]])


def name() -> str:
    """The tagger's, with which of its versions it is, as it stands beside a fact; "" where it cannot run."""
    found = learnt.shipped("ohlora.memory", FILE)
    return f"tagger {found[1]['sha256'][:8]}" if found else ""


def tells(value: str, message: str) -> bool:
    """Do the words of a value tell something, as far as is known?"""
    reading = read(message)
    sure = reading.sure(value) if reading else None
    return sure is None or sure >= LEAST


def _lower(text: str) -> str:
    """In lower case, every letter in its place: of all letters only İ would become two."""
    return text.replace("İ", "i").lower()


def letters_of(value: str, message: str) -> tuple[set[int], float]:
    """The characters of a message that a value is made of, and how much of the value stands there, 0…1.

    The value as a whole where it stands in the message; else each of its words, or the longest beginning of it (half of it at
    least), where it is nearest to the word before. A word of one letter is only found in the whole.
    """
    text, wanted = _lower(message), _lower(value)
    if (start := text.find(wanted)) >= 0:
        return set(range(start, start + len(wanted))), 1.0
    letters: set[int] = set()
    whole, last = 0, 0
    for match in _WORD.finditer(wanted):
        word = match.group()
        whole += len(word)
        for long in range(len(word), max(1, (len(word) + 1) // 2 - 1), -1):
            starts = _starts(word[:long], text, alone=long == len(word) <= 2)
            if starts:
                last = min(starts, key=lambda start: abs(start - last))
                letters |= set(range(last, last + long))
                break
    return letters, len(letters) / max(1, whole)


def _starts(word: str, text: str, alone: bool = False) -> list[int]:
    """Where a word stands in a text; `alone`: where nothing is written before it, if there is such a place."""
    found = [match.start() for match in re.finditer(re.escape(word), text)]
    free = [start for start in found if start == 0 or not text[start - 1].isalnum()]
    return free or found if alone else found


def within(letters: set[int], places: Sequence[tuple[int, int]]) -> list[int]:
    """The tokens at least half of whose characters are among `letters`."""
    return [
        number for number, (begin, end) in enumerate(places)
        if begin < end <= 2 * sum(place in letters for place in range(begin, end)) + begin
    ]  # fmt: skip
