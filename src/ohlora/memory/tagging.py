"""Which words of a message tell something that lasts, and under which key: a second reader beside the language model.

The sentence encoder, taught to classify the tokens of a message (`data/tagger.safetensors`, by `tagging_training.py` from the same
messages that the language model's adapter has learnt). It sees the whole message at once where the language model writes from left
to right, and errs elsewhere: what the model proposes and the tagger sees nothing in is left out, and what the tagger is sure of is
proposed though the model has missed it. Decides nothing: that is `gate`. Knows nothing of the language model, nor of stores.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ohlora.language.sentences import learnt
from ohlora.language.sentences.graph import taken_in
from ohlora.memory import changes, english, gate, keys, patterns, times, wording
from ohlora.memory.proposal import Proposal, said_already

Array = NDArray[np.float32]
FILE = "tagger.safetensors"
PREFIX = "query:"
MOST = 400
"""Characters of a message that are read, as by the sentence encoder."""

FOUND = 0.6
"""So much of a value must stand in the message, else nothing is known of its words."""
LEAST = 0.25
"""A proposal whose words are told by less is left out."""
ENOUGH = 0.8
"""What the language model has not proposed must be told by so much."""
ENOUGH_OF_WORK = 0.7
"""The same of work, which the tagger never mistakes."""
LEAST_ALONE = 0.4
"""The same of where somebody lives, works or learns, which would end what was known of it, where the tagger sees no such thing."""
AGREED = 0.6
"""So much is enough where the language model proposes the same words, though under a key where they cannot stand, or as an end."""
SURE = 0.9
"""By so much the tagger seconds what the language model proposes."""
_AT = re.compile(
    r"^\s*(?:에는?|날에?|부터|까지|on|at|from|until)?\s+|\s+(?:on|at|from|until|에는?)?\s*$", re.IGNORECASE
)
"""What is left of a day that was taken out."""
_SAYS_NOTHING = re.compile(
    r"(?:the\s+)?\d+(?:st|nd|rd|th)?|(?:doc(?:tor)?\s+)?app(?:t|ointment)s?|b-?day|birthday|plans?|trip|생일|약속|일정|계획|예약|여행",
    re.IGNORECASE,
)
"""That there is something, and not what."""
_LETTERS = re.compile(r"[^\W\d_ㄱ-ㆎ가-힣\u3040-\u30ff\u4e00-\u9fff]{2}")
"""Two letters of one word, in a script that parts its words by blanks and hangs no particles on them."""
_WORD = re.compile(r"[^\s,·]+")
_BIRTHDAYS = ("생일", "birthday")
_WITH_A_DAY = keys.WITH_A_DAY | {"event", "surgery", "수술"}
_HOMES = frozenset(["사는 곳", "home"])
_PLACES = _HOMES | {"고향", "직장", "학교", "이름", "hometown", "workplace", "school"}
_NO_PLACES = (
    keys.WITH_A_DAY | keys.PASTIMES | {"event", "가게", "농사", "shop", "roommate", "child", "name", "룸메이트", "자녀"}
)
_SEEN = 0.5


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
            if 1 - self.chances[token, 0] < _SEEN:
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


def agreed(message: str, told: Sequence[tuple[str, str]]) -> list[Proposal]:
    """What the language model tells, (key, value), and what only the tagger sees.

    Left out is what tells nothing to the tagger, and an end of what it reads as told ("im on losartan now"); where both tell the
    same under one key and the tagger is sure, the proposal is `seconded`.
    """
    reading = read(message)
    if reading is None:
        return [Proposal(*one) for one in told]
    spans = [span for span in reading.spans() if span.key not in keys.OVER]
    found, by_both = [], []
    for key, value in told:
        how = reading.sure(value)
        if _tells_nothing(key, value, how, spans):
            continue
        key, value = _mended(key, value, spans)
        beside = [span for span in spans if _overlap(span.value, value)]
        stands = [
            one for span in beside if span.chance >= AGREED
            # What is over of two people is told of whom it was with.
            and not (key in keys.OVER and span.key in keys.FACETED)
            and _may_stand(one := Proposal(span.key, span.value, seconded=span.chance >= SURE), message)
        ]  # fmt: skip
        if key in keys.OVER and stands and not changes.says_over(value, message):
            by_both += stands
            continue
        seconded = any(span.chance >= SURE and _same_key(span.key, key) for span in beside) and (how or 0) >= SURE
        found.append(Proposal(key, value, seconded=seconded))
        if not (seconded or _may_stand(found[-1], message)):
            by_both += stands
    seen = [
        Proposal(span.key, span.value)
        for span in spans
        if span.chance >= (ENOUGH_OF_WORK if span.key in keys.WORK else ENOUGH)
    ]
    seen = [one for one in seen if all(one.value != both.value for both in by_both)] + by_both
    # An end without a value ("남친이랑 헤어졌어") says nothing already, nor does what may not be remembered.
    said = (
        [p for p in patterns.propose(message) if p.value and (p.act != "keep" or _may_stand(p, message))]
        if seen
        else []
    )
    said += [p for p in found if p.seconded or p.key in keys.OVER or _may_stand(p, message)]
    for one in seen:
        if _goes_on(one, found, message):
            continue
        bare = Proposal(one.key, _without_its_day(one, message))
        if _is_new(bare.value, said) and not said_already(bare, said):
            found.append(one)
            said.append(one)
    return found


def _mended(key: str, value: str, spans: Sequence[Span]) -> tuple[str, str]:
    """A value with the whole of its words ("오키나와" of "오키나"), and under the tagger's key where it is no place at all."""
    for span in spans:
        if span.chance < SURE or not _same_key(span.key, key):
            continue
        short, whole = wording.squash(value), wording.squash(span.value)
        if short != whole and short in whole:
            return key, span.value
        words = value.split()
        for number, word in enumerate(words):
            if " " not in span.value and len(word) > 1 and word != span.value and span.value.startswith(word):
                words[number] = span.value
        value = " ".join(words)
    if keys.spelling(key) in _HOMES:
        other = [span.key for span in spans if span.chance >= AGREED and _overlap(span.value, value)]
        if other and all(keys.spelling(one) in _NO_PLACES for one in other):
            return other[0], value
    return key, value


def _tells_nothing(key: str, value: str, how: float | None, spans: Sequence[Span]) -> bool:
    """Do the words tell too little, or does the tagger see another value where there is only one ("푸른내과" beside "이직" for a workplace)?"""
    if key in _WITH_A_DAY and not _AT.sub("", times.without(value)).strip():
        return False  # which day something is on now is told by what was known of it
    mine = [span for span in spans if keys.spelling(span.key) == keys.spelling(key)]
    words = set(wording.words(value))
    if any(_overlap(span.value, value) or words & set(wording.words(span.value)) for span in mine):
        return how is not None and how < LEAST
    otherwise = keys.spelling(key) in keys.EXCLUSIVE and any(span.chance >= SURE for span in mine)
    if how is None:
        return otherwise
    return how < (LEAST_ALONE if otherwise or keys.spelling(key) in _PLACES else LEAST)


def _goes_on(one: Proposal, found: list[Proposal], message: str) -> bool:
    """Is it where the work is done that an English message has just told of ("line cook at the Marlin Grill in Tampa")? Then it is a part of that."""
    for number, told in enumerate(found):
        if one.key in keys.WORK and told.key in keys.WORK and english.is_english(message):
            whole = re.search(
                rf"{re.escape(told.value)},? (?:in|near|outside|out of) {re.escape(one.value)}", message, re.IGNORECASE
            )
            if whole and len(whole[0]) <= gate.MAX_VALUE:
                found[number] = replace(told, value=whole[0])
                return True
    return False


def _may_stand(proposal: Proposal, message: str) -> bool:
    """Would the gate let it through?"""
    return gate.refusal(gate.tidy(proposal, message), message) is None


def _overlap(one: str, other: str) -> bool:
    """Is one value a part of the other?"""
    one, other = wording.folded(one), wording.folded(other)
    return bool(one and other) and (one in other or other in one)


def _same_key(one: str, other: str) -> bool:
    """Do two keys ask for the same, or both for work?"""
    one, other = keys.spelling(one), keys.spelling(other)
    return one == other or {one, other} <= keys.WORK


def _without_its_day(span: Proposal, message: str) -> str:
    """What is told beside a day, which is new or not; "" where nothing is.

    "오늘의집" and "주말 알바" are whole, and of what is done every Tuesday the day is a part; a birthday is a day.
    """
    value = span.value
    if span.key in _BIRTHDAYS:
        return value
    bare = times.without(value)
    if bare != value and not wording.content(bare):
        return ""
    if span.key not in _WITH_A_DAY or times.is_repeated(value):
        return value
    rest = wording.squash(times.without(message))
    if _SAYS_NOTHING.fullmatch(value) or not any(word in rest for word in wording.content(value)):
        return ""  # "10" of "10월", "17th" of "on the 17th"
    return value if bare == value else _AT.sub("", bare).strip()


def _is_new(value: str, told: Iterable[Proposal]) -> bool:
    """Is there a word in it that nothing told before has?"""
    before = [wording.squash(proposal.value) for proposal in told]
    return any(all(word not in one for one in before) for word in wording.content(value))


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
