"""One turn: a message in; what she recalled, her words, her expression and what she remembered out, as a stream of events.

A turn and all it taught is kept in one transaction at its end: it is there whole, or not at all. Knows the language tasks,
memory and the store. Knows nothing of HTTP, terminals or pictures: it hands out plain events.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from ohlora.conversation import clock as clocks
from ohlora.conversation import honesty
from ohlora.conversation.herself import COOL, AskedFact, asked_fact, in_person
from ohlora.conversation.limits import DEFAULT, Level
from ohlora.conversation.limits.keeping import Limit, in_character, limit_of, steering
from ohlora.conversation.memos import proposed, read_by
from ohlora.conversation.message import clean
from ohlora.conversation.store import Store, StoredTurn
from ohlora.errors import InputError, OhLoraError
from ohlora.i18n import say
from ohlora.language import tasks
from ohlora.language.engines import Engine
from ohlora.memory import topics
from ohlora.memory.ending import ended, renewed, standing
from ohlora.memory.facts import Change
from ohlora.memory.proposal import Proposal
from ohlora.memory.recall import Hit
from ohlora.memory.remembering import learn, may_tell
from ohlora.personas import Persona

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What she knows that the message is about, best first; it was shown to the model as quoted data."""

    hits: tuple[Hit, ...]

    def data(self) -> list[dict[str, object]]:
        """As `ask --json` gives it."""
        return [hit.data() for hit in self.hits]


@dataclass(frozen=True, slots=True)
class Limited:
    """The message touches a limit of hers; it is told before her words, so that nothing is kept from the user in silence."""

    limit: Limit

    def data(self) -> dict[str, object]:
        """As `ask --json` gives it."""
        return self.limit.data()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of her reply, as it is spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The whole reply. `ended_by`: stop, length, loop or cancelled. Counts of tokens are the engine's; None where it tells none."""

    text: str
    ended_by: str
    prompt_tokens: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Expressed:
    """The labels her words carry, one of the fixed set for each of eyes, mouth, pose and smile."""

    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the turn changed in memory: recorded, confirmed, ended or erased. It is on disk already."""

    changes: tuple[Change, ...]

    def data(self) -> list[dict[str, object]]:
        """As `ask --json` gives it."""
        return [
            {"id": c.fact.id, "key": c.fact.key, "value": c.fact.value, "date": c.fact.date, "what": c.what}
            for c in self.changes
        ]

    def sentence(self) -> str:
        """For a terminal: what was remembered, what no longer holds, what was erased."""
        words = {
            "recorded": say("remembered", "기억했어요"), "confirmed": say("knew that", "알고 있었어요"),
            "ended": say("no longer", "이제 아니에요"), "erased": say("erased", "지웠어요"),
        }  # fmt: skip
        return " · ".join(f"{words[c.what]}: [{c.fact.key}: {c.fact.value}] #{c.fact.id}" for c in self.changes)


@dataclass(frozen=True, slots=True)
class Finished:
    """The turn as kept, and how long it took in seconds; `tokens` counts pieces streamed."""

    turn: StoredTurn
    first_token_s: float
    total_s: float
    tokens: int

    @property
    def timing(self) -> dict[str, float]:
        return {"first_token_s": round(self.first_token_s, 4), "total_s": round(self.total_s, 4)}


Event = Limited | Recalled | Token | Replied | Expressed | Remembered | Finished

# Turns back in which the user may have written what she may say again.
HISTORY_TURNS = 8


class Conversation:
    """A conversation with one persona, kept in a store; one turn at a time.

    Args:
        persona: who answers.
        engine: the language engine; it is not closed here.
        store: where turns are kept.
        id: an earlier conversation to go on with; a new one by default.
        seed: what the replies' sampling is drawn from; turn n uses `seed + n`.
        clock: tells the time of a turn (tests fix it).
        limits: how strictly her limits are kept; may be set anew at any time.
    """

    def __init__(
        self,
        persona: Persona,
        engine: Engine,
        store: Store,
        *,
        id: str | None = None,
        seed: int = 0,
        clock: Callable[[], datetime] = datetime.now,
        limits: Level = DEFAULT,
    ) -> None:
        self.persona, self.engine, self.store = persona, engine, store
        self.id = id or uuid.uuid4().hex
        self.seed = seed
        self.limits: Level = limits
        self._clock = clock
        self._speaking = threading.Lock()
        self._turns = store.turns(self.id)
        # Loads what reads beside the engine: a damaged file is said now, not after a reply.
        self._proposer = read_by(engine)

    @property
    def turns(self) -> tuple[StoredTurn, ...]:
        """All turns so far, oldest first."""
        return tuple(self._turns)

    def turn(self, text: str, *, cancel: threading.Event | None = None) -> Iterator[Event]:
        """Answers a message: Limited where a limit is touched, Recalled where something was, Token…, Replied, Expressed, Remembered where something was, Finished.

        When `cancel` is set the reply ends at once; what was said so far is kept, as it was heard. An iterator that is
        abandoned, or an engine that fails, leaves the conversation as it was.

        Raises:
            InputError: empty or oversized message; another turn is still under way; the store cannot be written.
            OhLoraError: the engine failed; its sentence says how.
        """
        yield from self._alone(clean(text), cancel, None)

    def regenerate(self, *, cancel: threading.Event | None = None) -> Iterator[Event]:
        """Answers the last message anew. The earlier answer, and what that turn taught, goes when the new one is kept.

        Raises:
            InputError: there is no last message, or as for `turn`.
        """
        if not self._turns or self._turns[-1].erased:
            raise InputError("there is nothing to answer anew", "다시 대답할 메시지가 없습니다")
        last = self._turns[-1]
        yield from self._alone(last.message, cancel, last.id)

    def edit(self, turn: int, text: str, *, cancel: threading.Event | None = None) -> Iterator[Event]:
        """Sends a message again in other words. That turn, all later ones, and what they taught go when the new one is kept.

        Raises:
            InputError: there is no such turn, or as for `turn`.
        """
        self._place(turn)
        yield from self._alone(clean(text), cancel, turn)

    def delete(self, turn: int, *, only: bool = True) -> list[StoredTurn]:
        """Erases a turn (with `only=False` all later ones too) and takes back what it taught; returns what was erased.

        Raises:
            InputError: there is no such turn; another turn is under way.
        """
        self._place(turn)
        with self._only_one():
            gone = self.store.delete_turns(self.id, turn, only=only)
            self._turns = self.store.turns(self.id)
        return gone

    def _place(self, turn: int) -> int:
        for place, kept in enumerate(self._turns):
            if kept.id == turn:
                return place
        raise InputError(f"there is no turn {turn} in this conversation", f"이 대화에 {turn}번 차례가 없습니다")

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        if not self._speaking.acquire(blocking=False):
            raise InputError(
                "she is still answering the last message: wait for it or stop it first",
                "아직 앞의 메시지에 답하는 중입니다. 끝날 때까지 기다리거나 먼저 멈춰 주세요",
            )
        try:
            yield
        finally:
            self._speaking.release()

    def _alone(self, message: str, cancel: threading.Event | None, instead: int | None) -> Iterator[Event]:
        with self._only_one():
            yield from self._answer(message, cancel or threading.Event(), instead)

    def _answer(self, message: str, cancel: threading.Event, instead: int | None) -> Iterator[Event]:
        """`instead`: the turn that this one takes the place of, with all after it."""
        start, now = time.perf_counter(), self._clock()
        earlier = self._turns if instead is None else self._turns[: self._place(instead)]
        seed = self.seed + len(earlier)
        if instead is not None:
            seed += 7919 * (1 + max(turn.seed for turn in self._turns[len(earlier) :]) // 7919)
        limit = limit_of(message, self.limits, self.engine, cancel)
        if limit:
            yield Limited(limit)
        hits = self._recall(message, now, instead)
        if hits:
            yield Recalled(hits)
        told = [turn for turn in earlier if turn.reply and not turn.erased]

        steered = steering(self.persona, message, limit, said=[turn.message for turn in told[-HISTORY_TURNS:]])

        def ask(attempt: int = 0, wanted: AskedFact | None = None) -> tasks.Reply:
            return tasks.reply(
                self.engine,
                self.persona,
                [tasks.Exchange(turn.message, turn.reply) for turn in told],
                message,
                now=now,
                recalled=[shown(hit, now) for hit in hits],
                previous=self._previous(earlier, message),
                cancel=cancel,
                seed=seed + 104729 * attempt,
                steering=replace(steered, examples=wanted.like, temperature=COOL) if wanted else steered,
            )

        reply = ask()
        if limit:
            reply = in_character(ask, reply, self.persona, message, limit, self.engine.form == "text", cancel)
        elif self.engine.form == "text" and (wanted := asked_fact(self.persona, message)):
            reply = in_person(ask, reply, wanted, cancel)
        first: float | None = None
        pieces = 0
        for piece in self._checked(reply, message, now, cancel):
            first = first or time.perf_counter() - start
            pieces += 1
            yield Token(piece)
        said = reply.text
        yield Replied(said, reply.ended_by, reply.timing.prompt_tokens, reply.timing.tokens)
        labels = self._expression(message, reply, cancel)
        if limit and limit.category == "self_harm":
            labels = {**labels, "smile": "없음"}  # whatever the model thinks, this is no moment to smile
        yield Expressed(labels)
        proposed, summary = self._memo(message, reply, labels, cancel)
        over, anew = self._over(message, reply, proposed, now, cancel)
        kept, changes = self._keep(
            message, reply, labels, seed, now, instead, hits, [*proposed, *anew], over, summary, limit
        )
        self._turns = [*earlier, kept]
        if changes:
            yield Remembered(changes)
        total = time.perf_counter() - start
        yield Finished(kept, first if first is not None else total, total, pieces)

    def _recall(self, message: str, now: datetime, instead: int | None) -> tuple[Hit, ...]:
        """What she knows that matters here; what the turns being replaced taught does not count."""
        hits = self.store.recall(message, now=now).hits
        return tuple(hit for hit in hits if instead is None or hit.fact.turn is None or hit.fact.turn < instead)

    def _previous(self, earlier: Sequence[StoredTurn], message: str) -> str:
        """The summary of the last exchange, where the topic goes on."""
        if not earlier or not earlier[-1].summary or earlier[-1].erased:
            return ""
        last = earlier[-1]
        return last.summary if topics.goes_on(f"{last.message} {last.summary}", message) else ""

    def _checked(self, reply: tasks.Reply, message: str, now: datetime, cancel: threading.Event) -> Iterator[str]:
        """Her words as they come; but where only the clock is asked, or what she is, the whole of them once they are true."""
        asked = clocks.asked(message, now)
        if asked is None and not honesty.asks_what_she_is(message):
            yield from reply
            return
        for _ in reply:
            pass
        if asked and not asked.holds(reply.text) and not cancel.is_set():
            reply.text, reply.ended_by = asked.said(), "stop"
        if honesty.claims_to_be_human(message, reply.text):
            reply.text, reply.ended_by = honesty.honest_answer(message), "stop"
        if reply.text:
            yield reply.text

    def _memo(
        self, message: str, reply: tasks.Reply, labels: Mapping[str, str], cancel: threading.Event
    ) -> tuple[list[Proposal], str]:
        """What the language model proposes to remember, and its summary; nothing where it has not learnt to, or fails."""
        if not tasks.proposes(self.engine) or cancel.is_set() or not reply.text:
            return [], ""
        try:
            asked = tasks.reads_alone(self.engine) or may_tell(message, self.store.facts.all())
            memo, told = proposed(self.engine, self.persona, message, reply, labels) if asked else ((), [])
            summary = tasks.summary(self.engine, self.persona, message, reply, labels, memo)
        except OhLoraError as error:
            log.warning("no proposal for memory: %s", error)
            return [], ""
        return told, summary

    def _over(
        self,
        message: str,
        reply: tasks.Reply,
        proposed: Sequence[Proposal],
        now: datetime,
        cancel: threading.Event,
    ) -> tuple[Mapping[int, str], Sequence[Proposal]]:
        """Facts that the language model says are over by this message, with what of each stands, and what it says stands in their place; nothing where it
        has not learnt to, or fails."""
        if not tasks.judges(self.engine) or cancel.is_set() or not reply.text:
            return {}, ()
        try:
            judge = partial(tasks.over, self.engine)
            last = self.store.turns(self.id, last=1)
            over = ended(
                self.store.recall,
                message,
                judge,
                now=now,
                before=last[-1].id if last else None,
            )
            anew = renewed(over, message, proposed, partial(tasks.instead, self.engine))
            return standing(over, message, judge), anew
        except OhLoraError as error:
            log.warning("no judgement of what is over: %s", error)
            return {}, ()

    def _keep(
        self,
        message: str,
        reply: tasks.Reply,
        labels: Mapping[str, str],
        seed: int,
        now: datetime,
        instead: int | None,
        hits: Sequence[Hit],
        proposed: Sequence[Proposal],
        over: Mapping[int, str],
        summary: str,
        limit: Limit | None,
    ) -> tuple[StoredTurn, tuple[Change, ...]]:
        """Keeps the turn and all it taught, in one transaction."""
        store = self.store
        with store.transaction():
            if instead is not None:
                store.delete_turns(self.id, instead)
            before = store.turns(self.id, last=1)
            kept = store.add(
                self.id, message, reply.text, reply.ended_by, labels, seed, summary=summary,
                touched=limit.category if limit else "", time=now.astimezone(UTC),
            )  # fmt: skip
            learnt = learn(
                store.facts, store.recall, message, now=now, turn=kept.id, proposed=proposed,
                proposer=self._proposer, before=before[-1].id if before else None, judged_over=over,
            )  # fmt: skip
            gone = {change.fact.id for change in learnt.changes if change.what == "erased"}
            store.facts.used([hit.fact.id for hit in hits if hit.fact.id not in gone], turn=kept.id, time=now)
        if gone or instead is not None:
            store.database.forget_log()
        return kept, learnt.changes

    def _expression(self, message: str, reply: tasks.Reply, cancel: threading.Event) -> Mapping[str, str]:
        """Her expression; a neutral one where she was stopped, or where the engine fails once the words are out."""
        if cancel.is_set():
            return dict(tasks.NEUTRAL)
        try:
            return tasks.expression(self.engine, self.persona, message, reply)
        except OhLoraError as error:
            log.warning("no expression for this reply: %s", error)
            return dict(tasks.NEUTRAL)


def shown(hit: Hit, now: datetime) -> tasks.Fact:
    """A recalled fact as the model reads it: with the day it is about, else the day it was said; "내일" of then is gone."""
    fact = hit.fact
    value = topics.without_days(fact.value, now) if fact.date else fact.value
    told = fact.date or datetime.fromisoformat(fact.recorded).astimezone(now.tzinfo).date().isoformat()
    return tasks.Fact(fact.key, value, topics.day_in_words(told))
