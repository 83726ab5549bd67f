"""Messages to learn remembering from, made of hand-written frames: what a user may type, and what of it is worth keeping.

A frame file has one frame a line, `message | memo`; the memo is one to three `[key: value]`, or `없음`, or `없음 &` for
small talk that may stand beside another message. `{job}` draws from the lexicon `@job = …`, `{job2}` another value of it;
`{job:이/가}` is the value with the particle its last sound asks for. Every draw is a function of the seed.

Knows nothing of models, prompts or how a training run uses the rows; nor whether a message sounds good: that is for the
writer of a frame.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ohlora.errors import InputError
from ohlora.language.prompt import MAX_FACTS, MAX_KEY, MAX_VALUE, NOTHING, Fact, facts_in
from ohlora.memory import gate

KOREAN = 0.85
"""Share of Korean messages."""
_DRESSED, _JOINED, _BARE, _RUN_TOGETHER = 0.35, 0.15, 0.3, 0.07
_LEADABLE = 9  # characters: nobody says "by the way, yes"
_TRIES = 12  # draws of one frame before it is passed over: a frame without slots has only so many forms

_SLOT = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"(?P<lexicon>[a-z_]+?)(?P<number>\d?)(?::(?P<particle>\S+))?")
_BESIDE = f"{NOTHING} &"
# After a consonant / after a vowel. Any other pair must be `이…/…` (이라서/라서) or `이었…/였…` to be one.
_PARTICLES = ("은/는", "을/를", "이/가", "과/와", "아/야", "이에요/예요")

_AT = "에"

# The last sound of a digit, and of a letter said by its Korean name: "" vowel, "ㄹ", or another consonant.
_DIGITS = dict(zip("0123456789", "ㅇㄹ ㅁ  ㄱㄹㄹ ", strict=True))
_LETTERS = {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ", "r": "ㄹ"}

_POLITE = re.compile(r"(?:요|니다|니까|죠|세요|습니까)(?=[\s.!?~…ㅋㅎㅠㅜ^,]|$)")
_GRAVE = re.compile(
    r"돌아가|죽|무지개|하늘나라|입원|수술|장례|유산|암 |암이|헤어|이혼|파혼|차였|잘렸|해고|우울|공황|힘들|아파|아프|아픈|사고|투병|치매|싫|짜증|화나|"
    r"울었|눈물|외로|슬|떨어졌|불합격|실직|진단|ㅠ|ㅜ|"
    r"died|passed away|surgery|hospital|divorc|broke up|dumped|laid off|cancer|depress|anxi|hate|sad|lonely|funeral|fired|cry",
    re.IGNORECASE,
)
# Does a message begin as a lead-in does, so that a second one would be one too many?
_LED = re.compile(
    r"(?:아|아니|응|어|음|근데|참|있잖아요?|헐|와|그나저나|그리고|네|넵|예|ㅇㅇ|ㄴㄴ|야|저기요?|오로라\S*|시스템|system|so|oh|well|btw|"
    r"actually|hey|no|nope|yeah|yes|yep|um|ok|haha|wait)\b",
    re.IGNORECASE,
)
_LEADS: Mapping[str, Sequence[str]] = {
    "both": ("아 맞다 ", "아 참 ", "참, ", "근데 ", "음 ", "음... ", "어 ", "그나저나 ", "아 ", "그건 그렇고 ", "아 그리고 ", "흠 ", "아니 근데 "),
    "casual": ("있잖아 ", "있잖아, ", "야 ", "저기 ", "오로라야 ", "아 맞다맞다 ", "하이, ", "얘기 좀 할게, "),
    "polite": ("있잖아요, ", "저기요 ", "오로라 님, ", "안녕하세요. ", "아 그런데요 ", "말 나온 김에요, ", "아 네 ", "그게요, "),
    "english": ("oh btw ", "so ", "well, ", "hey, ", "um, ", "oh, ", "anyway, ", "hi! ", "ok so ", "by the way, ", "hmm... ", "Aurora, "),
}  # fmt: skip
_TAILS: Mapping[str, Sequence[str]] = {
    "light": (" ㅋㅋ", "ㅋㅋㅋ", " ㅎㅎ", "ㅎㅎ", " ㅋㅋㅋㅋ", "~", "!", "!!", "...", "..", " 😊", " ^^", " ㅎ"),
    "grave": ("...", "..", " ㅠㅠ", " ㅠ", " 하..", "…"),
    "english": ("!", "...", " lol", " haha", " :)", "!!", " 😊", " tbh"),
    "english grave": ("...", "..", " :("),
}  # fmt: skip
_LAUGHS = "ㅋㅎㅠㅜ"
_AFTER_QUESTION = {" ㅋㅋ", " ㅎㅎ", " ㅋㅋㅋㅋ", " lol", " haha", " ㅠㅠ"}


@dataclass(frozen=True)
class Frame:
    """One way to say something; `facts` with slots as in the message. `beside`: small talk that may join another."""

    message: str
    facts: tuple[Fact, ...]
    beside: bool = False


@dataclass(frozen=True)
class Frames:
    """The frames of a file, and what their slots draw from."""

    frames: tuple[Frame, ...]
    lexicons: Mapping[str, tuple[str, ...]]


def rows(count: int, seed: int) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """Messages with what is worth keeping of each (nothing: an empty tuple), every message once.

    Args:
        count: how many; fewer come where the frames have no more to give.
        seed: the same seed gives the same rows.
    """
    rng = random.Random(seed)
    writers = [(_Writer(shipped(language), language == "en"), share) for language, share in _SHARES]
    seen: set[str] = set()
    made = missed = 0
    while made < count and missed < 2000:
        writer = rng.choices([w for w, _ in writers], [share for _, share in writers])[0]
        row = writer.row(rng, seen)
        if row is None:
            missed += 1
            continue
        made += 1
        yield row


def written() -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """Messages that were written out one by one, each with what is worth keeping of it."""
    for language, _ in _SHARES:
        for frame in _shipped(f"memos.{language}.txt").frames:
            yield frame.message, frame.facts


_SHARES = (("ko", KOREAN), ("en", 1 - KOREAN))


def shipped(language: str) -> Frames:
    """The frames that ship: `ko` or `en`."""
    return _shipped(f"frames.{language}.txt")


@cache
def _shipped(name: str) -> Frames:
    return parse(files("ohlora.memory").joinpath(f"data/{name}").read_text(encoding="utf-8"), name)


class _Writer:
    """Draws the frames of one language, each about equally often."""

    def __init__(self, book: Frames, english: bool) -> None:
        self.book, self.english = book, english
        self.beside = [frame for frame in book.frames if frame.beside]
        self.deck: list[Frame] = []

    def row(self, rng: random.Random, seen: set[str]) -> tuple[str, tuple[Fact, ...]] | None:
        """The next row that is not in `seen`, to which it is added; None where this frame has no new one."""
        if not self.deck:
            self.deck = list(self.book.frames)
            rng.shuffle(self.deck)
        frame = self.deck.pop()
        for _ in range(_TRIES):
            message, facts = fill(frame, self.book.lexicons, rng)
            message = self._composed(message, rng)
            if message not in seen:
                seen.add(message)
                return message, facts
        return None

    def _composed(self, message: str, rng: random.Random) -> str:
        beside = self._beside(message, rng) if rng.random() < _JOINED else ""
        if beside:
            first, second = (beside, message) if rng.random() < 0.5 else (message, beside)
            message = f"{_closed(first, rng)} {second}"
        if rng.random() < _DRESSED:
            message = self._dressed(message, rng)
        if message.endswith(".") and not message.endswith("..") and rng.random() < _BARE:
            message = message[:-1]
        if not self.english and rng.random() < _RUN_TOGETHER:
            message = _run_together(message, rng)
        return message

    def _beside(self, message: str, rng: random.Random) -> str:
        """Small talk in the same manner of speaking."""
        polite = bool(_POLITE.search(message))
        for _ in range(8):
            other, _ = fill(rng.choice(self.beside), self.book.lexicons, rng)
            if self.english or bool(_POLITE.search(other)) == polite:
                return other
        return ""

    def _dressed(self, message: str, rng: random.Random) -> str:
        """With a lead-in, a tail, or both."""
        kind = rng.random()
        if kind < 0.7 and len(message) >= _LEADABLE and not _LED.match(message):
            if self.english:
                leads: Sequence[str] = _LEADS["english"]
            else:
                leads = (*_LEADS["both"], *_LEADS["polite" if _POLITE.search(message) else "casual"])
            lead = rng.choice(leads)
            if (
                self.english
                and message.split()[0] not in ("I", "I'm", "I've", "I'd", "I'll")
                and message[1:2].islower()
            ):
                message = message[0].lower() + message[1:]
            message = lead + message
        if kind > 0.5:
            grave = bool(_GRAVE.search(message))
            tone = ("english grave" if grave else "english") if self.english else ("grave" if grave else "light")
            message = _tailed(message, rng.choice(_TAILS[tone]))
        return message


def _tailed(message: str, tail: str) -> str:
    if message.endswith("?"):
        return message + tail if tail in _AFTER_QUESTION else message
    if message[-1] in _LAUGHS or not (message[-1].isalnum() or message[-1] == "."):
        return message
    return message.rstrip(".") + tail


def _closed(sentence: str, rng: random.Random) -> str:
    """A sentence that another may follow."""
    if sentence[-1].isalnum() and sentence[-1] not in _LAUGHS and rng.random() < 0.9:
        return f"{sentence}."
    return sentence


def _run_together(message: str, rng: random.Random) -> str:
    """One or two spaces between Korean letters gone, as hasty people write."""
    for _ in range(rng.choice((1, 1, 2))):
        places = [match.start() for match in re.finditer(r"(?<=[가-힣]) (?=[가-힣])", message)]
        if places:
            place = rng.choice(places)
            message = message[:place] + message[place + 1 :]
    return message


def fill(frame: Frame, lexicons: Mapping[str, Sequence[str]], rng: random.Random) -> tuple[str, tuple[Fact, ...]]:
    """The frame's message and facts with its slots drawn: the same slot, the same value; `{job2}` is not `{job}`."""
    drawn: dict[str, str] = {}

    def draw(match: re.Match[str]) -> str:
        slot = _NAME.fullmatch(match[1])
        if slot is None:
            raise KeyError(match[1])
        name = slot["lexicon"] + slot["number"]
        if name not in drawn:
            taken = {value for other, value in drawn.items() if other.rstrip("0123456789") == slot["lexicon"]}
            drawn[name] = rng.choice([value for value in lexicons[slot["lexicon"]] if value not in taken])
        return drawn[name] + (particle(drawn[name], slot["particle"]) if slot["particle"] else "")

    message = _with_articles(_SLOT.sub(draw, frame.message))
    return message, tuple(Fact(fact.key, _with_articles(_SLOT.sub(draw, fact.value))) for fact in frame.facts)


def _with_articles(text: str) -> str:
    """ "a accountant" made "an accountant"."""
    return re.sub(r"\b([Aa]) (?=[aeioAEIO])", r"\1n ", text)


def particle(word: str, pair: str) -> str:
    """The form of a particle a word asks for: `이/가`, `이에요/예요`, … first after a consonant, second after a vowel.

    `으로` alone and pairs that begin with it are 로 after ㄹ too; `에` (at a time) is nothing after 내일 and its like.
    """
    if pair == _AT:
        return "" if re.search(r"(?:오늘|내일|모레|글피|어제)$", word) else pair
    consonant, _, vowel = pair.partition("/")
    if consonant.startswith("으로"):
        return consonant[1:] if _last_sound(word) in ("", "ㄹ") else consonant
    return consonant if _last_sound(word) else vowel


def _last_sound(word: str) -> str:
    """ "" where a word ends in a vowel, "ㄹ", or "ㅇ" for any other consonant."""
    last = word.rstrip(" .!?'\")")[-1:].lower()
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        return "" if not final else "ㄹ" if final == 8 else "ㅇ"
    return (_DIGITS.get(last) or _LETTERS.get(last, "")).strip()


def parse(text: str, where: str) -> Frames:
    """Reads a frame file.

    Raises:
        InputError: a line is neither frame, lexicon nor comment; a slot has no lexicon or its particle is none; a memo is
            none; a value is not in its message. With file and line.
    """
    lexicons: dict[str, tuple[str, ...]] = {}
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = raw.strip()
        if line.startswith("@"):
            name, values = _lexicon(line, where, number)
            lexicons[name] = (*lexicons.get(name, ()), *values)
        elif line and not line.startswith("#"):
            lines.append((number, line))
    frames, messages = [], set()
    for number, line in lines:
        frame = _frame(line, lexicons, where, number)
        if frame.message in messages:
            raise _wrong(where, number, "this message is there already", "같은 메시지가 이미 있습니다")
        messages.add(frame.message)
        frames.append(frame)
    return Frames(tuple(frames), lexicons)


def _wrong(where: str, number: int, en: str, ko: str) -> InputError:
    return InputError(f"{where}, line {number}: {en}", f"{where} {number}번째 줄: {ko}")


def _lexicon(line: str, where: str, number: int) -> tuple[str, list[str]]:
    name, equals, listed = line[1:].partition("=")
    name, values = name.strip(), [value.strip() for value in listed.split(",")]
    if not equals or not re.fullmatch(r"[a-z_]+", name) or not all(values):
        raise _wrong(
            where, number, "not a lexicon; write: @job = nurse, baker", "어휘가 아닙니다. 형식: @job = 간호사, 제빵사"
        )
    return name, values


def _frame(line: str, lexicons: Mapping[str, Sequence[str]], where: str, number: int) -> Frame:
    message, bar, memo = (part.strip() for part in line.rpartition("|"))
    if not bar or not message:
        raise _wrong(
            where, number, "not a frame; write: message | [key: value]", "틀이 아닙니다. 형식: 메시지 | [키: 값]"
        )
    facts = facts_in(memo)
    if memo not in (NOTHING, _BESIDE) and (not 0 < len(facts) <= MAX_FACTS or " ".join(map(str, facts)) != memo):
        raise _wrong(
            where, number, f"{memo!r} is no memo; write [key: value], up to {MAX_FACTS}, or {NOTHING}",
            f"{memo!r}은(는) 메모가 아닙니다. [키: 값]을 {MAX_FACTS}개까지 쓰거나 {NOTHING}이라고 쓰세요",
        )  # fmt: skip
    _check_slots(message, " ".join(fact.value for fact in facts), lexicons, where, number)
    frame = Frame(message, facts, memo == _BESIDE)
    filled, found = fill(frame, lexicons, random.Random(number))
    for fact in found:
        if len(fact.key) > MAX_KEY or len(fact.value) > MAX_VALUE or not gate.grounded(fact.value, filled):
            raise _wrong(
                where, number, f"{fact} is too long or not in the message {filled!r}",
                f"{fact}은(는) 너무 길거나 메시지 {filled!r}에 없습니다",
            )  # fmt: skip
    return frame


def _check_slots(message: str, values: str, lexicons: Mapping[str, Sequence[str]], where: str, number: int) -> None:
    said = set()
    for whole in _SLOT.findall(message):
        slot = _NAME.fullmatch(whole)
        if slot is None or slot["lexicon"] not in lexicons:
            raise _wrong(where, number, f"{{{whole}}} has no lexicon", f"{{{whole}}}에 어휘가 없습니다")
        if slot["particle"] and not _is_particle(slot["particle"]):
            raise _wrong(
                where, number, f"{slot['particle']!r} is no particle", f"{slot['particle']!r}은(는) 조사가 아닙니다"
            )
        said.add(slot["lexicon"] + slot["number"])
    for whole in _SLOT.findall(values):
        if whole.partition(":")[0] not in said:
            raise _wrong(
                where,
                number,
                f"{{{whole}}} of the memo is not in the message",
                f"메모의 {{{whole}}}이(가) 메시지에 없습니다",
            )
    if re.search(r"[{}]", _SLOT.sub("", message + values)):
        raise _wrong(where, number, "a brace is not closed", "중괄호가 닫히지 않았습니다")


def _is_particle(pair: str) -> bool:
    consonant, slash, vowel = pair.partition("/")
    if pair == _AT:
        return True
    if consonant == "으로":
        return not slash or vowel == "로"
    past = vowel.startswith("였") and consonant == f"이었{vowel[1:]}"
    return pair in _PARTICLES or past or (bool(slash) and consonant == f"이{vowel}")
