"""What goes over the two WebSockets, in the form docs/protocol.md describes. Knows nothing of sockets.

`/ws/chat` carries JSON objects with a `type`; `/ws/face` carries pictures behind a header of twelve bytes one way, and
small JSON objects the other way.
"""

import json
import re
import struct
from dataclasses import dataclass
from typing import Any

from ohlora.errors import InputError

VERSION = 1
MAX_BYTES = 8 * 1024 * 1024
"""A WebSocket message above this closes the connection (code 1009); anything smaller is answered with a sentence."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FRAME = struct.Struct("<Id")
FRAME_HEADER_BYTES = _FRAME.size
_MOST_SCORES = 32


@dataclass(frozen=True, slots=True)
class Say:
    """The user says something. `turn`: an id the client made up; the same id twice is the same message."""

    turn: str
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The user stops her in mid-sentence."""


@dataclass(frozen=True, slots=True)
class Regenerate:
    """The user wants another answer to the newest kept turn, `of`; `turn` as for `Say`."""

    turn: str
    of: int


@dataclass(frozen=True, slots=True)
class Edit:
    """The user says a kept turn's message another way: it and all after it make place; `turn` as for `Say`."""

    turn: str
    of: int
    text: str


@dataclass(frozen=True, slots=True)
class Delete:
    """The user erases a kept turn, and what was remembered from it."""

    of: int


@dataclass(frozen=True, slots=True)
class Look:
    """The client wants pictures. `calm`: it prefers reduced motion."""

    calm: bool


@dataclass(frozen=True, slots=True)
class Away:
    """The client wants no pictures for now."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The client has drawn (or thrown away) the frame of this sequence number, and all before it."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The client asks for the server's clock; it gets `sent` back, to know how long the answer took."""

    sent: float


@dataclass(frozen=True, slots=True)
class Controls:
    """The client asks what her face can be set to."""


@dataclass(frozen=True, slots=True)
class Pose:
    """The client sets her face to these absolute scores (population σ); None lets it go."""

    scores: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Voice:
    """Her words begin, or cease, to be read aloud where the client is: her mouth goes along."""

    aloud: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """The client asks what is measured on the face as it is drawn now."""


def read_chat(data: str | None) -> Say | Stop | Regenerate | Edit | Delete:
    """Reads one message of /ws/chat.

    Raises:
        InputError: it is not one; the sentence says what is wrong.
    """
    message = _object(data)
    match message.get("type"):
        case "say":
            return Say(_turn(message), _text(message))
        case "stop":
            return Stop()
        case "regenerate":
            return Regenerate(_turn(message), _kept(message))
        case "edit":
            return Edit(_turn(message), _kept(message), _text(message))
        case "delete":
            return Delete(_kept(message))
        case other:
            raise _bad(f"there is no type {_shown(other)}", f"{_shown(other)}(이)라는 type은 없습니다")


def read_face(data: str | None) -> Look | Away | Ack | Clock | Controls | Pose | Measure | Voice:
    """Reads one message of /ws/face.

    Raises:
        InputError: it is not one; the sentence says what is wrong.
    """
    message = _object(data)
    match message.get("type"):
        case "look":
            return Look(calm=message.get("calm") is True)
        case "away":
            return Away()
        case "ack":
            sequence = message.get("sequence")
            if not isinstance(sequence, int) or isinstance(sequence, bool):
                raise _bad("'sequence' must be a whole number", "'sequence'는 정수여야 합니다")
            return Ack(sequence)
        case "clock":
            sent = message.get("sent")
            if not isinstance(sent, int | float) or isinstance(sent, bool) or not abs(sent) < 1e300:
                raise _bad("'sent' must be a number", "'sent'는 숫자여야 합니다")
            return Clock(sent)
        case "controls":
            return Controls()
        case "pose":
            return Pose(_scores(message.get("scores")))
        case "measure":
            return Measure()
        case "voice":
            return Voice(aloud=message.get("aloud") is True)
        case other:
            raise _bad(f"there is no type {_shown(other)}", f"{_shown(other)}(이)라는 type은 없습니다")


def frame(sequence: int, time: float, jpeg: bytes) -> bytes:
    """One picture on the wire.

    Args:
        sequence: counts the frames of one client from 1 (uint32, little endian).
        time: the moment the picture shows, seconds since 1970 by the server's clock (float64, little endian).
        jpeg: the picture.
    """
    return _FRAME.pack(sequence & 0xFFFFFFFF, time) + jpeg


def read_frame(data: bytes) -> tuple[int, float, bytes]:
    """The inverse of `frame`."""
    sequence, time = _FRAME.unpack_from(data)
    return sequence, time, data[FRAME_HEADER_BYTES:]


def error(code: str, en: str, ko: str, turn: str | None = None) -> dict[str, Any]:
    """An error as the page shows it: one sentence in each language; `turn` names the message it is about."""
    return {"type": "error", "code": code, "en": en, "ko": ko, "turn": turn}


def _turn(message: dict[str, Any]) -> str:
    turn = message.get("turn")
    if not isinstance(turn, str) or not _ID.fullmatch(turn):
        raise _bad("'turn' must be 1 to 64 letters, digits, - or _", "'turn'은 영문자, 숫자, -, _ 1~64자여야 합니다")
    return turn


def _text(message: dict[str, Any]) -> str:
    text = message.get("text")
    if not isinstance(text, str):
        raise _bad("'text' must be a string", "'text'는 문자열이어야 합니다")
    return text


def _kept(message: dict[str, Any]) -> int:
    of = message.get("of")
    if not isinstance(of, int) or isinstance(of, bool) or not 0 < of < 2**53:
        raise _bad("'of' must be the number of a kept turn", "'of'는 보관된 차례의 번호여야 합니다")
    return of


def _object(data: str | None) -> dict[str, Any]:
    try:
        message = json.loads(data or "")
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise _bad("it is not a JSON object", "JSON 객체가 아닙니다")
    return message


def _scores(value: object) -> dict[str, float] | None:
    if value is None:
        return None
    numbers = value.values() if isinstance(value, dict) else [None]
    if len(numbers) > _MOST_SCORES or any(
        isinstance(one, bool) or not isinstance(one, int | float) or not -1e6 < one < 1e6 for one in numbers
    ):  # NaN fails the comparison
        raise _bad(
            "'scores' must be null or an object of finite numbers by attribute",
            "'scores'는 null이거나 속성마다 유한한 수를 담은 객체여야 합니다",
        )
    assert isinstance(value, dict)
    return {name: float(one) for name, one in value.items()}


def _bad(en: str, ko: str) -> InputError:
    return InputError(f"the message was not understood: {en}", f"메시지를 이해하지 못했습니다: {ko}")


def _shown(value: object) -> str:
    # A lone surrogate, which JSON lets in, cannot be sent back.
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 40 else text[:39] + "…"
