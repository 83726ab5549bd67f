"""Atomic writing and digests of files. Knows nothing of what the files hold."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ohlora.errors import InputError


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_asked(path: Path, data: bytes) -> str:
    """Writes a file that the user named, whole or not at all; returns its SHA-256.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with atomic_write(path) as file:
            file.write(data)
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, FileExistsError):  # of making the folder: there is something else
            reason = f"{error.filename}: {os.strerror(errno.ENOTDIR)}"
        raise InputError(f"cannot write {path}: {reason}", f"{path}을(를) 쓸 수 없습니다: {reason}") from error
    return hashlib.sha256(data).hexdigest()


def read_text(
    path: Path, en: str = "name a text file that you may read", ko: str = "읽을 수 있는 텍스트 파일을 지정하세요"
) -> str:
    """The text of a file that somebody asked for by name.

    Args:
        en, ko: what to do where it cannot be read.

    Raises:
        InputError: it is missing, a folder, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8",
            f"{path}이(가) UTF-8이 아닙니다({error.start}번째 바이트). UTF-8로 저장하세요",
        ) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            f"{path} cannot be read ({why}); {en}", f"{path}을(를) 읽을 수 없습니다({why}). {ko}"
        ) from None


def check_writable(folder: Path) -> None:
    """Says before the work, not after it, that files cannot be written into a folder; nothing is made.

    Args:
        folder: it may be missing: then it must be possible to make it.

    Raises:
        InputError: a file stands there, or on the way there, or this user may not write.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        reason = f"{there}: {error.strerror or error}"
        raise InputError(
            f"cannot write into {folder} ({reason}); choose another place with -o",
            f"{folder}에 쓸 수 없습니다({reason}). -o로 다른 곳을 고르세요",
        ) from error


@contextmanager
def atomic_write(path: Path, mode: str = "wb") -> Iterator[IO]:
    """Opens a temporary file beside `path`; on success it is synced and renamed over it, on error removed.

    A reader therefore sees the old file or the whole new one, never a part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding = None if "b" in mode else "utf-8"
    with tempfile.NamedTemporaryFile(
        mode, dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False, encoding=encoding
    ) as file:
        temporary = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    try:
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except BaseException:  # a folder of that name stands there, or Ctrl-C
        temporary.unlink(missing_ok=True)
        raise
