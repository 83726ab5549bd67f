"""Character cards as they travel: JSON or a PNG with the card inside, versions 1, 2 and 3; and how two cards differ.

What comes from elsewhere is text and stays text: it is bounded, its form is checked, its picture is never decoded. A card
is a plain mapping here, in the form of version 3; `persona.Card` is what the language model is shown of it.
"""

import base64
import binascii
import difflib
import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ohlora.errors import InputError

MAX_TEXT = 20_000
"""Characters of one text of a card; a language model's context holds fewer."""
MAX_JSON = 1_000_000
"""Bytes of a card as JSON."""
MAX_PICTURE = 12 * 1024 * 1024
"""Bytes of a card as PNG."""

NEEDED = ("name", "description")
SHOWN = ("name", "nickname", "description", "personality", "scenario", "first_mes", "mes_example", "system_prompt")
"""The texts that a language model is shown, in the order people read them."""
CARRIED = ("creator", "creator_notes", "character_version", "post_history_instructions")
"""Texts that are kept and shown to people, but not to a language model."""
LISTS = ("alternate_greetings", "group_only_greetings", "tags")
_MAX_ITEMS = 64

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WORD = re.compile(r"\s+|[^\s]+")
_MOST_WORDS = 2000

Change = dict[str, Any]


def read(raw: bytes) -> dict[str, Any]:
    """The card in a file, in the form of version 3: `{"spec", "spec_version", "data"}`.

    Args:
        raw: the bytes of a JSON or a PNG file.

    Raises:
        InputError: one sentence: neither of both, too large, no card in the picture, or not in form.
    """
    if raw.startswith(_SIGNATURE):
        return checked(_parsed(_from_png(raw)))
    if len(raw) > MAX_JSON:
        raise _bad(f"it has {len(raw):,} bytes, at most {MAX_JSON:,} are taken", f"{len(raw):,}바이트로 너무 큽니다")
    return checked(_parsed(raw))


def load(path: Path) -> dict[str, Any]:
    """A card of ours; one that was written by hand may have any form that is taken from elsewhere.

    Raises:
        InputError: as `read`, or the file cannot be read.
    """
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", f"{path}을(를) 읽을 수 없습니다") from error


def checked(card: object) -> dict[str, Any]:
    """A card of any version as version 3, with every text bounded and of the right type.

    Raises:
        InputError: it is no card, a needed text is missing, or a text is of another type or too long.
    """
    if not isinstance(card, dict):
        raise _bad("it is not a JSON object", "JSON 객체가 아닙니다")
    spec = card.get("spec")
    data = card if spec is None and "name" in card else card.get("data")
    if spec not in (None, "chara_card_v2", "chara_card_v3") or not isinstance(data, dict):
        raise _bad("it is no character card of version 1, 2 or 3", "버전 1, 2, 3의 캐릭터 카드가 아닙니다")
    made: dict[str, Any] = {}
    for name in (*SHOWN, *CARRIED):
        made[name] = _text(name, data.get(name))
    for name in NEEDED:
        if not made[name].strip():
            raise _bad(f"{name} is missing or empty", f"{name}이(가) 없거나 비어 있습니다")
    if len(made["name"]) > 100 or len(made["nickname"]) > 100:
        raise _bad("the name is longer than 100 characters", "이름이 100자를 넘습니다")
    for name in LISTS:
        made[name] = _list(name, data.get(name))
    made["extensions"] = _extensions(data.get("extensions"))
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": made}


def dropped(raw_card: object) -> list[str]:
    """Names of the members of a card's data that are not taken over (lorebooks, assets, …), sorted."""
    data = raw_card.get("data", raw_card) if isinstance(raw_card, dict) else {}
    known = {*SHOWN, *CARRIED, *LISTS, "extensions", "spec", "spec_version", "data"}
    return sorted(str(name)[:60] for name in data if name not in known)[:40] if isinstance(data, dict) else []


def parsed(raw: bytes) -> object:
    """The JSON in a JSON or PNG file, unchecked; see `read`."""
    return _parsed(_from_png(raw) if raw.startswith(_SIGNATURE) else raw)


def to_json(card: Mapping[str, Any], version: int = 3) -> str:
    """A card in the form of `checked` as a JSON file of version 2 or 3."""
    data = dict(card["data"])
    if version == 2:
        for name in ("nickname", "group_only_greetings"):
            data.pop(name, None)
        card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "name": card["data"]["name"]}}
    return json.dumps(card, ensure_ascii=False, indent=2) + "\n"


def to_png(card: Mapping[str, Any], picture: bytes) -> bytes:
    """A PNG with the card inside, for programs of either version (`ccv3` and `chara`).

    Args:
        card: in the form of `checked`.
        picture: a PNG; cards it may carry are replaced.
    """
    chunks = [(kind, data) for kind, data in _chunks(picture) if not (kind == b"tEXt" and _keyword(data) in _KEYS)]
    texts = [
        (b"tEXt", key + b"\0" + base64.b64encode(to_json(card, version).encode()))
        for key, version in ((b"ccv3", 3), (b"chara", 2))
    ]
    return _SIGNATURE + b"".join(_chunk(*one) for one in (chunks[0], *texts, *chunks[1:]))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """What accepting `new` changes, as `{"field", "before", "after", "parts": [["same" | "out" | "in", text], …]}`.

    Both are in the form of `checked`. Lists are compared as their lines.
    """
    changes = []
    for name in (*SHOWN, *CARRIED, *LISTS):
        before, after = (_plain(card["data"].get(name)) for card in (old, new))
        if before != after:
            changes.append({"field": name, "before": before, "after": after, "parts": list(_parts(before, after))})
    before, after = (_plain_json(card["data"].get("extensions")) for card in (old, new))
    if before != after:
        changes.append({"field": "extensions", "before": before, "after": after, "parts": list(_parts(before, after))})
    return changes


def _parts(before: str, after: str) -> Iterator[list[str]]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:  # comparing takes the square of it
        yield from (part for part in (["out", before], ["in", after]) if part[1])
        return
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield ["same", "".join(old[a:b])]
            continue
        if a < b:
            yield ["out", "".join(old[a:b])]
        if c < d:
            yield ["in", "".join(new[c:d])]


def _plain(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _plain_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) if value else ""


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _bad(f"{name} is not a string", f"{name}이(가) 문자열이 아닙니다")
    if len(value) > MAX_TEXT:
        raise _bad(
            f"{name} has {len(value):,} characters, at most {MAX_TEXT:,} are taken",
            f"{name}이(가) {len(value):,}자입니다. {MAX_TEXT:,}자까지 됩니다",
        )
    return plain(value)


def plain(text: str) -> str:
    """A text without controls (they carry no words, but may steer a terminal) and lone surrogates, which no file can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode()
    return "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 0x7F <= ord(c) < 0xA0))


def _list(name: str, value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        raise _bad(f"{name} is no list of at most {_MAX_ITEMS} strings", f"{name}이(가) 문자열 목록이 아닙니다")
    return [_text(name, item) for item in value]


def _extensions(value: object) -> dict[str, Any]:
    """Only our own extension is taken over: others' may hold anything, scripts too."""
    own = value.get("ohlora") if isinstance(value, dict) else None
    facts = own.get("facts") if isinstance(own, dict) else None
    if not isinstance(facts, dict):
        return {}
    kept = {
        _text("extensions.ohlora.facts", str(key)[:60]): _text("extensions.ohlora.facts", one)
        if isinstance(one, str)
        else one
        for key, one in list(facts.items())[:_MAX_ITEMS]
        if isinstance(one, str | int | float) and not isinstance(one, bool)
    }
    return {"ohlora": {"facts": kept}} if kept else {}


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _bad(
            f"byte {error.start} is not UTF-8, nor is it a PNG",
            f"UTF-8이 아니고({error.start}번째 바이트) PNG도 아닙니다",
        ) from None
    except json.JSONDecodeError as error:
        where = f"{error.lineno}:{error.colno}"
        raise _bad(f"not JSON at {where} ({error.msg})", f"{where}에서 JSON이 깨졌습니다({error.msg})") from None
    except (RecursionError, ValueError):
        raise _bad(
            "it is nested too deeply or holds endless numbers", "너무 깊게 겹쳐 있거나 수가 너무 깁니다"
        ) from None


_KEYS = (b"ccv3", b"chara")


def _from_png(raw: bytes) -> bytes:
    """The newest card that a PNG carries, as JSON."""
    if len(raw) > MAX_PICTURE:
        raise _bad(f"the picture has {len(raw):,} bytes, at most {MAX_PICTURE:,} are taken", "그림이 너무 큽니다")
    found: dict[bytes, bytes] = {}
    for kind, data in _chunks(raw):
        if kind in (b"tEXt", b"zTXt", b"iTXt") and (key := _keyword(data)) in _KEYS:
            found.setdefault(key, _content(kind, data))
    for key in _KEYS:
        if key in found:
            try:
                card = base64.b64decode(found[key], validate=False)
            except (binascii.Error, ValueError):
                raise _bad("the card in the picture is not base64", "그림 속의 카드가 base64가 아닙니다") from None
            if len(card) > MAX_JSON:
                raise _bad(f"the card in it has {len(card):,} bytes", f"그림 속의 카드가 {len(card):,}바이트입니다")
            return card
    raise _bad("the picture carries no character card", "그림에 캐릭터 카드가 들어 있지 않습니다")


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        if at + 8 > len(raw):
            raise _bad("the picture is cut off", "그림이 잘려 있습니다")
        length, kind = struct.unpack_from(">I4s", raw, at)
        end = at + 8 + length
        if end + 4 > len(raw):
            raise _bad("the picture is cut off", "그림이 잘려 있습니다")
        yield kind, raw[at + 8 : end]
        at = end + 4


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _keyword(data: bytes) -> bytes:
    return data.partition(b"\0")[0].lower()


def _content(kind: bytes, data: bytes) -> bytes:
    rest = data.partition(b"\0")[2]
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflated(rest[1:])
    packed = rest[:1] == b"\1"
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflated(text) if packed else text


def _inflated(data: bytes) -> bytes:
    """Unpacked, but never to more than a card can have: a small picture may hold a huge text."""
    most = 2 * MAX_JSON
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, most)
    except zlib.error:
        raise _bad("the card in the picture is damaged", "그림 속의 카드가 손상되었습니다") from None
    if unpacker.unconsumed_tail:
        raise _bad("the card in the picture is too large", "그림 속의 카드가 너무 큽니다")
    return text


def _bad(en: str, ko: str) -> InputError:
    return InputError(f"this card cannot be taken: {en}", f"이 카드는 쓸 수 없습니다: {ko}")
