"""Who lives here: the persona with her conversation and her face, loaded in the background part by part.

Knows how the parts are made ready and in which order they end; knows nothing of sockets.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from ohlora import models, personas
from ohlora.conversation import Conversation, Event, Expressed, Replied, Store, StoredTurn, Token
from ohlora.errors import InputError, MissingError, OhLoraError
from ohlora.language import engines, tasks
from ohlora.paths import data_dir
from ohlora.personas import Persona
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
    """Why what was chosen last could not be loaded, and what was before still runs."""

    def shown(self) -> dict[str, Any]:
        error = self.error and {"en": self.error.en, "ko": self.error.ko}
        return {"ready": self.ready, "progress": round(self.progress, 3), "error": error}


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
    def engine_name(self) -> str | None:
        """The language model's name, None while it is loading."""

    @property
    def generation(self) -> int:
        """Counts how often the persona or the language model was changed."""

    def reopen(self, *, llm: str | None, key: str | None = None) -> None:
        """Loads the persona anew, with this language engine, in the background; what was before comes back if it fails."""

    @property
    def store(self) -> Store: ...

    @property
    def conversation_id(self) -> str: ...

    def open_conversation(self, id: str | None) -> str:
        """Goes on with a conversation, or begins one (None); returns its id."""

    def aside(self, history: Sequence[tasks.Exchange], message: str, cancel: threading.Event) -> Iterator[Event]:
        """Her answer within another conversation, of which nothing is kept: Token…, Replied, Expressed."""

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


class Resident:
    """The real one.

    Args:
        persona: who lives here.
        llm: see `language.engines.open_engine`.

    Raises:
        InputError: the store of conversations cannot be used.
    """

    def __init__(self, persona: Persona, llm: str | None = None) -> None:
        self.persona, self.llm = persona, llm
        self.parts = {"language": Part(), "face": Part()}
        self.face = LivingFace(persona)
        self.conversation: Conversation | None = None
        self._store = Store.of_persona(persona.name)
        self._id = self._store.newest_conversation() or uuid.uuid4().hex
        self._engine: engines.Engine | None = None
        self._threads: list[threading.Thread] = []
        self._closing = False
        self._key: str | None = None
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
            "server": _elsewhere(self.llm),
            "place": str(data_dir() / "conversations"),
            "licences": [{"name": model.title, "licence": model.licence} for model in licences],
        }

    @property
    def ended(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def start(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        for name, load in (("language", self._load_language), ("face", self._load_face)):
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
            self.conversation = Conversation(self.persona, self._engine, self._store, id=self._id)
        return self._id

    @property
    def engine_name(self) -> str | None:
        return self._engine.name if self._engine and self.conversation else None

    def reopen(self, *, llm: str | None, key: str | None = None) -> None:
        before = (self.persona, self.llm, self._key)
        after = (personas.load(self.persona.name), llm, key)
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
                self.parts["language"].refused = error
            finally:
                self.generation += 1

        self._begin("loading language anew", self._load, "language", load)

    def aside(self, history: Sequence[tasks.Exchange], message: str, cancel: threading.Event) -> Iterator[Event]:
        assert self._engine
        reply = tasks.reply(self._engine, self.persona, history, message, now=datetime.now(), cancel=cancel)
        for piece in reply:
            yield Token(piece)
        yield Replied(reply.text, reply.ended_by)
        stopped = cancel.is_set()
        yield Expressed(tasks.NEUTRAL if stopped else tasks.expression(self._engine, self.persona, message, reply))

    def face_failed(self, error: Exception) -> None:
        self._failed("face", error)

    def close(self) -> None:
        self._closing = True
        self._begin("closing the face", self.face.close).join(_ENDING_S)
        if self._engine:
            # Frees the model; waits for a completion that has not ended yet, but not for one that never will.
            self._begin("closing the engine", self._engine.close).join(_ENDING_S)
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

    def _load_language(self, progress: Callable[[float], None]) -> None:
        progress(0.1)
        engine = self._engine = engines.open_engine(self.llm, persona=self.persona, key=self._key)
        progress(0.5)
        tasks.warm_up(engine, self.persona)
        self.conversation = Conversation(self.persona, engine, self._store, id=self._id)

    def _load_face(self, progress: Callable[[float], None]) -> None:
        self.face.load(progress)

    def _failed(self, name: str, error: Exception) -> None:
        part = self.parts[name]
        part.ready = False
        if isinstance(error, OhLoraError):
            part.error = error
        else:
            log.error("%s: unexpected", name, exc_info=error)
            part.error = InputError(
                f"{name}: something went wrong ({type(error).__name__}); details are in the terminal",
                f"{name}: 문제가 생겼습니다({type(error).__name__}). 자세한 내용은 터미널에 있습니다",
            )
        self._tell()

    def _tell(self) -> None:
        if not self._closing:
            self._changed()


def _elsewhere(llm: str | None) -> str | None:
    """Host of the language server when words are not made on this computer."""
    if not llm or not llm.startswith(("http://", "https://")):
        return None
    host = urlsplit(llm).hostname or ""
    return None if is_loopback(host) else host
