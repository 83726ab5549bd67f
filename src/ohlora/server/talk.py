"""The conversation as several pages see it: one turn at a time, every page told everything.

A turn runs in a thread of its own, because the language engine blocks; all else here runs on the event loop. Knows the
events of `conversation.turn` and the forms of `protocol`; knows nothing of sockets, engines or pictures.
"""

import asyncio
import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from ohlora.conversation import (
    Event,
    Expressed,
    Finished,
    Limited,
    Recalled,
    Remembered,
    Replied,
    StoredTurn,
    Token,
    clean,
)
from ohlora.conversation.limits.keeping import again
from ohlora.errors import InputError, OhLoraError
from ohlora.server import protocol

log = logging.getLogger(__name__)

HISTORY_SHOWN = 200
"""Turns a page gets when it connects."""

_BACKLOG = 2000
"""Messages waiting for one page before it is taken for dead; a long reply is a few hundred."""

_GRACE_S = 4.0
"""How long she goes on speaking when nobody is there: enough for a reload, too short to work in vain."""

_REMEMBERED_IDS = 64

Message = dict[str, Any]


class Speaker(Protocol):
    """What of `conversation.Conversation` is needed here."""

    def turn(self, text: str, *, cancel: threading.Event | None = None) -> Iterator[Event]: ...
    def regenerate(self, *, cancel: threading.Event | None = None) -> Iterator[Event]: ...
    def edit(self, turn: int, text: str, *, cancel: threading.Event | None = None) -> Iterator[Event]: ...
    def delete(self, turn: int) -> list[StoredTurn]: ...


class Listener(Protocol):
    """Is told what happens in a turn, on the event loop; the face is one."""

    def thinking(self) -> None: ...
    def speaking(self) -> None: ...
    def replied(self, text: str, ended_by: str) -> None: ...
    def expressed(self, labels: Mapping[str, str]) -> None: ...
    def silent(self) -> None: ...


class Page:
    """One connected page: what waits to be sent to it."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Message | None] = asyncio.Queue(_BACKLOG)
        self._lost = False

    def tell(self, message: Message) -> None:
        """Puts a message in the line; a page that cannot keep up is given up, for it has to be told everything."""
        if self._lost:
            return
        if self._waiting.full():
            self._lost = True
            while not self._waiting.empty():
                self._waiting.get_nowait()
            self._waiting.put_nowait(None)
        else:
            self._waiting.put_nowait(message)

    async def next(self) -> Message | None:
        """The next message to send; None when the page was given up."""
        return await self._waiting.get()


@dataclass
class _Turn:
    id: str
    text: str
    run: Callable[[threading.Event], Iterator[Event]]
    tell: Callable[[Message], None]
    shown: bool = True
    """Whether it belongs to the conversation that the pages show."""
    replaces: int | None = None
    """The kept turn that this one takes the place of."""
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    said: list[str] = field(default_factory=list)
    labels: Mapping[str, str] | None = None
    limit: Message | None = None
    """The limit of hers that the message touches."""
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Busy(InputError):
    """She is loading or answering; the same may be asked again in a moment."""


class Aside:
    """A turn that only its asker hears."""

    def __init__(self, page: Page, turn: _Turn) -> None:
        self._page, self._turn = page, turn

    async def messages(self) -> AsyncIterator[Message]:
        """`token`, `reply`, `expression` and `error` as they come, until it is over."""
        while (message := await self._page.next()) is not None and message["type"] != "end":
            yield message

    def cancel(self) -> None:
        """Ends it; harmless when it is over."""
        self._turn.cancel.set()


class Talk:
    """The conversation shared by all pages.

    Args:
        speaker: the conversation, or None while it is still loading.
        history: the newest turns kept, oldest first.
        listener: is told what happens, for the face.
        state: called whenever "thinking" or "speaking" begins or ends; broadcasts what the server is doing.
    """

    def __init__(
        self,
        speaker: Callable[[], Speaker | None],
        history: Callable[[int], list[StoredTurn]],
        listener: Listener,
        state: Callable[[], None],
    ) -> None:
        self._speaker, self._history, self._listener, self._state = speaker, history, listener, state
        self._pages: set[Page] = set()
        self._turn: _Turn | None = None
        self._accepted: OrderedDict[str, None] = OrderedDict()
        self._leaving: asyncio.TimerHandle | None = None

    @property
    def activity(self) -> str:
        """idle, thinking or speaking."""
        if self._turn is None:
            return "idle"
        return "speaking" if self._turn.said else "thinking"

    def join(self) -> Page:
        """A page connects. It is told everything from now on; `snapshot` tells it what was before."""
        page = Page()
        self._pages.add(page)
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None
        return page

    def leave(self, page: Page) -> None:
        """A page has gone. When it was the last one and stays away, she stops speaking."""
        self._pages.discard(page)
        if not self._pages and self._turn and not self._leaving:
            self._leaving = asyncio.get_running_loop().call_later(_GRACE_S, self._left_alone)

    def _left_alone(self) -> None:
        self._leaving = None
        if not self._pages:
            self.stop()

    def tell(self, message: Message) -> None:
        """Sends a message to every page."""
        for page in self._pages:
            page.tell(message)

    def snapshot(self) -> Message:
        """What a page needs to show the conversation: the turns kept, and the one under way."""
        turn = self._turn
        return {
            "turns": [shown(kept) for kept in self._history(HISTORY_SHOWN)],
            "turn": _under_way(turn) if turn and turn.shown else None,
            "accepted": list(self._accepted),
        }

    def say(self, message: protocol.Say) -> None:
        """Begins a turn.

        A message whose id was accepted before is the same message sent again after a lost connection: nothing happens.

        Raises:
            InputError: empty or oversized message, still loading, or still answering.
        """
        if message.turn in self._accepted:
            return
        text = clean(message.text)
        speaker = self._free()
        self._accept(_Turn(message.turn, text, lambda cancel: speaker.turn(text, cancel=cancel), self.tell))

    def regenerate(self, message: protocol.Regenerate) -> None:
        """Begins another answer to the newest kept turn.

        Raises:
            InputError: it is not the newest, or as for `say`.
        """
        if message.turn in self._accepted:
            return
        speaker = self._free()
        last = next(iter(self._history(1)), None)
        if last is None or last.id != message.of:
            raise InputError(
                "the conversation has gone on since; only the last answer can be given anew",
                "그사이 대화가 이어졌습니다. 마지막 대답만 다시 할 수 있습니다",
            )
        self._accept(
            _Turn(
                message.turn,
                last.message,
                lambda cancel: speaker.regenerate(cancel=cancel),
                self.tell,
                replaces=last.id,
            )
        )

    def edit(self, message: protocol.Edit) -> None:
        """Begins the answer to a kept turn's message said another way.

        Raises:
            InputError: there is no such turn, or as for `say`.
        """
        if message.turn in self._accepted:
            return
        text = clean(message.text)
        speaker = self._free()
        if all(kept.id != message.of for kept in self._history(HISTORY_SHOWN)):
            raise InputError("there is no such message", "그런 메시지가 없습니다")
        self._accept(
            _Turn(
                message.turn,
                text,
                lambda cancel: speaker.edit(message.of, text, cancel=cancel),
                self.tell,
                replaces=message.of,
            )
        )

    async def delete(self, of: int) -> None:
        """Erases a kept turn and what was remembered from it, and tells every page.

        Raises:
            InputError: there is no such turn, or she is answering.
        """
        speaker = self._free()
        gone = await asyncio.to_thread(speaker.delete, of)
        self.tell({"type": "deleted", "turns": [kept.id for kept in gone]})

    def aside(self, text: str, run: Callable[[threading.Event], Iterator[Event]]) -> "Aside":
        """Begins a turn that is not part of the conversation: only its asker hears it, but her face speaks.

        Raises:
            Busy: still loading, or still answering.
        """
        self._free()
        page = Page()
        turn = _Turn(f"aside-{uuid.uuid4().hex}", text, run, page.tell, shown=False)
        self._take(turn)
        self._run(turn)
        return Aside(page, turn)

    def _free(self) -> Speaker:
        """The speaker.

        Raises:
            Busy: she is loading or answering.
        """
        speaker = self._speaker()
        if speaker is None:
            raise Busy(
                "she is still waking up; wait a moment and send it again",
                "아직 깨어나는 중입니다. 잠시 뒤에 다시 보내 주세요",
            )
        if self._turn:
            raise Busy(
                "she is still answering the last message: wait for it or stop it first",
                "아직 앞의 메시지에 답하는 중입니다. 끝날 때까지 기다리거나 먼저 멈춰 주세요",
            )
        return speaker

    def _accept(self, turn: _Turn) -> None:
        self._accepted[turn.id] = None
        while len(self._accepted) > _REMEMBERED_IDS:
            self._accepted.popitem(last=False)
        # "thinking" is told first: between "accepted" and it a page would call her idle.
        self._take(turn)
        self.tell(
            {"type": "accepted", "turn": turn.id, "text": turn.text, "time": turn.time, "replaces": turn.replaces}
        )
        self._run(turn)

    def _take(self, turn: _Turn) -> None:
        self._turn = turn
        self._listener.thinking()
        self._state()

    def _run(self, turn: _Turn) -> None:
        loop = asyncio.get_running_loop()
        # A daemon thread: an engine that hangs (a server that does not answer) must not keep the program from ending.
        threading.Thread(target=self._answer, args=(loop, turn), name="turn", daemon=True).start()

    def stop(self) -> None:
        """Ends the reply under way; what was said so far is kept. Does nothing when she is silent."""
        if self._turn:
            self._turn.cancel.set()

    async def close(self, timeout: float) -> None:
        """Stops her and waits until the turn is kept, at most `timeout` seconds."""
        if self._leaving:
            self._leaving.cancel()
        if turn := self._turn:
            turn.cancel.set()
            try:
                await asyncio.wait_for(turn.ended.wait(), timeout)
            except TimeoutError:
                log.warning("the language engine did not stop within %g s", timeout)

    def _answer(self, loop: asyncio.AbstractEventLoop, turn: _Turn) -> None:
        """Runs in the turn's thread."""
        failure: Message | None = None
        try:
            for event in turn.run(turn.cancel):
                _post(loop, self._on_event, turn, event)
        except OhLoraError as error:
            failure = protocol.error("engine", error.en, error.ko, turn.id)
        except Exception:
            log.exception("a turn failed")
            failure = protocol.error(
                "internal",
                "something went wrong while she was answering; the conversation is kept, details are in the terminal",
                "답하는 중에 문제가 생겼습니다. 대화는 그대로 있으며 자세한 내용은 터미널에 있습니다",
                turn.id,
            )
        _post(loop, self._on_end, turn, failure)

    def _on_event(self, turn: _Turn, event: Event) -> None:
        match event:
            case Limited():
                turn.limit = event.data()
                turn.tell({"type": "limited", "turn": turn.id, "limit": turn.limit})
            case Recalled():
                turn.tell({"type": "recalled", "turn": turn.id, "facts": event.data()})
            case Remembered():
                turn.tell({"type": "remembered", "turn": turn.id, "changes": event.data()})
            case Token(text):
                turn.said.append(text)
                turn.tell({"type": "token", "turn": turn.id, "text": text})
                if len(turn.said) == 1:
                    self._listener.speaking()
                    self._state()
            case Replied(text, ended_by, prompt_tokens, tokens):
                turn.said = [text]
                self._listener.replied(text, ended_by)
                counts = {"prompt_tokens": prompt_tokens, "tokens": tokens}
                turn.tell({"type": "reply", "turn": turn.id, "text": text, "ended_by": ended_by, **counts})
            case Expressed(labels):
                self._listener.expressed(labels)
                turn.tell({"type": "expression", "turn": turn.id, "labels": dict(labels)})
            case Finished(kept, first_token_s, total_s, tokens):
                timing = {"first_token_s": round(first_token_s, 4), "total_s": round(total_s, 4), "tokens": tokens}
                turn.tell({"type": "finished", "turn": turn.id, "kept": shown(kept), "timing": timing})

    def _on_end(self, turn: _Turn, failure: Message | None) -> None:
        self._turn = None
        turn.ended.set()
        self._listener.silent()
        if failure:
            # The turn was not kept, so the same words may be sent again.
            self._accepted.pop(turn.id, None)
            turn.tell(failure)
            if turn.replaces:  # what was to make place is still there
                self.tell({"type": "history", **self.snapshot()})
        if not turn.shown:
            turn.tell({"type": "end"})
        self._state()


def _under_way(turn: _Turn) -> Message:
    return {
        "turn": turn.id,
        "message": turn.text,
        "time": turn.time,
        "reply": "".join(turn.said),
        "replaces": turn.replaces,
        "limit": turn.limit,
    }


def shown(kept: StoredTurn) -> Message:
    """A kept turn as a page gets it."""
    return {
        "id": kept.id,
        "time": kept.time,
        "message": kept.message,
        "reply": kept.reply,
        "ended_by": kept.ended_by,
        "labels": dict(kept.labels),
        "limit": _limit_of(kept),
    }


def _limit_of(kept: StoredTurn) -> Message | None:
    if not kept.touched:
        return None
    return {"category": kept.touched, "helplines": [line.data() for line in again(kept.message, kept.touched)]}


def _post(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: Any) -> None:
    """Calls on the event loop; once the loop is closed there is nobody left to tell."""
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        log.debug("the event loop has ended before the turn")
