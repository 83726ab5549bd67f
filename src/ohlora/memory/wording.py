"""How texts are compared: spaces, case and particles gone, words, character bigrams. Knows nothing of facts or stores."""

import operator
import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

_WORD = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣa-z0-9\u3040-\u30ff\u4e00-\u9fff]+")
_PARTICLE = re.compile(
    r"(이라고|라고|이랑|에서|으로|에게|한테|까지|부터|이야|예요|이에요|은|는|이|가|을|를|의|에|로|와|과|랑|도|만|요|야)$"
)
# Words that say nothing about which fact is meant.
_EMPTY = {"좋아하는", "싫어하는", "내가", "우리", "나는", "하는", "my", "the", "in", "to", "at", "of", "is", "favorite"}
SHORTEST = 2
"""A word of fewer letters does not say what is meant."""
DAYS = (
    "오늘", "내일", "모레", "어제", "주말", "이번주", "다음주", "지난주", "today", "tomorrow", "yesterday", "weekend",
)  # fmt: skip


def squash(text: str) -> str:
    """Lower case, NFC, no white space."""
    return "".join(unicodedata.normalize("NFC", text).lower().split())


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, punctuation gone."""
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).lower()))


def stem(word: str) -> str:
    """A Korean word without its particle, where at least two syllables are left."""
    bare = _PARTICLE.sub("", word)
    return bare if len(bare) >= 2 else word


@lru_cache(maxsize=65536)
def bigrams(text: str) -> frozenset[str]:
    """The character bigrams inside the words; a word of one character is its own."""
    return frozenset(in_order(text))


def in_order(text: str) -> list[str]:
    """The same, each once, as they come."""
    found: dict[str, None] = {}
    for word in words(text):
        if len(word) == 1:
            found[word] = None
        else:
            found.update(dict.fromkeys(map(operator.add, word, word[1:])))
    return list(found)


@lru_cache(maxsize=65536)
def content(text: str) -> tuple[str, ...]:
    """The stems that carry meaning."""
    return tuple(stem(word) for word in words(text) if len(word) > 1 and word not in _EMPTY)


def folded(text: str) -> str:
    """A text as it is compared for being the same: case, spaces, punctuation and final particles gone."""
    return "".join(stem(word) for word in words(text)) or squash(text)


def likeness(one: str, other: str) -> float:
    """0…1, how nearly two words are spelt the same, whatever their case (difflib)."""
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


RELATION = re.compile(
    r"[남여]친|[남여]자친구|애인|남편|아내|와이프|신랑|집사람|(?:an? |my )?(?:wife|husband|boyfriend|girlfriend|partner|fianc[eé]e?|gf|bf)",
    re.IGNORECASE,
)
"""Who somebody is to the user, and nothing of whom."""
