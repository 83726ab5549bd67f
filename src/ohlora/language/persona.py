"""A persona's card: reading it strictly, and making of it what a language model is shown.

Cards are in the Character Card V3 form (github.com/kwaroran/character-card-spec-v3), which V2 programs read as V2 by its
`data`; V2 cards (github.com/malfoyslastname/character-card-spec-v2) are read as well. Macros `{{char}}` and `{{user}}`
(also `<BOT>` and `<USER>`, in any case) are put in when text is made, never in the file.

Knows nothing of faces, engines or where a persona's folder lies.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ohlora.errors import InputError
from ohlora.language.cards import plain

SPECS = {"chara_card_v2": "2.0", "chara_card_v3": "3.0"}
MAX_BYTES = 1_000_000
USER = "당신"

_CHAR = re.compile(r"\{\{char\}\}|<BOT>", re.IGNORECASE)
_USER = re.compile(r"\{\{user\}\}|<USER>", re.IGNORECASE)
_SPEAKER = re.compile(r"\s*(?:(?P<user>\{\{user\}\}|<USER>)|\{\{char\}\}|<BOT>)\s*:", re.IGNORECASE)
_TEXTS = ("name", "description", "personality", "scenario", "first_mes", "mes_example", "system_prompt")


@dataclass(frozen=True)
class Card:
    """What a card says, macros not yet replaced.

    Attributes:
        name: as in the file; `char` is what the persona is called (the nickname where there is one).
        description: who the persona is; the first lines of every prompt.
        facts: `extensions.ohlora.facts`: checkable facts (name, age, birthday, …), for people and tests.
    """

    name: str
    description: str
    personality: str = ""
    scenario: str = ""
    first_mes: str = ""
    mes_example: str = ""
    system_prompt: str = ""
    nickname: str = ""
    alternate_greetings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = None

    @property
    def char(self) -> str:
        return self.nickname or self.name

    def fill(self, text: str, user: str = USER) -> str:
        """Replaces the macros."""
        return _USER.sub(lambda _: user, _CHAR.sub(lambda _: self.char, text))

    @property
    def prefix(self) -> str:
        """The first paragraph of a raw prompt, one line: fixed, so that a prompt cache holds it."""
        return " ".join(self.fill(self.description).split())

    @property
    def greeting(self) -> str:
        return self.fill(self.first_mes)

    @property
    def greetings(self) -> list[str]:
        """All her first words, the usual ones first; a page shows those in its own language."""
        return [self.fill(text) for text in (self.first_mes, *self.alternate_greetings) if text]

    def exchanges(self) -> list[tuple[str, str]]:
        """What `mes_example` shows: (what the user says, what she answers), in order. What belongs to neither is left out."""
        found: list[tuple[str, str]] = []
        said, told, speaking = "", "", ""
        for line in [*self.mes_example.splitlines(), "<START>"]:
            if who := _SPEAKER.match(line):
                if who["user"]:
                    found += [(said, told)] if told else []
                    said, told, speaking = line[who.end() :].strip(), "", "user"
                else:
                    told, speaking = f"{told} {line[who.end() :].strip()}".strip(), "char"
            elif line.strip().upper() == "<START>":
                found += [(said, told)] if told else []
                said, told, speaking = "", "", ""
            elif speaking == "user":
                said = f"{said} {line.strip()}".strip()
            elif speaking == "char":
                told = f"{told} {line.strip()}".strip()
        return [(self.fill(said), self.fill(told)) for said, told in found if said]

    def system_message(self) -> str:
        """The system message for a chat model: instruction, who she is, where she is, how she speaks."""
        parts = (self.system_prompt, self.description, self.personality, self.scenario)
        return "\n\n".join(self.fill(part).strip() for part in parts if part.strip())


def load_card(path: Path) -> Card:
    """Reads a card.

    Raises:
        InputError: one sentence with file and place: missing, too large, no UTF-8, no JSON (line and column), another
            kind of card, a field missing, empty or of the wrong type.
    """
    data = _data(path, _read(path))
    texts = {name: _text(path, data, name) for name in _TEXTS}
    for name in ("name", "description"):
        if not texts[name].strip():
            raise _broken(path, f"data.{name} is empty", f"data.{name}이(가) 비어 있습니다")
    facts = _mapping(path, _mapping(path, data, "extensions"), "ohlora", "extensions.")
    return Card(
        **{name: texts[name] for name in _TEXTS},
        nickname=_text(path, data, "nickname"),
        alternate_greetings=_texts(path, data, "alternate_greetings"),
        tags=_texts(path, data, "tags"),
        facts=_mapping(path, facts, "facts", "extensions.ohlora."),
        path=path,
    )


def _read(path: Path) -> Any:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the card {path} cannot be read: {error.strerror}", f"카드 {path}을(를) 읽을 수 없습니다: {error.strerror}"
        ) from None
    if len(raw) > MAX_BYTES:
        raise _broken(
            path, f"it has {len(raw):,} bytes, a card at most {MAX_BYTES:,}", f"{len(raw):,}바이트로 너무 큽니다"
        )
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _broken(
            path, f"byte {error.start} is not UTF-8", f"{error.start}번째 바이트가 UTF-8이 아닙니다"
        ) from None
    except json.JSONDecodeError as error:
        where = f"{error.lineno}:{error.colno}"
        raise _broken(
            path, f"not JSON at {where} ({error.msg})", f"{where}에서 JSON이 깨졌습니다({error.msg})"
        ) from None
    except (RecursionError, ValueError):
        raise _broken(
            path, "it is nested too deeply or holds endless numbers", "너무 깊게 겹쳐 있거나 수가 너무 깁니다"
        ) from None


def _data(path: Path, card: Any) -> Mapping[str, Any]:
    spec = card.get("spec") if isinstance(card, dict) else None
    if spec not in SPECS:
        known = ", ".join(SPECS)
        raise _broken(path, f"spec is {spec!r}; known: {known}", f"spec이 {spec!r}입니다. 쓸 수 있는 것: {known}")
    return _mapping(path, card, "data", "", needed=True)


def _mapping(
    path: Path, of: Mapping[str, Any], name: str, where: str = "data.", needed: bool = False
) -> Mapping[str, Any]:
    value = of.get(name)
    if value is None and not needed:
        return {}
    if not isinstance(value, dict):
        raise _broken(path, f"{where}{name} is not an object", f"{where}{name}이(가) 객체가 아닙니다")
    return value


def _text(path: Path, data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None and name not in ("name", "description"):
        return ""
    if not isinstance(value, str):
        what = "missing" if value is None else "not a string"
        raise _broken(path, f"data.{name} is {what}", f"data.{name}이(가) 없거나 문자열이 아닙니다")
    return plain(value)


def _texts(path: Path, data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _broken(path, f"data.{name} is not a list of strings", f"data.{name}이(가) 문자열 목록이 아닙니다")
    return tuple(plain(item) for item in value)


def _broken(path: Path, en: str, ko: str) -> InputError:
    return InputError(f"the card {path} is broken: {en}", f"카드 {path}이(가) 잘못되었습니다: {ko}")
