"""How a reply is steered without touching its words: which examples the model is shown, and what it cannot say.

A reply of a text engine is one line under a grammar. Here the grammar is made so that certain numbers, or any, never come
up: the model goes on another way by itself, where cutting a finished reply would leave a hole. Chat servers keep no
grammar; they get a sentence in their system message. Knows nothing of why a reply is steered.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ohlora.language.examples import Example

_FIRST = r"""[가-힣A-Za-z"'(ㄱ-ㅎㅏ-ㅣ]"""
# Hangul, Latin letters and common signs; a small model otherwise slips into other scripts.
_REST = r"""[가-힣ㄱ-ㅎㅏ-ㅣA-Za-z .,!?~'"…%+()·:;&/°₩$€-]"""


@dataclass(frozen=True)
class Steering:
    """What a reply keeps to.

    Attributes:
        shows: whether the model may be shown an example, by it and its vector, (384,); None shows any.
        examples: these are shown, nearest first, instead of those near the message.
        note: said to a chat model beside who she is.
        temperature: of the sampling, where it shall be another than usual (text engines).
        unsaid: runs of digits that the reply does not hold (text engines).
        digits: whether it may hold digits at all (text engines).
    """

    shows: "Callable[[Example, NDArray[np.float32]], bool] | None" = None
    examples: "tuple[Example, ...] | None" = None
    note: str = ""
    temperature: float | None = None
    unsaid: frozenset[str] = frozenset()
    digits: bool = True

    def grammar(self) -> str:
        """GBNF of a reply."""
        return reply_grammar(self.unsaid, self.digits)


FREE = Steering()


def runs(text: str) -> set[str]:
    """The runs of digits in a text."""
    return set(re.findall(r"[0-9]+", text))


@lru_cache(maxsize=64)
def reply_grammar(unsaid: frozenset[str] = frozenset(), digits: bool = True) -> str:
    """One line, without the runs of digits in `unsaid`; without any where not `digits`.

    A run counts as a whole: where "109" is unsaid, "1095" may be said.
    """
    if not digits:
        return f'root ::= " " {_FIRST} rest* "\\n"\nrest ::= {_REST}\n'
    if not unsaid:
        return f'root ::= " " first rest* "\\n"\nfirst ::= {_FIRST} | [0-9]\nrest ::= {_REST} | [0-9]\n'
    lines = [
        'root ::= " " start "\\n"',
        f"start ::= {_FIRST} body | run",
        f'body ::= {_REST} body | run | ""',
        f'free ::= [0-9] free | {_REST} body | ""',
    ]
    return "\n".join([*lines, *_trie(unsaid)]) + "\n"


def _trie(unsaid: Iterable[str]) -> list[str]:
    """Rules for a run of digits: one for each beginning of an unsaid one, named by it; a run may end but where it is unsaid."""
    whole = {one for one in unsaid if one.isdigit()}
    begun = sorted({one[:size] for one in whole for size in range(len(one) + 1)})
    rules = []
    for prefix in begun:
        ahead = [digit for digit in "0123456789" if prefix + digit in begun]
        others = "".join(digit for digit in "0123456789" if digit not in ahead)
        ways = [f'"{digit}" run{prefix}{digit}' for digit in ahead] + ([f"[{others}] free"] if others else [])
        if prefix and prefix not in whole:
            ways += [f"{_REST} body", '""']
        rules.append(f"run{prefix} ::= {' | '.join(ways)}")
    return rules
