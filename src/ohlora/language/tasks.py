"""What a turn asks of a language engine: the persona's reply, and the expression that goes with it.

A reply streams and has real ends: the end of her line, a bound on its length, the detection of a loop, a cancel. An
expression is always one of the fixed labels: text engines are held to them by a grammar, so that every label is a choice
among the allowed ones by the model's own probabilities; answers of chat servers are checked strictly.

Knows nothing of engines' insides, of faces or of how conversations are kept.
"""

import json
import logging
import math
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ohlora.language import examples as dialogue
from ohlora.language import forms
from ohlora.language.engines import (
    SPOKEN,
    Completion,
    Engine,
    EngineError,
    Message,
    PromptTooLong,
    Sampling,
    Timing,
    Weighs,
)
from ohlora.language.prompt import (
    LABELS,
    LIMITS,
    MAX_KEY,
    MAX_VALUE,
    MEMO,
    NOTHING,
    OVER,
    PREVIOUS,
    RECALLED,
    STANDS,
    SUMMARY,
    USER,
    Fact,
    Turn,
    asks_now,
    clean,
    conversation,
    expression_prompt,
    facts_in,
    instead_prompt,
    known_label,
    limit_prompt,
    memo_line,
    memo_prompt,
    memory_prompt,
    now_line,
    over_prompt,
    shorten,
    stop_strings,
    summary_prompt,
    visible,
)
from ohlora.language.steering import FREE, Steering

if TYPE_CHECKING:
    from ohlora.personas import Persona

__all__ = [
    "LABELS", "NEUTRAL", "Exchange", "Expression", "Fact", "Reply", "Steering", "expression", "memory", "reply", "summary",
    "warm_up",
]  # fmt: skip

Exchange = Turn
"""One earlier turn: `message`, `reply`."""

Ended = Literal["stop", "length", "loop", "cancelled"]

ADAPTER = SPOKEN
MEMORY_ADAPTER = "memory"
"""One that reads the message alone: what to keep of it, what it ends, which limit it touches (`prompt.memo_prompt` and the like);
without it the other writes memos too."""
EXAMPLES = Path("dialogue", "examples.jsonl")
NEUTRAL: Mapping[str, str] = {"eyes": "보통", "mouth": "보통", "pose": "없음", "smile": "약간"}
MAX_MESSAGE = 1200
MAX_HISTORY = 700
LATEST = 2
"""Turns that stand right before the message, after the examples; the older ones stand before these, where the engine has read them."""
FORGOTTEN = 4
"""Turns that leave the prompt at once: each time some leave, all that comes after is read anew."""
MAX_TOKENS = 96
MAX_REPLY = 220
MAX_SUMMARY = 60
RELUCTANCE = -1.4
"""Nats on "nothing to remember", of an adapter for all tasks: it says so too readily, and proposes what it holds likelier than one in five;
the gate decides (docs/measurements.md)."""

MORE = 2.5
"""Nats by which an adapter that reads the message alone is moved towards a further fact after one: a small model stops after the main news.
The first fact is neither favoured nor held back. The gate decides (docs/training.md)."""

DOUBT = 1.2
"""Nats by which "it is over" must be likelier than "it stands"."""
_ANSWERED = 0.5
"""Share of the probability that the words of `LIMITS` must have together, or the adapter has not learnt to say them."""


@dataclass(frozen=True)
class Style:
    """How one kind of engine is asked, each value measured (docs/language.md)."""

    examples: int
    sampling: Sampling
    labelled: bool
    turns: int | None = None
    """Most earlier turns of the conversation that are shown; None: as many as fit."""


TUNED = Style(
    2, Sampling(temperature=0.3, top_k=40, top_p=0.95, min_p=0.1, repeat_penalty=1.05), labelled=True, turns=2
)
PLAIN = Style(6, Sampling(temperature=0.4, top_k=40, top_p=0.95, min_p=0.1, repeat_penalty=1.05), labelled=True)
CHAT = Style(4, Sampling(temperature=0.7, top_p=0.95), labelled=False)

REPLY_GRAMMAR = FREE.grammar()
# A token a byte at worst, as in a model that was never taught these words; the grammar ends the line long before.
EXPRESSION_TOKENS = sum(max(len(label.encode()) for label in labels) + 1 for labels in LABELS.values()) + 1
SUMMARY_GRAMMAR = rf"""root ::= " " [가-힣A-Za-z0-9] [가-힣ㄱ-ㅎㅏ-ㅣA-Za-z0-9 .,!?~'"%+()·:;&/°₩$€-]{{1,{MAX_SUMMARY}}} "\n"
"""

_LOG = logging.getLogger(__name__)
# The same stretch three times over; or one character twelve times (laughter and dots may repeat a little).
_LOOP = re.compile(r"(?P<unit>.{2,60}?)(?P=unit){2}$|(?P<char>.)(?P=char){11}$", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…~][\"')]*(?=\s|$)")


class Expression(dict[str, str]):
    """Labels of eyes, mouth, pose and smile. `fallback`: the engine named none, these are neutral ones."""

    def __init__(self, labels: Mapping[str, str], *, fallback: bool = False) -> None:
        super().__init__(labels)
        self.fallback = fallback


@dataclass
class Reply:
    """A reply under way: iterate it once for pieces of text, then read the rest.

    Attributes:
        text: the reply; where a loop or an over-long sentence was cut off, shorter than what was streamed.
        ended_by: why it ended.
        cut: the message was too long for the context and was shown to the model without its middle.
        timing: of the completion.
        prompt: what a text engine was asked (its cache holds it, so `expression` goes on from there).
    """

    pieces: Iterator[str] = field(repr=False)
    text: str = ""
    ended_by: Ended = "stop"
    cut: bool = False
    timing: Timing = field(default_factory=Timing)
    prompt: str | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[str]:
        return self.pieces


def reply(
    engine: Engine,
    persona: "Persona",
    history: Sequence[Exchange],
    message: str,
    *,
    now: datetime | None = None,
    recalled: Sequence[Fact] = (),
    previous: str = "",
    cancel: threading.Event | None = None,
    seed: int = 0,
    style: Style | None = None,
    steering: Steering = FREE,
) -> Reply:
    """The persona's reply to a message; nothing is generated before it is iterated.

    Args:
        engine: who speaks.
        persona: as whom.
        history: earlier turns, oldest first; the newest that fit are shown.
        message: what the user said.
        now: told to the model only where the message asks for date or time.
        recalled: facts of memory that matter here; shown as what they are, one a line.
        previous: summary of an earlier exchange that goes on here.
        cancel: ends the reply at once when set.
        seed: same seed, same words.
        style: another way of asking (for measurements).
        steering: which examples are shown, and what the reply does not say.

    Raises:
        EngineError: while iterating: the engine failed, or said nothing in three attempts.
    """
    said, cut = shorten(clean(message), MAX_MESSAGE)
    answer = Reply(iter(()), cut=cut)
    stop = cancel or threading.Event()
    known = _Known(
        now if asks_now(said) else None, tuple(map(_shown_fact, recalled)), shorten(clean(previous), MAX_SUMMARY)[0],
        steering,
    )  # fmt: skip
    answer.pieces = _stream(answer, engine, persona, list(history), said, known, stop, seed, style or _style(engine))
    return answer


@dataclass(frozen=True)
class _Known:
    """What is shown beside a message: the clock, facts of memory, the last summary; and how the reply is steered."""

    now: datetime | None
    recalled: tuple[Fact, ...]
    previous: str
    steering: Steering = FREE

    def lines(self) -> str:
        """For a system message."""
        told = [now_line(self.now).strip()] if self.now else []
        told += [f"{RECALLED}: {fact}" for fact in self.recalled]
        return "\n".join([*told, *([f"{PREVIOUS}: {self.previous}"] if self.previous else [])])


def _shown_fact(fact: Fact) -> Fact:
    """On one line and short, whatever it holds: data, never a line of a speaker."""
    return Fact(clean(fact.key)[:MAX_KEY], shorten(clean(fact.value), 2 * MAX_VALUE)[0], clean(fact.date))


def _stream(
    answer: Reply,
    engine: Engine,
    persona: "Persona",
    history: list[Exchange],
    message: str,
    known: _Known,
    cancel: threading.Event,
    seed: int,
    style: Style,
) -> Iterator[str]:
    for attempt in range(3):
        try:
            completion = _ask(answer, engine, persona, history, message, known, cancel, seed + 7919 * attempt, style)
            yield from _bounded(answer, completion)
        except PromptTooLong:
            if attempt == 2:
                raise
            history, (message, answer.cut) = [], shorten(message, len(message) // 3)
            continue
        if answer.text or answer.ended_by == "cancelled":
            return
    raise EngineError(
        f"the language model {engine.name} said nothing; say it another way, or choose another model with --llm",
        f"언어 모델 {engine.name}이(가) 아무 말도 하지 않았습니다. 다르게 말하거나 --llm으로 다른 모델을 고르세요",
    )


def _ask(
    answer: Reply,
    engine: Engine,
    persona: "Persona",
    history: Sequence[Exchange],
    message: str,
    known: _Known,
    cancel: threading.Event,
    seed: int,
    style: Style,
) -> Completion:
    card = persona.card
    steering = known.steering
    shown = _shown(persona, message, style, steering)
    recent = _recent(history, style.turns)
    if engine.form == "chat":
        told = "\n\n".join(part for part in (known.lines(), steering.note) if part)
        system = card.system_message() + (f"\n\n{told}" if told else "")
        return engine.complete(
            _messages(system, [*shown, *recent], message),
            max_tokens=2 * MAX_TOKENS, sampling=style.sampling, stop=("\n\n",), seed=seed, cancel=cancel,
        )  # fmt: skip
    sampling = style.sampling
    if steering.temperature is not None:
        sampling = replace(sampling, temperature=steering.temperature)
    answer.prompt = conversation(
        card.prefix, card.char, [*recent[:-LATEST], *shown, *recent[-LATEST:]], message,
        now=known.now, recalled=known.recalled, previous=known.previous,
    )  # fmt: skip
    return engine.complete(
        answer.prompt,
        max_tokens=MAX_TOKENS, sampling=sampling, stop=stop_strings(card.char), seed=seed,
        grammar=steering.grammar(), adapter=_adapter(engine), cancel=cancel,
    )  # fmt: skip


def _bounded(answer: Reply, completion: Completion) -> Iterator[str]:
    """Passes pieces on, watching for a loop and for the length; sets how the reply ended."""
    told = ""
    ended: Ended | None = None
    answer.timing = completion.timing
    try:
        for piece in completion:
            new = visible(piece) if told else visible(piece).lstrip()
            if not new:
                continue
            told += new
            yield new
            if loop := _LOOP.search(told):
                told, ended = told[: loop.start()] + (loop["unit"] or loop["char"]), "loop"
                break
            if len(told) > MAX_REPLY:
                told, ended = told[:MAX_REPLY], "length"
                break
    finally:
        completion.close()
    answer.ended_by = ended or completion.ended_by
    answer.text = _whole_sentences(told) if answer.ended_by in ("length", "loop") else told.strip()


def _whole_sentences(text: str) -> str:
    """Cut after the last finished sentence, if that keeps at least a third."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]].strip() if ends and ends[-1] * 3 >= len(text) else text.strip()


def expression(engine: Engine, persona: "Persona", message: str, reply: "str | Reply") -> Expression:
    """The labels of her face for a reply; always within LABELS.

    Args:
        reply: the reply's text, or better the `Reply` itself: its prompt is then continued from the engine's cache.

    Raises:
        EngineError: the engine failed.
    """
    text = clean(reply if isinstance(reply, str) else reply.text)
    if not text:
        return Expression(NEUTRAL, fallback=True)
    said, _ = shorten(clean(message), MAX_MESSAGE)
    if engine.form == "chat":
        return _asked_expression(engine, persona, said, text)
    completion = engine.complete(
        expression_prompt(_prompt_of(engine, persona, said, reply), text),
        max_tokens=EXPRESSION_TOKENS,
        grammar=forms.EXPRESSION.grammar,
        adapter=_adapter(engine),
    )
    return _parsed("".join(completion))


def proposes(engine: Engine) -> bool:
    """Can this engine say what is worth remembering: has it learnt to, or is it a large one?"""
    return engine.form == "chat" or bool({ADAPTER, MEMORY_ADAPTER} & set(engine.adapters))


def reads_alone(engine: Engine) -> bool:
    """Has it an adapter that has learnt memos from the message alone? Then it knows when to propose none."""
    return MEMORY_ADAPTER in engine.adapters


def memory(
    engine: Engine, persona: "Persona", message: str, reply: "str | Reply", labels: Mapping[str, str] | None = None
) -> tuple[Fact, ...]:
    """What the user said of himself in this message and seems worth keeping; a proposal, nothing more.

    Args:
        reply: as for `expression`.
        labels: of the expression, where it was asked for: the engine's cache then holds all up to here.

    Raises:
        EngineError: the engine failed.
    """
    said, _ = shorten(clean(message), MAX_MESSAGE)
    text = clean(reply if isinstance(reply, str) else reply.text)
    if engine.form == "chat":
        return _asked_memory(engine, said)
    adapter = MEMORY_ADAPTER if reads_alone(engine) else _adapter(engine)
    if adapter == MEMORY_ADAPTER:
        asked = memo_prompt(said)
    elif adapter:
        asked = memory_prompt(_prompt_of(engine, persona, said, reply), text, labels or {})
    else:
        near = load_examples(persona.folder / EXAMPLES).nearest(said, 24)
        shown = [example.turn for example, _ in near if example.turn.facts is not None][:8]
        told = "".join(f"{USER}: {turn.message}\n{memo_line(turn.facts or ())}" for turn in reversed(shown))
        asked = f"{told}{USER}: {said}\n{MEMO}:"
    memo = engine.complete(asked, max_tokens=64, grammar=forms.MEMO.grammar, adapter=adapter, bias=_readiness(adapter))
    return facts_in("".join(memo))


def _readiness(adapter: str | None) -> dict[str, float] | None:
    """What is added to the logits of a memo's choices, by what the adapter has learnt."""
    if adapter == MEMORY_ADAPTER:
        return {" [": MORE, f" {NOTHING}": MORE}
    return {f" {NOTHING}": RELUCTANCE} if adapter == ADAPTER else None


def over(engine: Engine, message: str, facts: Sequence[Fact]) -> tuple[float, ...]:
    """Of each fact known before: how surely the message ends it, or says that it is otherwise now? Only an engine is asked that `judges`.

    Nats beyond what it takes: above 0 it is over. What an engine cannot weigh is infinite.

    Raises:
        EngineError: the engine failed.
    """
    said, _ = shorten(clean(message), MAX_MESSAGE)
    if engine.form == "chat":
        return tuple(math.inf if gone else -math.inf for gone in _asked_over(engine, said, facts))
    return tuple(_leaning(engine, over_prompt(said, _shown_fact(fact))) for fact in facts)


def _leaning(engine: Engine, asked: str) -> float:
    """By how many nats, beyond DOUBT, "it is over" is likelier than "it stands"."""
    if isinstance(engine, Weighs):
        told = engine.likelihoods(asked, (f" {OVER}", f" {STANDS}"), adapter=MEMORY_ADAPTER)
        return told[f" {OVER}"] - told[f" {STANDS}"] - DOUBT
    said = engine.complete(
        asked, max_tokens=4, grammar=forms.ENDING.grammar, adapter=MEMORY_ADAPTER, bias={f" {OVER}": -DOUBT}
    )
    return math.inf if "".join(said).strip() == OVER else -math.inf


def judges(engine: Engine) -> bool:
    """Can this engine say whether a message ends what is known (`over`)?"""
    return engine.form == "chat" or reads_alone(engine)


def limits(engine: Engine, message: str, cancel: threading.Event | None = None) -> Mapping[str, float] | None:
    """How likely the message touches each of her limits (or "none"), as the adapter for memos has learnt to say: they sum to 1.

    None where the engine has no adapter that has learnt it, or one that answers something else. Of a message that is too long only
    beginning and end are read.

    Raises:
        EngineError: the engine failed.
    """
    if not (reads_alone(engine) and isinstance(engine, Weighs) and "limits" in engine.learnt(MEMORY_ADAPTER)):
        return None
    said, _ = shorten(clean(message), MAX_MESSAGE)
    words = {f" {word}": name for name, word in LIMITS.items()}
    told = engine.likelihoods(limit_prompt(said), tuple(words), adapter=MEMORY_ADAPTER, cancel=cancel)
    chances = {words[word]: math.exp(value) for word, value in told.items()}
    whole = sum(chances.values())
    return {name: chance / whole for name, chance in chances.items()} if whole > _ANSWERED else None


def instead(engine: Engine, message: str, fact: Fact) -> str:
    """What the message puts in the place of a fact that it ends; empty: nothing, or the engine has proposed all it sees (a chat server).

    Raises:
        EngineError: the engine failed.
    """
    if not reads_alone(engine):
        return ""
    said, _ = shorten(clean(message), MAX_MESSAGE)
    known = _shown_fact(fact)
    if isinstance(engine, Weighs) and "instead" in engine.learnt(MEMORY_ADAPTER):
        asked = instead_prompt(said, known)
    else:  # an adapter that learnt memos and ends alone: the memo, where it stands under that key
        asked = f"{memo_prompt(said)} [{known.key}:"
    told = "".join(engine.complete(asked, max_tokens=24, grammar=forms.VALUE.grammar, adapter=MEMORY_ADAPTER))
    value = told.strip().removesuffix("]").strip()
    return "" if value == NOTHING else value


def summary(
    engine: Engine,
    persona: "Persona",
    message: str,
    reply: "str | Reply",
    labels: Mapping[str, str] | None = None,
    facts: Sequence[Fact] = (),
) -> str:
    """One short phrase of this exchange, at most MAX_SUMMARY characters.

    Args:
        reply, labels: as for `memory`.
        facts: its proposal.

    Raises:
        EngineError: the engine failed.
    """
    said, _ = shorten(clean(message), MAX_MESSAGE)
    text = clean(reply if isinstance(reply, str) else reply.text)
    if engine.form == "chat":
        return _asked_summary(engine, persona, said, text)
    adapter, prompt = _adapter(engine), _prompt_of(engine, persona, said, reply)
    if adapter:
        asked = summary_prompt(prompt, text, labels or {}, facts)
    else:
        near = load_examples(persona.folder / EXAMPLES).nearest(said, 24)
        shown = [example.turn for example, _ in near if example.turn.summary][:4]
        name = persona.card.char
        told = "".join(f"{USER}: {t.message}\n{name}: {t.reply}\n{SUMMARY}: {t.summary}\n" for t in reversed(shown))
        asked = f"{told}{USER}: {said}\n{name}: {text}\n{SUMMARY}:"
    return "".join(engine.complete(asked, max_tokens=40, grammar=SUMMARY_GRAMMAR, adapter=adapter)).strip()


def _prompt_of(engine: Engine, persona: "Persona", message: str, reply: "str | Reply") -> str:
    """The prompt a reply was asked with; made again where only its text is known."""
    prompt = None if isinstance(reply, str) else reply.prompt
    if prompt is not None:
        return prompt
    return conversation(persona.card.prefix, persona.card.char, _shown(persona, message, _style(engine)), message)


def _asked_memory(engine: Engine, message: str) -> tuple[Fact, ...]:
    """Asks a chat server; what is not the asked form is nothing."""
    ask = (
        "사용자가 자기 자신에 대해 말한 것 가운데 오래 기억할 사실(이름, 나이, 생일, 직업, 사는 곳, 가족, 반려동물, 취향, 취미, 계획 등)만 고른다. "
        "질문, 기분, 지시, 농담은 고르지 않는다. 값은 사용자의 말 그대로 짧게. JSON 객체 하나로만 답한다. "
        '예: {"facts": [{"key": "반려동물", "value": "고양이 나비"}]}, 없으면 {"facts": []}'
    )
    messages = [Message("system", ask), Message("user", message)]
    said = "".join(engine.complete(messages, max_tokens=200, schema=forms.MEMO.schema))
    try:
        pairs = [(clean(str(row["key"])), clean(str(row["value"]))) for row in _object_in(said)["facts"]]
    except (ValueError, KeyError, TypeError):
        _LOG.warning("%s proposed no memory in the asked form", engine.name)
        return ()
    fitting = (Fact(key, value) for key, value in pairs if forms.MEMO.of.fits({"key": key, "value": value}))
    return tuple(fitting)[: forms.MEMO.most]


def _asked_over(engine: Engine, message: str, facts: Sequence[Fact]) -> tuple[bool, ...]:
    """Asks a chat server; what is not the asked form ends nothing."""
    ask = (
        "아래 번호 붙은 기억 가운데, 사용자의 새 메시지 때문에 이제 사실이 아니게 된 것(끝남, 바뀜, 취소, 정정)의 번호만 고른다. "
        "바라거나 걱정하는 것, 남의 이야기, 덧붙이는 것은 고르지 않는다. JSON 객체 하나로만 답한다. "
        '예: {"over": [2]}, 없으면 {"over": []}'
    )
    told = "\n".join(f"{number}. {_shown_fact(fact)}" for number, fact in enumerate(facts, 1))
    messages = [Message("system", ask), Message("user", f"{told}\n\n{USER}: {message}")]
    schema = {
        "type": "object", "properties": {"over": {"type": "array", "items": {"type": "integer"}}},
        "required": ["over"], "additionalProperties": False,
    }  # fmt: skip
    said = "".join(engine.complete(messages, max_tokens=40, schema=schema))
    try:
        numbers = {int(number) for number in _object_in(said)["over"]}
    except (ValueError, KeyError, TypeError):
        _LOG.warning("%s did not say in the asked form what is over", engine.name)
        numbers = set()
    return tuple(number in numbers for number in range(1, len(facts) + 1))


def _object_in(said: str) -> Any:
    """The JSON object in an answer; some servers talk around it. Raises ValueError where there is none."""
    return json.loads(said[said.find("{") : said.rfind("}") + 1])


def _asked_summary(engine: Engine, persona: "Persona", message: str, text: str) -> str:
    ask = "다음 대화가 무엇에 대한 것인지 8~40자의 짧은 명사구 하나로만 적는다. 예: 고양이 나비를 키운다는 이야기"
    told = Message("user", f"{USER}: {message}\n{persona.card.char}: {text}")
    said = clean("".join(engine.complete([Message("system", ask), told], max_tokens=80, stop=("\n",))))
    return shorten(said, MAX_SUMMARY)[0]


def _parsed(line: str) -> Expression:
    """Labels of a 표정 line."""
    pattern = r"\s+".join(f"(?P<{name}>{'|'.join(sorted(labels, key=len)[::-1])})" for name, labels in LABELS.items())
    match = re.fullmatch(rf"\s*{pattern}\s*", line)
    if not match:
        _LOG.warning("the language model named no expression (%r): the neutral one is shown", line)
        return Expression(NEUTRAL, fallback=True)
    return Expression(match.groupdict())


def _asked_expression(engine: Engine, persona: "Persona", message: str, text: str) -> Expression:
    """Asks a chat server; an answer that is not the labels is asked for once more, then the neutral ones are taken."""
    allowed = "\n".join(f"- {name}: {', '.join(labels)}" for name, labels in LABELS.items())
    ask = (
        "다음 대답을 말하는 사람의 표정을 고른다. eyes는 눈 크기, mouth는 입을 벌린 정도, pose는 고개 움직임, smile은 미소다. "
        f"JSON 객체 하나로만 답한다. 고를 수 있는 값:\n{allowed}\n예: {json.dumps(NEUTRAL, ensure_ascii=False)}"
    )
    messages = [Message("system", ask)]
    messages.append(Message("user", f"상대: {message}\n{persona.card.char}: {text}"))
    for attempt in range(2):
        said = "".join(engine.complete(messages, max_tokens=120, schema=forms.EXPRESSION.schema, seed=attempt))
        if labels := _strict(said):
            return Expression(labels)
        messages += [
            Message("assistant", said[:500]),
            Message("user", "허용된 값만 담은 JSON 객체 하나로 다시 답하세요."),
        ]
    _LOG.warning("%s named no expression among the allowed ones: the neutral one is shown", engine.name)
    return Expression(NEUTRAL, fallback=True)


def _strict(said: str) -> dict[str, str] | None:
    """The labels in an answer, if every one is there and allowed (Korean, or the English word for it)."""
    try:
        answer = _object_in(said)
        labels = {name: known_label(name, answer[name]) for name in LABELS}
    except (ValueError, KeyError, TypeError):
        return None
    return {name: label for name, label in labels.items() if label} if all(labels.values()) else None


def warm_up(engine: Engine, persona: "Persona") -> None:
    """Makes the first turn as quick as the later ones: reads the examples and the fixed part of the prompt.

    Raises:
        EngineError: the engine failed.
    """
    load_examples(persona.folder / EXAMPLES).nearest("안녕", 1)
    if engine.form == "text":
        prompt = conversation(persona.card.prefix, persona.card.char, [], "안녕")
        "".join(engine.complete(prompt, max_tokens=1, grammar=REPLY_GRAMMAR, adapter=_adapter(engine)))
        limits(engine, "안녕")


def _style(engine: Engine) -> Style:
    if engine.form == "chat":
        return CHAT
    return TUNED if _adapter(engine) else PLAIN


def _adapter(engine: Engine) -> str | None:
    return ADAPTER if ADAPTER in engine.adapters else None


def _shown(persona: "Persona", message: str, style: Style, steering: Steering = FREE) -> list[Turn]:
    """The nearest examples, nearest last: what stands closest before the question weighs most.

    A persona without dialogues has those of her card, which say nothing of her face.
    """
    if steering.examples is None:
        near = load_examples(persona.folder / EXAMPLES).nearest(message, style.examples, steering.shows)
        found = [example for example, _ in near]
    else:
        found = list(steering.examples[: style.examples])
    turns = [example.turn for example in reversed(found)] or _of_card(persona)[-style.examples :]
    return turns if style.labelled else [replace(turn, labels={}) for turn in turns]


def _of_card(persona: "Persona") -> list[Turn]:
    return [
        Turn(shorten(clean(said), 200)[0], shorten(clean(told), 200)[0], NEUTRAL)
        for said, told in persona.card.exchanges()
    ]


def load_examples(path: Path) -> dialogue.Examples:
    """A persona's examples, kept in memory until the file changes."""
    return _loaded(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=8)
def _loaded(path: Path, changed: int) -> dialogue.Examples:
    return dialogue.load(path)


def _recent(history: Sequence[Exchange], most: int | None) -> list[Turn]:
    """The newest turns that fit, oldest first, each on its own lines; the oldest leave several at once."""
    newest = history[-most:] if most else history
    told = [Turn(shorten(clean(turn.message), 200)[0], shorten(clean(turn.reply), 200)[0]) for turn in newest]
    start, room = 0, sum(len(turn.message) + len(turn.reply) for turn in told)
    while room > MAX_HISTORY:
        gone = told[start : start + FORGOTTEN]
        start, room = start + FORGOTTEN, room - sum(len(turn.message) + len(turn.reply) for turn in gone)
    return [turn for turn in told[start:] if turn.message and turn.reply]


def _messages(system: str, turns: Sequence[Turn], message: str) -> list[Message]:
    messages = [Message("system", system)]
    for turn in turns:
        messages += [Message("user", turn.message), Message("assistant", turn.reply)]
    return [*messages, Message("user", message)]
