"""Forms of answers, each described once: as a grammar for engines that continue text, as a JSON schema for chat servers.

A record is parts between marks (`[key: value]`), a listing is up to so many records or one word that says there are none.
Character classes are written as both GBNF and ECMA regular expressions read them. Knows nothing of engines and personas.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ohlora.language.prompt import LABELS, MAX_FACTS, MAX_KEY, MAX_VALUE, NOTHING, OVER, STANDS


@dataclass(frozen=True)
class Words:
    """One of these words."""

    words: Sequence[str]

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True)
class Phrase:
    """At most `most` characters: one of the class `first`, then of the class `rest`."""

    first: str
    rest: str
    most: int

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "pattern": f"^{self.first}{self.rest}{{0,{self.most - 1}}}$"}

    @property
    def grammar(self) -> str:
        return f"{self.first} {self.rest}{{0,{self.most - 1}}}"


@dataclass(frozen=True)
class Record:
    """Parts in order: `marks` stand before each, and the last one behind them all."""

    parts: Mapping[str, Words | Phrase]
    marks: Sequence[str]

    @cached_property
    def grammar(self) -> str:
        """GBNF; as text the record is the whole answer."""
        return f"root ::= {self.sequence}\n{self.rules}"

    @property
    def sequence(self) -> str:
        """Its marks and parts in GBNF; a part that is a choice of words is a rule of its name."""
        told = [_quoted(self.marks[0])]
        for mark, (name, part) in zip(self.marks[1:], self.parts.items(), strict=True):
            told += [name if isinstance(part, Words) else part.grammar, _quoted(mark)]
        return " ".join(told)

    @property
    def rules(self) -> str:
        return "".join(
            f"{name} ::= {' | '.join(map(_quoted, part.words))}\n"
            for name, part in self.parts.items()
            if isinstance(part, Words)
        )

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        return {
            "type": "object",
            "properties": {name: part.schema for name, part in self.parts.items()},
            "required": list(self.parts),
            "additionalProperties": False,
        }

    def fits(self, answer: Mapping[str, str]) -> bool:
        """Are all parts of an answer as described? What a chat server says is checked with this, whether it kept the schema or not."""
        return all(_fits(part, answer.get(name)) for name, part in self.parts.items())


@dataclass(frozen=True)
class Listing:
    """Up to `most` records after one another, on a line; the word `nothing` where there are none. `name`: its key in JSON."""

    name: str
    of: Record
    most: int
    nothing: str

    @cached_property
    def grammar(self) -> str:
        """GBNF of the whole answer, with the end of the line."""
        each = " ".join(["one", *["one?"] * (self.most - 1)])
        return f'root ::= ({_quoted(f" {self.nothing}")} | {each}) "\\n"\none ::= {self.of.sequence}\n{self.of.rules}'

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        return {
            "type": "object",
            "properties": {self.name: {"type": "array", "maxItems": self.most, "items": self.of.schema}},
            "required": [self.name],
            "additionalProperties": False,
        }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _fits(part: Words | Phrase, text: Any) -> bool:
    if not isinstance(text, str):
        return False
    return text in part.words if isinstance(part, Words) else re.fullmatch(part.schema["pattern"], text) is not None


EXPRESSION = Record({name: Words(words) for name, words in LABELS.items()}, (*" " * len(LABELS), "\n"))
"""Labels of a face: ` 크게 보통 보통 활짝`."""
FACT = Record(
    {
        "key": Phrase("[가-힣A-Za-z]", "[가-힣A-Za-z0-9 ]", MAX_KEY),
        # A short phrase of visible characters; brackets would end it.
        "value": Phrase(r"[^\n\r\t \[\]:]", r"[^\n\r\t\[\]]", MAX_VALUE),
    },
    (" [", ": ", "]"),
)  # fmt: skip
VALUE = Record({"value": FACT.parts["value"]}, (" ", "]"))
"""The rest of a memo whose key is known: ` 과장]`."""
MEMO = Listing("facts", FACT, MAX_FACTS, NOTHING)
"""What the user said of himself: ` [이름: 지우] [직업: 간호사]`, or ` 없음`."""
ENDING = Record({"now": Words((OVER, STANDS))}, (" ", "\n"))
"""Whether a message ends what was known: ` 끝`, ` 그대로`."""
