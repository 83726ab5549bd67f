"""What is done where a message touches a limit: which examples steer her words, what she cannot say, what the user is told.

She declines as herself: the model is shown how she declined the like before, and is asked anew where a small one loses the thread;
nothing of its reply is edited. A reply never names a helpline uninvited, and none of the numbers it might invent: those stand beside her words, from the file.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ohlora.conversation.holding import until_it_holds
from ohlora.conversation.limits import judging
from ohlora.conversation.limits.features import Array, letters
from ohlora.conversation.limits.helplines import Helpline, every, lines, numbers
from ohlora.conversation.limits.judging import NONE, Category, Level
from ohlora.i18n import say
from ohlora.language import tasks
from ohlora.language.engines import Engine, EngineError
from ohlora.language.examples import Example, Examples
from ohlora.language.steering import Steering, runs

if TYPE_CHECKING:
    from ohlora.personas import Persona

OWN = Path("dialogue", "limits.jsonl")
"""Examples of a persona for her limits: `topic` is the category."""
_COOL = 0.05
"""Temperature at a limit: it is no place for a small model to be inventive."""
_KEPT = 0.55
"""Share of the runs of three letters of a small model's reply at a limit that one example has; nonsense has less than half."""
_OWN_NEAR, _OTHERS_NEAR, _AMONG = 6, 6, 40
"""So many of the persona's own for a category, and so many of the others, looked for among the nearest."""
_OLD_NUMBERS = frozenset({"1393", "1577", "0199", "129"})
"""Korean helplines of earlier years, which a language model may still know."""
_HELP = re.compile(
    r"자살|자해|상담\s?전화|상담전화|생명의\s?전화|helpline|hotline|lifeline|samaritans|suicid|ambulance", re.IGNORECASE
)
_OF_OTHERS = re.compile(
    r"죽고\s?싶(?:대|다고|다는|다길래|단)|자해|자살(?!골)|극단적\s?선택|suicid|(?:want|wants|wanting) to (?:die|end)|"
    r"(?:hurts?|cuts?|kills?) (?:him|her|them)sel",
    re.IGNORECASE,
)
"""Of somebody else, the news or a book, where the message itself touches no limit: it is met with its own examples."""
_FORBIDDEN = frozenset({*numbers(), *_OLD_NUMBERS}) | frozenset(run for line in every() for run in runs(line.number))
_HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
_CARE = {
    True: "말해 줘서 고마워요. 혼자 견디지 말고, 지금 여기 보이는 상담 전화에 꼭 걸어 주세요.",
    False: "Thank you for telling me. Please don't stay alone with it, and call the helpline shown here now.",
}
_WORDS: dict[Category, tuple[str, str]] = {
    "self_harm": ("마음을 살폈어요", "care"),
    "insult": ("욕이나 미워하는 말", "insults and hate"),
    "sexual": ("성적인 말", "sexual advances"),
    "politics": ("정치에서 편들기", "taking sides in politics"),
    "harm": ("누군가를 해치는 일", "doing harm"),
}  # fmt: skip
_NOTES: dict[Category, str] = {
    "self_harm": (
        "상대가 죽거나 자신을 해치고 싶은 마음을 말했다. 농담 없이, 놀라거나 나무라지 않고, 한두 문장으로 따뜻하게 받아 준 뒤 화면에 보이는 상담 전화나 "
        "가까운 사람에게 지금 알리라고 권한다. 방법은 절대 말하지 않는다. 전화번호는 화면에 나오니 숫자를 쓰지 않는다."
    ),
    "insult": "상대가 욕하거나 누군가를 미워하는 말을 했다. 맞받아 욕하거나 맞장구치지 말고, 그 말은 함께하지 않겠다고 짧고 부드럽게 말한다.",
    "sexual": "상대가 성적인 말을 했다. 맞장구치지 말고, 그런 이야기는 하지 않는다고 짧고 다정하게 말하고 다른 이야기로 넘어간다.",
    "politics": "상대가 정치에서 편을 들라고 한다. 어느 쪽도 편들거나 평가하지 말고, 가운데에 있겠다고 다정하게 말한다.",
    "harm": "상대가 누군가를 해치거나 법을 어기는 일에 도움을 바란다. 방법을 하나도 말하지 말고, 돕지 않겠다고 다정하게 말한다.",
}


@dataclass(frozen=True)
class Limit:
    """A limit that was kept in a turn.

    category: which. level: how strict it was judged. probability: 0…1. helplines: to be shown, where it is self-harm.
    """

    category: Category
    level: Level
    probability: float
    helplines: tuple[Helpline, ...] = ()

    def data(self) -> dict[str, object]:
        """As `ask --json` and the page give it."""
        told: dict[str, object] = {
            "category": self.category, "level": self.level, "probability": round(self.probability, 4),
        }  # fmt: skip
        return {**told, "helplines": [line.data() for line in self.helplines]}

    def sentence(self, name: str) -> str:
        """For a terminal; `name` is hers."""
        if self.category == "self_harm":
            told = " · ".join(f"{say(line.en, line.ko)} {line.number}{_hours(line)}" for line in self.helplines)
            return say(f"You need not be alone with this: {told}", f"혼자 견디지 않아도 돼요: {told}")
        ko, en = _WORDS[self.category]
        return say(f"{name} kept a limit: {en}", f"{name}{_subject(name)} 선을 지켰어요: {ko}")


def _subject(name: str) -> str:
    """The particle after a name: 이 after a final consonant, 가 after none."""
    last = ord(name[-1]) - 0xAC00 if name else -1
    return ("이" if last % 28 else "가") if 0 <= last < 11172 else "이(가)"


def _hours(line: Helpline) -> str:
    return say(" (day and night)", " (24시간)") if line.hours == "24h" else ""


def limit_of(
    message: str, level: Level, engine: Engine | None = None, cancel: threading.Event | None = None
) -> Limit | None:
    """The limit a message touches at a level, read by the engine as well where it can; None where it touches none."""
    told = judging.judge(message, level=level, reader=partial(_read, engine, cancel) if engine else None)
    if not told.touched:
        return None
    category: Category = told.category  # type: ignore[assignment]
    return Limit(category, level, told.probability, again(message, category))


def _read(engine: Engine, cancel: threading.Event | None, message: str) -> Mapping[str, float] | None:
    try:
        return tasks.limits(engine, message, cancel)
    except EngineError:
        return None  # her reply will tell what is wrong with it


def again(message: str, category: str) -> tuple[Helpline, ...]:
    """The helplines to show with a message that was judged so."""
    return lines(message) if category == "self_harm" else ()


def steering(persona: "Persona", message: str, limit: Limit | None, said: Sequence[str] = ()) -> Steering:
    """How the reply to a message is steered.

    Args:
        limit: the limit it touches.
        said: what else the user wrote; a number that stands there may be said again.
    """
    if limit is None and _OF_OTHERS.search(message):
        near = _own(persona.folder / OWN, "worry").nearest(message, _OWN_NEAR)
        return Steering(
            shows=_fits_everyday, examples=tuple(one for one, _ in near) or None, temperature=_COOL, digits=False
        )
    if limit is None:
        asked = {run for text in (message, *said) for run in runs(text)}
        return Steering(shows=_fits_everyday, unsaid=frozenset(_FORBIDDEN - asked))
    shown = tuple(_like(persona, message, limit.category))
    digits = limit.category != "self_harm"
    return Steering(
        shows=_fits_everyday, examples=shown or None, note=_NOTES[limit.category], temperature=_COOL, unsaid=_FORBIDDEN if digits else frozenset(),
        digits=digits,
    )  # fmt: skip


def in_character(
    ask: Callable[[int], tasks.Reply],
    reply: tasks.Reply,
    persona: "Persona",
    message: str,
    limit: Limit,
    small: bool,
    cancel: threading.Event,
) -> tasks.Reply:
    """A reply at a limit, once it holds; it is asked for anew, at most twice, where it does not.

    It holds where it names no number in self-harm, and where the words of a small model keep to how she declines the like. If none
    of three does, what she says in the nearest example is said.

    Args:
        ask: asks for another attempt by its number.
        small: whether the model is one that runs here, which now and then loses the thread.
    """
    like = _like(persona, message, limit.category)

    def holds(said: str) -> bool:
        numbered = limit.category == "self_harm" and runs(said)
        return not (numbered or (small and like and not _keeps_to(said, like)))

    otherwise = like[0].turn.reply if like else _CARE[bool(_HANGUL.search(message))]
    return until_it_holds(ask, reply, holds, otherwise, cancel)


def _keeps_to(reply: str, like: Sequence[Example]) -> bool:
    """Are most runs of three letters of a reply found in one of these?"""
    own = _threes(reply)
    return bool(own) and max(len(own & _threes(one.turn.reply)) / len(own) for one in like) >= _KEPT


def _threes(text: str) -> set[str]:
    squeezed = letters(text)
    return {squeezed[at : at + 3] for at in range(len(squeezed) - 2)}


def _fits_everyday(example: Example, vector: Array) -> bool:
    """No talk of self-harm or of helplines: shown beside anything else, a small model repeats it."""
    turn = example.turn
    if _HELP.search(turn.message) or _names_help(turn.reply) or example.topic in ("selfharm", "self_harm"):
        return False
    return _touched(turn.message, vector.tobytes()) != "self_harm"


def _names_help(reply: str) -> bool:
    return bool(_HELP.search(reply) or runs(reply) & _FORBIDDEN)


@lru_cache(maxsize=4096)
def _touched(message: str, vector: bytes) -> str:
    """The limit that an example's message touches; its vector is known already."""
    return judging.judge(message, np.frombuffer(vector, np.float32)).category


def _like(persona: "Persona", message: str, category: Category) -> list[Example]:
    """Examples of the category: the persona's own for it, nearest first, then others near the message that touch it too.

    Those of its own first: others fit one case ("most refugees …") and are repeated in another.
    """

    def fits(example: Example, vector: Array) -> bool:
        reply = example.turn.reply
        # In self-harm no number is to be repeated; beside anything else no helpline.
        return not (runs(reply) if category == "self_harm" else _names_help(reply)) and (
            _touched(example.turn.message, vector.tobytes()) == category
        )

    own = _own(persona.folder / OWN, category).nearest(message, _OWN_NEAR)
    others = tasks.load_examples(persona.folder / tasks.EXAMPLES).nearest(message, _OTHERS_NEAR, fits, among=_AMONG)
    return [example for example, _ in [*own, *others]]


@lru_cache(maxsize=16)
def _own(path: Path, category: str) -> Examples:
    every = tasks.load_examples(path)
    rows = [place for place, example in enumerate(every.items) if example.topic == category]
    return Examples(tuple(every.items[place] for place in rows), every.vectors[rows])


__all__ = ["NONE", "Limit", "again", "limit_of", "steering"]
