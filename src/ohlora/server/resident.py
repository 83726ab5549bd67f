"""Who lives here: the persona with her conversation and her face, loaded in the background part by part.

Knows how the parts are made ready and in which order they end; knows nothing of sockets.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from ohlora import models
from ohlora.conversation import Conversation, Event, Expressed, Limited, Replied, Store, StoredTurn, Token
from ohlora.conversation.limits import Level
from ohlora.conversation.limits.keeping import in_character, limit_of, steering
from ohlora.errors import InputError, MissingError, OhLoraError
from ohlora.language import engines, tasks
from ohlora.personas import Persona
from ohlora.server import remembered
from ohlora.server.guard import is_loopback
from ohlora.server.living_face import LivingFace
from ohlora.server.talk import Speaker

log = logging.getLogger(__name__)

_FACE_MODEL = "mobilestylegan-ffhq"
_ENDING_S = 1.0


@dataclass
class Part:
    """How far a part is loaded: `progress` from 0 to 1, or the error that ended it."""

    progress: float = 0.0
    ready: bool = False
    error: OhLoraError | None = None
    refused: OhLoraError | None = None
    """Why something else runs than what was chosen."""

    def shown(self) -> dict[str, Any]:
        return {
            "ready": self.ready,
            "progress": round(self.progress, 3),
            "error": _sentences(self.error),
            "refused": _sentences(self.refused),
        }


@dataclass(frozen=True)
class Words:
    """Where words come from at the start.

    llm: as `engines.open_engine` takes it; key: of that server, None for the environment's; given: whether the command line
    named it; refused: why it is not the one that was chosen in the page.
    """

    llm: str | None = None
    key: str | None = None
    given: bool = True
    refused: OhLoraError | None = None


class Face(Protocol):
    """What the server asks of a face.

    `picture` and `rate` are called in the drawing thread, `measure` in any, all else on the loop.
    """

    def picture(self, moment: float, calm: bool) -> bytes: ...
    def rate(self, calm: bool) -> float: ...
    def thinking(self) -> None: ...
    def speaking(self) -> None: ...
    def replied(self, text: str, ended_by: str) -> None: ...
    def expressed(self, labels: Mapping[str, str]) -> None: ...
    def silent(self) -> None: ...
    def voice(self, aloud: bool) -> None: ...
    def controls(self) -> dict[str, Any]: ...
    def pose(self, scores: Mapping[str, float] | None) -> None: ...
    def measure(self) -> dict[str, Any]: ...


class Home(Protocol):
    """What the application asks of whoever lives here."""

    parts: dict[str, Part]

    @property
    def introduction(self) -> dict[str, Any]: ...

    @property
    def face(self) -> Face: ...

    @property
    def conversation(self) -> Speaker | None:
        """None while it is loading."""

    @property
    def ended(self) -> bool:
        """After `close`: whether nothing of it runs any more."""

    @property
    def persona(self) -> Persona: ...

    @property
    def llm(self) -> str | None:
        """Where words come from, as `engines.open_engine` takes it."""

    @property
    def given(self) -> str | None:
        """The language engine that the command line named; to it alone goes the key of the environment."""

    @property
    def engine_name(self) -> str | None:
        """The language model's name, None while it is loading."""

    @property
    def generation(self) -> int:
        """Counts how often the persona or the language model was changed."""

    def reopen(self, *, llm: str | None, key: str | None = None, remember: bool = False) -> None:
        """Loads the persona anew, with this language engine, in the background; what was before comes back if it fails.

        remember: whether the next start shall speak with it too.
        """

    @property
    def limits(self) -> Level:
        """How strictly her limits are kept."""

    def set_limits(self, level: Level) -> None:
        """Keeps them so from the next message on; the next start begins with it.

        Raises:
            InputError: it cannot be kept for the next start.
        """

    @property
    def face_settings(self) -> dict[str, Any]:
        """`{"idle", "size", "progress", "error"}`; progress: towards another size, or null; error: why it failed."""

    def set_face(self, idle: float | None, size: int | None) -> None:
        """How lively she idles, and how large her picture is; the next start begins with it. None leaves as it is.

        Another size is made ready in the background.

        Raises:
            InputError: her face is still loading, or another size is being made ready.
        """

    @property
    def store(self) -> Store: ...

    @property
    def conversation_id(self) -> str: ...

    def open_conversation(self, id: str | None) -> str:
        """Goes on with a conversation, or begins one (None); returns its id."""

    def aside(self, history: Sequence[tasks.Exchange], message: str, cancel: threading.Event) -> Iterator[Event]:
        """Her answer within another conversation, of which nothing is kept: Limited where a limit is touched, Token…, Replied, Expressed."""

    def start(self, changed: Callable[[], None]) -> None:
        """Begins loading; `changed` may be called from any thread, whenever `parts` has changed."""

    def history(self, last: int) -> list[StoredTurn]: ...
    def face_failed(self, error: Exception) -> None: ...
    def close(self) -> None: ...


def models_needed(llm: str | None) -> list[str]:
    """Names of the models that are in use with this language engine."""
    return [_FACE_MODEL, *([engines.BUNDLED] if llm in (None, engines.BUNDLED) else [])]


def check_llm(llm: str | None) -> None:
    """Refuses at once what cannot be opened later: a malformed address, a file that is not there.

    Raises:
        MissingError: there is no such file.
        EngineError: the address cannot be one.
    """
    if llm is None or llm == engines.BUNDLED:
        return
    if "://" in llm:
        engines.open_engine(llm).close()  # only looks at the address; nothing is sent
    elif not Path(llm).is_file():
        raise MissingError(f"--llm {llm}: there is no such file", f"--llm {llm}: 그런 파일이 없습니다")


def words_from(given: str | None) -> Words:
    """Whose words she speaks: the engine of the command line, else the one that was chosen in the page, else the one that ships.

    Raises:
        MissingError, EngineError: the engine of the command line cannot be one (see `check_llm`).
    """
    if given is not None:
        check_llm(given)
        return Words(given)
    chosen = remembered.llm()
    if chosen is None:
        return Words(given=False)
    try:
        if "://" not in chosen and not Path(chosen).is_file():
            raise MissingError(f"{chosen} is not there any more", f"{chosen} 파일이 이제 없습니다")
        check_llm(chosen)
    except OhLoraError as error:
        return Words(given=False, refused=_ships_instead(error))
    return Words(chosen, key_of(chosen), given=False)


def key_of(llm: str) -> str:
    """The key that is kept for a server's address; "" for none, and for what is no server."""
    return remembered.keys().get(llm.partition("#")[0].rstrip("/"), "") if "://" in llm else ""


def _ships_instead(error: OhLoraError) -> OhLoraError:
    return InputError(
        f"the model chosen last cannot be used, so the one that ships speaks: {error.en}",
        f"마지막으로 고른 모델을 쓸 수 없어 함께 온 모델이 말합니다: {error.ko}",
    )


class Resident:
    """The real one.

    Args:
        persona: who lives here.
        words: where words come from; see `words_from`.
        place: where conversations are kept; see `ohlora.conversation.store.place_of`.
        limits: how strictly her limits are kept; by default as chosen in the page.

    Raises:
        InputError: the store of conversations cannot be used.
    """

    def __init__(
        self, persona: Persona, words: Words | None = None, place: str | None = None, limits: Level | None = None
    ) -> None:
        words = words or Words()
        self.persona, self.llm, self._key = persona, words.llm, words.key
        self.given = words.llm if words.given else None
        self.parts = {"language": Part(refused=words.refused), "face": Part()}
        settings = remembered.face()
        self.face = LivingFace(persona, idle=settings.idle, size=settings.size)
        self.sizing: Part | None = None
        self.limits: Level = limits or remembered.limits()
        self.conversation: Conversation | None = None
        self._store = Store.of_persona(persona.name, place)
        self._id = self._store.newest_conversation() or uuid.uuid4().hex
        self._engine: engines.Engine | None = None
        self._threads: list[threading.Thread] = []
        self._closing = False
        self.generation = 0
        self._changed: Callable[[], None] = lambda: None

    @property
    def introduction(self) -> dict[str, Any]:
        """What the page says of her before the first word."""
        card = self.persona.card
        licences = [models.find(name) for name in models_needed(self.llm)]
        return {
            "name": self.persona.name,
            "shown": card.char,
            "greeting": card.greeting,
            "greetings": card.greetings,
            "server": _elsewhere(self.llm),
            "place": self._store.shown_place,
            "licences": [{"name": model.title, "licence": model.licence} for model in licences],
        }

    @property
    def ended(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def start(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        for name, load in (("language", self._load_first), ("face", self.face.load)):
            self._begin(f"loading {name}", self._load, name, load)

    def history(self, last: int) -> list[StoredTurn]:
        return self._store.turns(self._id, last)

    @property
    def store(self) -> Store:
        return self._store

    @property
    def conversation_id(self) -> str:
        return self._id

    def open_conversation(self, id: str | None) -> str:
        self._id = id or uuid.uuid4().hex
        if self.conversation and self._engine:
            self.conversation = Conversation(self.persona, self._engine, self._store, id=self._id, limits=self.limits)
        return self._id

    @property
    def engine_name(self) -> str | None:
        return self._engine.name if self._engine and self.conversation else None

    def reopen(self, *, llm: str | None, key: str | None = None, remember: bool = False) -> None:
        before = (self.persona, self.llm, self._key)
        after = (self.persona.again(), llm, key)
        self.conversation = None
        self.parts["language"] = Part()

        def load(progress: Callable[[float], None]) -> None:
            if self._engine:
                self._engine.close()
            try:
                self.persona, self.llm, self._key = after
                self._load_language(progress)
            except OhLoraError as error:
                log.warning("%s", error)
                self.persona, self.llm, self._key = before
                self._load_language(progress)
                self.parts["language"].refused = InputError(
                    f"what was chosen cannot be used, so the one before is back: {error.en}",
                    f"고른 모델을 쓸 수 없어 앞의 모델로 돌아왔어요: {error.ko}",
                )
            else:
                if remember:
                    self._remember(llm)
            finally:
                self.generation += 1

        self._begin("loading language anew", self._load, "language", load)

    def _remember(self, llm: str | None) -> None:
        try:
            remembered.keep_llm(llm)
        except InputError as error:
            self.parts["language"].refused = error

    @property
    def face_settings(self) -> dict[str, Any]:
        sizing = self.sizing
        return {
            "idle": self.face.idle,
            "size": self.face.size,
            "progress": round(sizing.progress, 3) if sizing and not sizing.ready and not sizing.error else None,
            "error": sizing and _sentences(sizing.error),
        }

    def set_face(self, idle: float | None, size: int | None) -> None:
        if not self.parts["face"].ready:
            raise InputError(
                "her face is still loading; wait a moment", "얼굴을 아직 불러오는 중입니다. 잠시 기다려 주세요"
            )
        if size is not None and self.face_settings["progress"] is not None:
            raise InputError(
                "her picture is being made ready in another size; wait a moment",
                "그림의 크기를 이미 바꾸고 있습니다. 잠시 기다려 주세요",
            )
        if idle is not None:
            self.face.enliven(idle)
            remembered.keep_face(replace(remembered.face(), idle=idle))
        if size is not None and size != self.face.size:
            self.sizing = sizing = Part()
            self._begin("drawing her in another size", self._resize, size, sizing)
        elif size is not None:
            remembered.keep_face(replace(remembered.face(), size=size))

    def set_limits(self, level: Level) -> None:
        self.limits = level
        if self.conversation:
            self.conversation.limits = level
        remembered.keep_limits(level)

    def _resize(self, size: int, sizing: Part) -> None:
        """What is shown goes on until the new one is ready, and stays where that fails."""

        def progress(share: float) -> None:
            sizing.progress = share
            self._tell()

        try:
            self.face.load(progress, size)
            remembered.keep_face(replace(remembered.face(), size=size))
        except Exception as error:
            sizing.error = _said("face", error)
        sizing.ready = sizing.error is None
        self._tell()

    def aside(self, history: Sequence[tasks.Exchange], message: str, cancel: threading.Event) -> Iterator[Event]:
        assert self._engine
        limit = limit_of(message, self.limits, self._engine, cancel)
        if limit:
            yield Limited(limit)
        steered = steering(self.persona, message, limit, said=[turn.message for turn in history])
        engine, now = self._engine, datetime.now()

        def ask(attempt: int = 0) -> tasks.Reply:
            return tasks.reply(
                engine, self.persona, history, message, now=now, cancel=cancel, seed=attempt, steering=steered
            )

        reply = ask()
        if limit:
            reply = in_character(ask, reply, self.persona, message, limit, engine.form == "text", cancel)
        for piece in reply:
            yield Token(piece)
        yield Replied(reply.text, reply.ended_by, reply.timing.prompt_tokens, reply.timing.tokens)
        stopped = cancel.is_set()
        yield Expressed(tasks.NEUTRAL if stopped else tasks.expression(self._engine, self.persona, message, reply))

    def face_failed(self, error: Exception) -> None:
        self._failed("face", error)

    def close(self) -> None:
        self._closing = True
        ends = time.monotonic() + _ENDING_S
        closing = [self._begin("closing the face", self.face.close)]
        if self._engine:
            # Frees the model; waits for a completion that has not ended yet, but not for one that never will.
            closing.append(self._begin("closing the engine", self._engine.close))
        for thread in closing:
            thread.join(max(0.0, ends - time.monotonic()))
        self._store.close()

    def _begin(self, name: str, function: Callable[..., None], *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=function, args=arguments, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _load(self, name: str, load: Callable[[Callable[[float], None]], None]) -> None:
        part = self.parts[name]

        def progress(share: float) -> None:
            part.progress = share
            self._tell()

        try:
            load(progress)
        except Exception as error:
            self._failed(name, error)
        else:
            part.ready = True
            progress(1.0)

    def _load_first(self, progress: Callable[[float], None]) -> None:
        """The first time. What the page chose once must not keep her from speaking; what the command line says is said so."""
        try:
            self._load_language(progress)
        except OhLoraError as error:
            if self.given is not None or self.llm is None:
                raise
            log.warning("%s", error)
            self.llm, self._key = None, ""
            self.parts["language"].refused = _ships_instead(error)
            models.ensure([engines.BUNDLED])
            self._load_language(progress)
            self.generation += 1

    def _load_language(self, progress: Callable[[float], None]) -> None:
        progress(0.1)
        engine = self._engine = engines.open_engine(self.llm, persona=self.persona, key=self._key)
        progress(0.5)
        tasks.warm_up(engine, self.persona)
        self.conversation = Conversation(self.persona, engine, self._store, id=self._id, limits=self.limits)

    def _failed(self, name: str, error: Exception) -> None:
        part = self.parts[name]
        part.ready = False
        part.error = _said(name, error)
        self._tell()

    def _tell(self) -> None:
        if not self._closing:
            self._changed()


def _said(name: str, error: Exception) -> OhLoraError:
    """An error as a sentence; of one that nobody expected the details go to the terminal."""
    if isinstance(error, OhLoraError):
        return error
    log.error("%s: unexpected", name, exc_info=error)
    return InputError(
        f"{name}: something went wrong ({type(error).__name__}); details are in the terminal",
        f"{name}: 문제가 생겼습니다({type(error).__name__}). 자세한 내용은 터미널에 있습니다",
    )


def _sentences(error: OhLoraError | None) -> dict[str, str] | None:
    return {"en": error.en, "ko": error.ko} if error else None


def _elsewhere(llm: str | None) -> str | None:
    """Host of the language server when words are not made on this computer."""
    if not llm or not llm.startswith(("http://", "https://")):
        return None
    host = urlsplit(llm).hostname or ""
    return None if is_loopback(host) else host
