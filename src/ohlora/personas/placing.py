"""Where a new person goes: names that can be folders everywhere, and folders that appear whole or not at all.

Knows nothing of what is in the folder.
"""

import errno
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ohlora import personas
from ohlora.errors import InputError

MOST_BYTES = 96
"""Of a name in UTF-8: file names are made of it (`NAME.sqlite3-journal`, folded models), which have at most 255."""
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


def checked_name(name: str) -> str:
    """A name that is found by `personas.find` and can be a folder on every system; composed (NFC).

    Raises:
        InputError: empty, too long, other signs than letters, digits, "_" and "-", or a name that Windows keeps for devices.
    """
    composed = unicodedata.normalize("NFC", name)
    if not re.fullmatch(r"\w[\w-]*", composed):
        raise InputError(
            f"{name!r} cannot be a persona's name: letters (of any script), digits, _ and - can, the first no -; for "
            "another folder give --dir",
            f"{name!r}은(는) 페르소나 이름이 될 수 없습니다. 글자, 숫자, _, -만 쓰고 -로 시작하지 마세요. 다른 폴더는 --dir로 지정하세요",
        )
    if len(composed.encode()) > MOST_BYTES:
        raise InputError(
            f"a persona's name has at most {MOST_BYTES} bytes, this one has {len(composed.encode())}; choose a shorter one",
            f"페르소나 이름은 {MOST_BYTES}바이트까지인데 {len(composed.encode())}바이트입니다. 더 짧게 지으세요",
        )
    if composed.casefold() in _DEVICES:
        raise InputError(
            f"{name!r} is reserved for a device on Windows; choose another name",
            f"{name!r}은(는) Windows의 장치 이름입니다. 다른 이름을 고르세요",
        )
    return composed


def name_from(title: str) -> str:
    """A name made of what a card is called; "" where nothing is left of it."""
    words = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", title)).strip("-_")
    return words.encode()[:MOST_BYTES].decode("utf-8", "ignore").strip("-_")


def own_shelf() -> Path:
    """Where the user's own personas are found by name."""
    return personas.shelves()[0]


def refuse_taken(name: str, directory: Path, remedy: tuple[str, str]) -> None:
    """Raises InputError if a persona of this name is there, also one whose name differs by capitals alone.

    Args:
        remedy: what is to be done, in English and Korean.
    """
    en, ko = remedy
    shelves = [directory] if directory != own_shelf() else personas.shelves()
    for shelf in shelves:
        for there in shelf.iterdir() if shelf.is_dir() else ():
            alike = _folded(there.name) == _folded(name)
            if alike and (shelf == directory or (there / "card.json").is_file()):
                raise InputError(f"there is {there} already; {en}", f"{there}이(가) 이미 있습니다. {ko}")
    left = personas.Persona(name, directory / name).own_card
    if left.is_file():
        raise InputError(
            f"a card that was edited under the name {name} is left at {left} and would be taken for the new one; "
            f"remove it, or {en}",
            f"{name}(이)라는 이름으로 고친 카드가 {left}에 남아 있어 새 카드 대신 쓰이게 됩니다. 지우거나, {ko}",
        )


@contextmanager
def placed(name: str, directory: Path) -> Iterator[Path]:
    """A folder to fill; at the end it is synced and becomes `directory/name` at once. On any error nothing is left of it.

    Raises:
        InputError: it cannot be written, or somebody else took the name meanwhile.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".", suffix=".tmp", dir=directory))
    except OSError as error:
        raise _unwritable(directory, error) from error
    try:
        yield beside
        _sync(beside)
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o777 & ~umask)  # made for one user alone
        beside.rename(directory / name)
        _sync_folder(directory)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            place = directory / name
            raise InputError(
                f"there is {place} already, made meanwhile; choose another name",
                f"그사이 {place}이(가) 생겼습니다. 다른 이름을 고르세요",
            ) from error
        raise _unwritable(directory, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _sync(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)


def _sync_folder(folder: Path) -> None:
    """Where folders can be synced (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(directory: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(
        f"cannot write into {directory}: {reason}; make room, or choose another folder with --dir (OHLORA_DATA moves them all)",
        f"{directory}에 쓸 수 없습니다: {reason}. 공간을 마련하거나 --dir로 다른 폴더를 고르세요(OHLORA_DATA로 모두 옮길 수 있습니다)",
    )
