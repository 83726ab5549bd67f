"""Fakes at the edge of the server: words and pictures that come when the test says so. No model behind them."""

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ohlora import personas
from ohlora.conversation import (
    Event,
    Expressed,
    Finished,
    Limited,
    Recalled,
    Remembered,
    Replied,
    Store,
    StoredTurn,
    Token,
    clean,
)
from ohlora.conversation.limits.keeping import Limit
from ohlora.errors import InputError
from ohlora.language.tasks import Exchange
from ohlora.memory.facts import Change
from ohlora.memory.recall import Hit
from ohlora.server.resident import Part

LABELS = {"eyes": "크게", "mouth": "보통", "pose": "없음", "smile": "활짝"}
WORDS = ["안녕", "하세요! ", "저는 ", "오로라", "예요."]


class FakeSpeaker:
    """Answers WORDS, one at a time; while `hold` is set, each waits until `allow` is released."""

    def __init__(self, kept: list[StoredTurn]) -> None:
        self.kept = kept
        self.heard: list[str] = []
        self.hold = threading.Event()
        self.allow = threading.Semaphore(0)
        self.cancelled = threading.Event()
        self.recalls: tuple[Hit, ...] = ()
        self.learns: tuple[Change, ...] = ()
        self.limit: Limit | None = None
        self.counts: tuple[int | None, int | None] = (40, 9)
        self.active = 0

    def turn(self, text: str, *, cancel: threading.Event | None = None, keep: bool = True) -> Iterator[Event]:
        cancel = cancel or threading.Event()
        self.active += 1
        try:
            yield from self._answer(clean(text), cancel, keep)
        finally:
            self.active -= 1

    def regenerate(self, *, cancel: threading.Event | None = None) -> Iterator[Event]:
        yield from self._instead(self.kept[-1].id, self.kept[-1].message, cancel)

    def edit(self, turn: int, text: str, *, cancel: threading.Event | None = None) -> Iterator[Event]:
        yield from self._instead(turn, clean(text), cancel)

    def _instead(self, turn: int, text: str, cancel: threading.Event | None) -> Iterator[Event]:
        for event in self.turn(text, cancel=cancel, keep=False):
            if isinstance(event, Finished):
                self.kept[:] = [kept for kept in self.kept if kept.id < turn] + [event.turn]
            yield event

    def delete(self, turn: int) -> list[StoredTurn]:
        gone = [kept for kept in self.kept if kept.id == turn]
        if not gone:
            raise InputError("there is no such turn", "그런 차례가 없습니다")
        self.kept.remove(gone[0])
        return gone

    def _answer(self, message: str, cancel: threading.Event, keep: bool) -> Iterator[Event]:
        self.heard.append(message)
        if message == "down":
            raise InputError("the language server does not answer", "언어 서버가 응답하지 않습니다")
        if message == "bug":
            raise ZeroDivisionError("a bug in the engine")
        if self.limit:
            yield Limited(self.limit)
        if self.recalls:
            yield Recalled(self.recalls)
        said = ""
        for word in WORDS:
            while self.hold.is_set() and not cancel.is_set() and not self.allow.acquire(timeout=0.005):
                pass
            if cancel.is_set():
                self.cancelled.set()
                break
            said += word
            yield Token(word)
        ended_by = "cancelled" if cancel.is_set() else "stop"
        yield Replied(said.strip(), ended_by, *self.counts)
        yield Expressed(LABELS)
        turn = StoredTurn(
            len(self.heard), "2026-01-02T03:04:05.000+00:00", message, said, ended_by, LABELS, 0,
            touched=self.limit.category if self.limit else "",
        )  # fmt: skip
        if keep:
            self.kept.append(turn)
        if self.learns:
            yield Remembered(self.learns)
        yield Finished(turn, 0.1, 0.2, len(WORDS))


class FakeFace:
    """Pictures that are only their number; remembers what it was told and when it drew."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.drawn: list[tuple[float, bool]] = []
        self.frames_per_second = 100.0
        self.fails = False
        self.image: Callable[[float], bytes] | None = None
        self.posed: dict[str, float] | None = None
        self.measured_in: list[threading.Thread] = []

    def picture(self, moment: float, calm: bool) -> bytes:
        if self.fails:
            raise RuntimeError("no picture")
        self.drawn.append((moment, calm))
        return self.image(moment) if self.image else f"picture {len(self.drawn)}".encode()

    def rate(self, calm: bool) -> float:
        return self.frames_per_second

    def thinking(self) -> None:
        self.told.append("thinking")

    def speaking(self) -> None:
        self.told.append("speaking")

    def replied(self, text: str, ended_by: str) -> None:
        self.told.append(ended_by)

    def expressed(self, labels: Mapping[str, str]) -> None:
        self.told.append(dict(labels))

    def silent(self) -> None:
        self.told.append("silent")

    def voice(self, aloud: bool) -> None:
        self.told.append(("voice", aloud))

    def controls(self) -> dict[str, Any]:
        limits = {name: {"low": -2.0, "high": 1.5, "rest": 0.25} for name in ("eyes", "mouth", "yaw", "pitch", "smile")}
        presets = {
            "eyes": {
                "작게": {"eyes": -0.85},
                "보통": {"eyes": 0.25},
                "크게": {"eyes": 1.05},
                "아주 크게": {"eyes": 1.5},
            },
            "mouth": {"보통": {"mouth": 0.25}, "크게": {"mouth": 1.25}, "아주 크게": {"mouth": 1.5}},
            "pose": {"없음": {"yaw": 0.25}, "보통": {"yaw": 0.95}, "많이": {"yaw": 1.5}},
            "smile": {"없음": {"smile": -0.55}, "약간": {"smile": 0.25}, "활짝": {"smile": 1.15}},
        }
        return {"attributes": limits, "presets": presets, "posed": self.posed}

    def pose(self, scores: Mapping[str, float] | None) -> None:
        if scores and any(abs(score) > 2 for score in scores.values()):
            raise InputError("beyond her reach", "닿지 않습니다")
        self.posed = dict(scores) if scores is not None else None

    def measure(self) -> dict[str, Any]:
        self.measured_in.append(threading.current_thread())
        return {"asked": self.posed or {}, "scores": {**(self.posed or {}), "roll": 0.5}}


class FakeHome:
    """Ready at once, unless `loading` is asked for; then `finish_loading` makes it so."""

    def __init__(self, loading: bool = False) -> None:
        self.introduction = {
            "name": "ohlora",
            "shown": "오로라",
            "greeting": "안녕!",
            "greetings": ["안녕!", "Hello there!"],
            "server": None,
            "place": "here",
            "licences": [{"name": "words", "licence": "free"}],
        }
        self.parts = {"language": Part(), "face": Part()}
        self.kept: list[StoredTurn] = []
        self.speaker = FakeSpeaker(self.kept)
        self.conversation: FakeSpeaker | None = None
        self.face = FakeFace()
        self.closed = False
        self.ended = True
        self.persona = personas.load()
        self.llm: str | None = None
        self.given: str | None = None
        self.engine_name: str | None = "words"
        self.limits = "normal"
        self.face_settings: dict[str, Any] = {"idle": 1.0, "size": 512, "progress": None, "error": None}
        self.generation = 0
        self.conversation_id = "now"
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.asides: list[tuple[list[Exchange], str]] = []
        self.reopened: list[tuple[str | None, str | None]] = []
        self.remembers: list[bool] = []
        self._loading = loading
        self._changed: Callable[[], None] = lambda: None

    def start(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        if not self._loading:
            self.finish_loading()

    def finish_loading(self) -> None:
        self.conversation = self.speaker
        for part in self.parts.values():
            part.progress, part.ready = 1.0, True
        self._changed()

    def reopen(self, *, llm: str | None, key: str | None = None, remember: bool = False) -> None:
        self.reopened.append((llm, key))
        self.remembers.append(remember)
        self.llm, self.persona = llm, personas.load()
        self.introduction["shown"] = self.persona.card.char
        self.generation += 1
        self._changed()

    def set_limits(self, level: str) -> None:
        self.limits = level

    def set_face(self, idle: float | None, size: int | None) -> None:
        if size == 1024:
            raise InputError("no room for so large a picture", "그렇게 큰 그림을 둘 자리가 없습니다")
        for name, value in (("idle", idle), ("size", size)):
            if value is not None:
                self.face_settings[name] = value

    @cached_property
    def store(self) -> Store:
        """A real one, in a folder that goes with the fake."""
        self._folder = tempfile.TemporaryDirectory(prefix="ohlora-fake-")
        return Store(Path(self._folder.name) / "ohlora.sqlite3")

    def open_conversation(self, id: str | None) -> str:
        self.conversation_id = id or f"new{len(self.kept)}"
        self.kept[:] = self.store.turns(self.conversation_id)
        return self.conversation_id

    def aside(self, history: Sequence[Exchange], message: str, cancel: threading.Event) -> Iterator[Event]:
        self.asides.append((list(history), message))
        for event in self.speaker.turn(message, cancel=cancel, keep=False):
            if not isinstance(event, Finished):
                yield event

    def history(self, last: int) -> list[StoredTurn]:
        return self.kept[-last:]

    def face_failed(self, error: Exception) -> None:
        self.parts["face"].ready = False
        self.parts["face"].error = InputError("no face", "얼굴이 없습니다")

    def close(self) -> None:
        self.closed = True
        if "store" in self.__dict__:
            self.store.close()
            if self._folder:
                self._folder.cleanup()
