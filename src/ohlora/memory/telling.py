"""Does a message tell what is proposed of it? "i am a puddle. i am soup" tells no [job: soup].

What a small model proposes it is asked about once more, fact by fact, and has learnt the answer from what it once proposed wrongly
(`data/told.*.txt`): in a file one line is `[key: value] | message | 참` or `… | 거짓` (true, false). Knows nothing of models and prompts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ohlora.errors import InputError
from ohlora.language.prompt import Fact as Told
from ohlora.language.prompt import facts_in

_ANSWERS = {"참": True, "거짓": False, "true": True, "false": False}


@dataclass(frozen=True)
class Claim:
    """What is proposed of a message, and whether the message tells it."""

    fact: Told
    message: str
    told: bool


def written() -> Iterator[Claim]:
    """The claims that ship."""
    for language in ("ko", "en"):
        yield from _shipped(f"told.{language}.txt")


@cache
def _shipped(name: str) -> tuple[Claim, ...]:
    return tuple(parse(files("ohlora.memory").joinpath(f"data/{name}").read_text(encoding="utf-8"), name))


def parse(text: str, name: str) -> Iterator[Claim]:
    """The claims of a file's text; `name` is for messages.

    Raises:
        InputError: a line is no claim.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        said, _, rest = line.partition(" | ")
        message, _, answer = (part.strip() for part in rest.rpartition(" | "))
        facts = facts_in(said)
        if len(facts) != 1 or not message or answer not in _ANSWERS:
            raise InputError(
                f"{name}, line {number}: not of the form `[key: value] | message | true`",
                f"{name} {number}번째 줄: `[키: 값] | 메시지 | 참` 형식이 아닙니다",
            )
        yield Claim(facts[0], message, _ANSWERS[answer])
