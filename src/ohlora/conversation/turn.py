"""One turn: a message in; her words, her expression and what was kept out, as a stream of events.

Knows the language tasks and the store. Knows nothing of HTTP, terminals or pictures: it hands out plain events.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ohlora.conversation.message import clean
from ohlora.conversation.store import Store, StoredTurn
from ohlora.errors import InputError, OhLoraError
from ohlora.language import tasks
from ohlora.language.engines import Engine
from ohlora.personas import Persona

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of her reply, as it is spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The whole reply. `ended_by`: stop, length, loop or cancelled."""

    text: str
    ended_by: str


@dataclass(frozen=True, slots=True)
class Expressed:
    """The labels her words carry, one of the fixed set for each of eyes, mouth, pose and smile."""

    labels: Mapping[str, str]


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


Event = Token | Replied | Expressed | Finished

# Exchanges handed to the reply task; it takes as many of the newest as fit its prompt.
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
    ) -> None:
        self.persona, self.engine, self.store = persona, engine, store
        self.id = id or uuid.uuid4().hex
        self.seed = seed
        self._clock = clock
        self._speaking = threading.Lock()
        self._turns = store.turns(self.id)

    @property
    def turns(self) -> tuple[StoredTurn, ...]:
        """All turns so far, oldest first."""
        return tuple(self._turns)

    def turn(self, text: str, *, cancel: threading.Event | None = None) -> Iterator[Event]:
        """Answers a message: Token…, Replied, Expressed, Finished.

        When `cancel` is set the reply ends at once; what was said so far is kept, as it was heard. An iterator that is
        abandoned, or an engine that fails, leaves the conversation as it was.

        Raises:
            InputError: empty or oversized message; another turn is still under way; the store cannot be written.
            OhLoraError: the engine failed; its sentence says how.
        """
        message = clean(text)
        if not self._speaking.acquire(blocking=False):
            raise InputError(
                "she is still answering the last message: wait for it or stop it first",
                "아직 앞의 메시지에 답하는 중입니다. 끝날 때까지 기다리거나 먼저 멈춰 주세요",
            )
        try:
            yield from self._answer(message, cancel or threading.Event())
        finally:
            self._speaking.release()

    def _answer(self, message: str, cancel: threading.Event) -> Iterator[Event]:
        start = time.perf_counter()
        first: float | None = None
        pieces: list[str] = []
        seed = self.seed + len(self._turns)
        reply = tasks.reply(
            self.engine,
            self.persona,
            [tasks.Exchange(turn.message, turn.reply) for turn in self._turns[-HISTORY_TURNS:] if turn.reply],
            message,
            now=self._clock(),
            cancel=cancel,
            seed=seed,
        )
        for piece in reply:
            first = first or time.perf_counter() - start
            pieces.append(piece)
            yield Token(piece)
        said = reply.text
        yield Replied(said, reply.ended_by)
        labels = self._expression(message, reply, cancel)
        yield Expressed(labels)
        kept = self.store.add(self.id, message, said, reply.ended_by, labels, seed)
        self._turns.append(kept)
        total = time.perf_counter() - start
        yield Finished(kept, first if first is not None else total, total, len(pieces))

    def _expression(self, message: str, reply: tasks.Reply, cancel: threading.Event) -> Mapping[str, str]:
        """Her expression; a neutral one where she was stopped, or where the engine fails once the words are out."""
        if cancel.is_set():
            return dict(tasks.NEUTRAL)
        try:
            return tasks.expression(self.engine, self.persona, message, reply)
        except OhLoraError as error:
            log.warning("no expression for this reply: %s", error)
            return dict(tasks.NEUTRAL)
