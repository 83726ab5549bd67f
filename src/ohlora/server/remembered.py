"""What was chosen in the page and outlives a restart: who speaks, how lively she idles, how large her picture is, how strict her limits.

`settings.json` in the data folder; beside it `keys.json`, the keys of language servers, each with the address it was given
for and readable by the user alone. What cannot be understood, in a file edited by hand or damaged, counts as not chosen.
Knows files; knows nothing of pages, engines or faces.
"""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ohlora.conversation.limits.judging import DEFAULT, LEVELS, Level
from ohlora.errors import InputError
from ohlora.files import atomic_write
from ohlora.paths import data_dir

_LOCK = threading.Lock()

MOST_LIVELY = 2.0
SIZES = (256, 512, 1024)


@dataclass(frozen=True)
class FaceSettings:
    """idle: how far she moves when nothing happens, 0 (still) to MOST_LIVELY, 1 as people do; size: side of her picture in pixels."""

    idle: float = 1.0
    size: int = 512


def face() -> FaceSettings:
    """What was chosen for her face, or what she comes with."""
    kept = _settings().get("face")
    kept = kept if isinstance(kept, dict) else {}
    idle, size = kept.get("idle"), kept.get("size")
    own = FaceSettings()
    if isinstance(idle, bool) or not isinstance(idle, int | float) or not 0 <= idle <= MOST_LIVELY:
        idle = own.idle
    return FaceSettings(float(idle), size if size in SIZES else own.size)


def keep_face(settings: FaceSettings) -> None:
    """Raises InputError where it cannot be written."""
    _keep({"face": asdict(settings)})


def limits() -> Level:
    """How strictly her limits are kept, as was chosen; else as she comes."""
    kept = _settings().get("limits")
    return kept if kept in LEVELS else DEFAULT


def keep_limits(level: Level) -> None:
    """Raises InputError where it cannot be written."""
    _keep({"limits": level})


def llm() -> str | None:
    """The language engine that was chosen, as `engines.open_engine` takes it; None for the one that ships."""
    kept = _settings().get("llm")
    return kept if isinstance(kept, str) and kept else None


def keep_llm(chosen: str | None) -> None:
    """Raises InputError where it cannot be written. Never holds a key: those are kept by `keep_key`."""
    _keep({"llm": chosen})


def keys() -> dict[str, str]:
    """Address of a language server → its key."""
    return {str(address): str(key) for address, key in _read(_keys_path()).items()}


def keep_key(address: str, key: str) -> None:
    """Keeps a key with its address ("" forgets it), readable by the user alone.

    Raises:
        InputError: it cannot be written.
    """
    path = _keys_path()
    with _LOCK:
        kept = {**keys(), address: key}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(".tmp")
            made = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(made, "w", encoding="utf-8") as file:
                json.dump({one: kept[one] for one in kept if kept[one]}, file, indent=1)
            temporary.replace(path)
        except OSError as error:
            raise InputError(
                f"the key cannot be kept in {path}: {error.strerror}", f"키를 {path}에 저장할 수 없습니다"
            ) from error


def _keys_path() -> Path:
    return data_dir() / "keys.json"


def _settings_path() -> Path:
    return data_dir() / "settings.json"


def _settings() -> dict[str, Any]:
    return _read(_settings_path())


def _keep(changed: Mapping[str, Any]) -> None:
    path = _settings_path()
    with _LOCK:
        kept = {name: value for name, value in {**_settings(), **changed}.items() if value is not None}
        try:
            with atomic_write(path, "w") as file:
                json.dump(kept, file, ensure_ascii=False, indent=1)
        except OSError as error:
            raise InputError(
                f"this holds until the next start only: {path} cannot be written ({error.strerror})",
                f"다음에 시작할 때까지만 적용됩니다. {path}에 쓸 수 없습니다({error.strerror})",
            ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}
