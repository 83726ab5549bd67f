"""Who lives here: the persona with her conversation and her face, loaded in the background part by part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ohlora.conversation import StoredTurn
from ohlora.errors import OhLoraError
from ohlora.server.talk import Speaker


@dataclass
class Part:
    """How far a part is loaded: `progress` from 0 to 1, or the error that ended it."""

    progress: float = 0.0
    ready: bool = False
    error: OhLoraError | None = None

    def shown(self) -> dict[str, Any]:
        error = self.error and {"en": self.error.en, "ko": self.error.ko}
        return {"ready": self.ready, "progress": round(self.progress, 3), "error": error}


class Face(Protocol):
    """What the server asks of a face. `picture` and `rate` are called in the drawing thread, all else on the loop."""

    def picture(self, moment: float, calm: bool) -> bytes: ...
    def rate(self, calm: bool) -> float: ...
    def thinking(self) -> None: ...
    def speaking(self) -> None: ...
    def expressed(self, labels: Mapping[str, str]) -> None: ...
    def silent(self) -> None: ...


class Home(Protocol):
    """What the application asks of whoever lives here."""

    introduction: dict[str, Any]
    parts: dict[str, Part]
    face: Face
    conversation: Speaker | None
    ended: bool
    """After `close`: whether nothing of it runs any more."""

    def start(self, changed: Callable[[], None]) -> None: ...
    def history(self, last: int) -> list[StoredTurn]: ...
    def face_failed(self, error: Exception) -> None: ...
    def close(self) -> None: ...
