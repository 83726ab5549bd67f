"""The text form in which the language model sees a conversation, and the cleaning of what goes into it.

One form for all: the shipped adapter is trained on it and a base model is prompted with it. A line belongs to one
speaker; nothing a user types can start a new one.

    {what the persona is: one paragraph, always the same, so a prompt cache holds it}
    사용자: …
    오로라: …
    표정: 크게 보통 보통 활짝          eyes mouth pose smile, only where a turn has labels
    메모: [반려동물: 고양이 나비]       what the user said of himself and is worth keeping, or 없음
    요약: 고양이 나비를 키운다는 이야기

Before 사용자 may stand, where they matter: 지난 대화 (summary of an earlier exchange), 기억 (a recalled fact with its date,
one a line) and 지금 (date and time). Knows nothing of engines, and nothing of which examples are worth showing.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

USER = "사용자"
PREVIOUS = "지난 대화"
RECALLED = "기억"
NOW = "지금"
EXPRESSION = "표정"
MEMO = "메모"
SUMMARY = "요약"
NOTHING = "없음"
OVER, STANDS = "끝", "그대로"
"""What a message does to a fact that was known before it."""
LIMIT = "선"
LIMITS: Mapping[str, str] = {
    "self_harm": "자해", "insult": "욕", "sexual": "성", "politics": "정치", "harm": "위해", "none": NOTHING,
}  # fmt: skip
"""Which of her limits a message touches → the word for it; no two begin with the same token."""

MAX_KEY, MAX_VALUE, MAX_FACTS = 16, 40, 3
"""Characters of a fact's key and value; facts in one memo."""

# Attribute → labels, from least to most. The order of the attributes is the order on the 표정 line.
LABELS: Mapping[str, tuple[str, ...]] = {
    "eyes": ("작게", "보통", "크게", "아주 크게"),
    "mouth": ("보통", "크게", "아주 크게"),
    "pose": ("없음", "보통", "많이"),
    "smile": ("없음", "약간", "활짝"),
}

# English words that mean a label, per attribute; Korean labels are always understood.
_ENGLISH: Mapping[str, Mapping[str, str]] = {
    "eyes": {"small": "작게", "normal": "보통", "large": "크게", "wide": "크게", "very large": "아주 크게"},
    "mouth": {"normal": "보통", "large": "크게", "wide": "크게", "very large": "아주 크게"},
    "pose": {"none": "없음", "normal": "보통", "much": "많이"},
    "smile": {"none": "없음", "slight": "약간", "bright": "활짝"},
}

_WEEKDAYS = "월화수목금토일"
# A message that asks for the date or the time; only then does the prompt tell it.
_ASKS_NOW = re.compile(
    r"몇\s*시|며칠|몇\s*일|날짜|요일|몇\s*월|몇\s*년도|올해|몇\s*년이|지금\s*시간|현재\s*시간"
    r"|what time|the time|what day|what date|today'?s date|which (day|year|month)|what (year|month)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fact:
    """Something the user said of himself, `[key: value]`; `date`, where known, is when he said it, as it is to be read."""

    key: str
    value: str
    date: str = ""

    def __str__(self) -> str:
        return f"[{self.key}: {self.value}]{f' ({self.date})' if self.date else ''}"


@dataclass(frozen=True)
class Turn:
    """One exchange: what the user said and what the persona answered, and what is known of it.

    labels: of her face. facts: worth keeping; None where nobody has looked. summary: one short phrase.
    """

    message: str
    reply: str
    labels: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[Fact, ...] | None = None
    summary: str = ""


def known_label(attribute: str, word: object) -> str | None:
    """The label a word means for an attribute, None where it means none."""
    if not isinstance(word, str):
        return None
    word = " ".join(word.split())
    return word if word in LABELS[attribute] else _ENGLISH[attribute].get(word.lower())


_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")


def visible(text: str) -> str:
    """Control, zero-width and surrogate characters dropped, white space of any kind made a space.

    The zero-width joiner stays, since emoji are made with it, and so do variation selectors.
    """
    text = text.encode("utf-8", "ignore").decode("utf-8")
    spaced = (" " if ch.isspace() else ch for ch in text)
    return "".join(ch for ch in spaced if ch == "\u200d" or unicodedata.category(ch) not in _INVISIBLE)


def clean(text: str) -> str:
    """One line of visible text in NFC, white space joined: nothing in it can start another speaker's line."""
    return " ".join(visible(unicodedata.normalize("NFC", text)).split())


def shorten(text: str, limit: int) -> tuple[str, bool]:
    """Keeps head and tail of a text longer than `limit` characters; returns it and whether it was cut."""
    if len(text) <= limit:
        return text, False
    head = limit * 2 // 3
    return f"{text[:head].rstrip()} … {text[-(limit - head - 3) :].lstrip()}", True


def asks_now(message: str) -> bool:
    """Does the message ask for today's date, weekday or the time?"""
    return _ASKS_NOW.search(message) is not None


def now_line(now: datetime | str) -> str:
    """`지금: 2026년 3월 5일 목요일 오후 2시 10분`; a string is taken as written."""
    if isinstance(now, str):
        return f"{NOW}: {now}\n"
    half, hour = ("오전", now.hour) if now.hour < 12 else ("오후", now.hour - 12)
    minute = f" {now.minute}분" if now.minute else ""
    day = f"{now.year}년 {now.month}월 {now.day}일 {_WEEKDAYS[now.weekday()]}요일"
    return f"{NOW}: {day} {half} {hour or 12}시{minute}\n"


def expression_line(labels: Mapping[str, str]) -> str:
    """`표정: 크게 보통 보통 활짝`, with the newline."""
    return f"{EXPRESSION}: {' '.join(labels[name] for name in LABELS)}\n"


def memo_line(facts: Sequence[Fact]) -> str:
    """`메모: [이름: 지우] [직업: 간호사]` or `메모: 없음`, with the newline."""
    return f"{MEMO}: {' '.join(map(str, facts)) or NOTHING}\n"


_FACT = re.compile(r"\[([^\[\]:]+):([^\[\]]+)\]")


def facts_in(text: str) -> tuple[Fact, ...]:
    """The `[key: value]` in a text, in order; none where it holds none."""
    pairs = ((key.strip(), value.strip()) for key, value in _FACT.findall(text))
    return tuple(Fact(key, value) for key, value in pairs if key and value)


def turn_text(name: str, turn: Turn, *, now: datetime | str | None = None) -> str:
    """One finished turn with the labels of her face, ending in a newline; `name` is the persona's."""
    line = expression_line(turn.labels) if turn.labels else ""
    return f"{open_turn(name, turn.message, now=now)} {turn.reply}\n{line}"


def open_turn(
    name: str,
    message: str,
    *,
    now: datetime | str | None = None,
    recalled: Iterable[Fact] = (),
    previous: str = "",
) -> str:
    """A turn up to where the reply begins; ends in the colon, since the model's tokens carry their leading space.

    Args:
        recalled: facts of memory that matter here.
        previous: summary of an earlier exchange that goes on here.
    """
    before = f"{PREVIOUS}: {previous}\n" if previous else ""
    before += "".join(f"{RECALLED}: {fact}\n" for fact in recalled)
    return f"{before}{now_line(now) if now else ''}{USER}: {message}\n{name}:"


def conversation(
    description: str,
    name: str,
    turns: Iterable[Turn],
    message: str,
    *,
    now: datetime | str | None = None,
    recalled: Iterable[Fact] = (),
    previous: str = "",
) -> str:
    """The whole prompt: description, turns (examples first, then history), and the open turn."""
    told = "".join(turn_text(name, turn) for turn in turns)
    return f"{description}\n{told}{open_turn(name, message, now=now, recalled=recalled, previous=previous)}"


def expression_prompt(prompt: str, reply: str) -> str:
    """The prompt of the reply, continued to where the labels begin: a prompt cache has nearly all of it."""
    return f"{prompt} {reply}\n{EXPRESSION}:"


def memory_prompt(prompt: str, reply: str, labels: Mapping[str, str]) -> str:
    """The prompt of the expression, continued to where the memo begins."""
    return f"{prompt} {reply}\n{expression_line(labels) if labels else ''}{MEMO}:"


def memo_prompt(message: str) -> str:
    """The message alone, up to where the memo begins: for an adapter that has learnt nothing else."""
    return f"{USER}: {message}\n{MEMO}:"


def over_prompt(message: str, fact: Fact) -> str:
    """The message and a fact known before it, up to where is said whether it is OVER now or STANDS; begins as `memo_prompt`."""
    return f"{USER}: {message}\n{RECALLED}: {fact}\n{NOW}:"


def instead_prompt(message: str, fact: Fact) -> str:
    """Continues `over_prompt` after OVER, up to where is said what now stands in the fact's place (NOTHING where nothing does)."""
    return f"{over_prompt(message, fact)} {OVER} [{fact.key}:"


def limit_prompt(message: str) -> str:
    """The message alone, up to where is said which of her limits it touches; begins as `memo_prompt`."""
    return f"{USER}: {message}\n{LIMIT}:"


def summary_prompt(prompt: str, reply: str, labels: Mapping[str, str], facts: Sequence[Fact]) -> str:
    """The prompt of the memo, continued to where the summary begins."""
    return f"{prompt} {reply}\n{expression_line(labels) if labels else ''}{memo_line(facts)}{SUMMARY}:"


def stop_strings(name: str) -> Sequence[str]:
    """Where a reply ends: at the end of the line, or where a speaker's marker starts."""
    return ("\n", f"{USER}:", f"{name}:", f"{EXPRESSION}:", f"{MEMO}:")
