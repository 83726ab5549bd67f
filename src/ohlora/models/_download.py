"""Brings one download to the disk: goes on where it stopped, shows its progress, refuses a wrong digest.

Knows addresses and bytes; nothing of models or of package indexes.
"""

import errno
import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from tqdm import tqdm

from ohlora.errors import InputError, MissingError
from ohlora.files import sha256_of
from ohlora.i18n import say
from ohlora.models._http import short
from ohlora.progress import bar

_CHUNK = 1 << 18
_TRIES = 4


class DownloadFailed(Exception):
    """Nothing (more) could be fetched; what has come so far stays and the next try goes on from there."""


def download(
    url: str,
    target: Path,
    size: int,
    sha256: str,
    session: requests.Session,
    timeout: float,
    *,
    title: str | None = None,
) -> None:
    """Fetches `url` (https:, http: or file:) into `target`, whose SHA-256 must be `sha256`.

    Bytes gather in `target.part`; an earlier part is continued with a range request, and begun anew where it does not
    lead to the digest. A connection that breaks is tried again a few times as long as bytes keep coming.

    Args:
        size: bytes there should be; what goes on beyond them is not read.
        title: what it is called on the screen.

    Raises:
        DownloadFailed: the address cannot be reached or does not have the file.
        MissingError: what came has another digest; it has been removed.
        InputError: the disk is full or the folder cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _check_room(target.parent, size - _length(part))
        title = title or target.name
        if urlsplit(url).scheme == "file":
            _copy(Path(unquote(urlsplit(url).path)), part)
        else:
            continued = _length(part) > 0
            _fetch_persistently(url, part, size, session, timeout, title)
            if continued and _length(part) == size and sha256_of(part) != sha256:
                part.unlink()  # what had been begun was damaged, or of another file
                _fetch_persistently(url, part, size, session, timeout, title)
        _accept(part, target, sha256, title)
    except OSError as error:
        if isinstance(error, requests.RequestException):
            raise DownloadFailed(short(error)) from error
        raise _disk_error(error, target) from error


def _copy(source: Path, part: Path) -> None:
    if not source.is_file():
        raise DownloadFailed(say(f"{source}: no such file", f"{source}: 파일이 없음"))
    shutil.copyfile(source, part)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _disk_error(error: OSError, target: Path) -> InputError:
    return InputError(
        f"cannot write to {target.parent}: {error.strerror or error}; make room there or choose another folder with OHLORA_CACHE",
        f"{target.parent}에 쓸 수 없습니다: {error.strerror or error}. 공간을 확보하거나 OHLORA_CACHE로 다른 폴더를 고르세요",
    )


def _fetch_persistently(url: str, part: Path, size: int, session: requests.Session, timeout: float, title: str) -> None:
    """Asks again after a broken connection; gives up after several tries in a row that brought nothing new."""
    if _length(part) > size:
        part.unlink()  # not the file that was begun
    with bar(title, total=size, unit="B", initial=_length(part)) as progress:
        fruitless = 0
        while _length(part) < size:
            before = _length(part)
            try:
                _fetch(url, part, size, session, timeout, progress)
            except requests.RequestException as error:
                fruitless = 0 if _length(part) > before else fruitless + 1
                answer = error.response
                final = answer is not None and 400 <= answer.status_code < 500
                if final or fruitless >= _TRIES:
                    raise DownloadFailed(short(error)) from error
                continue
            return


def _fetch(url: str, part: Path, size: int, session: requests.Session, timeout: float, progress: tqdm) -> None:
    have = _length(part)
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {"Accept-Encoding": "identity"}
    with session.get(url, headers=headers, stream=True, timeout=timeout) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            part.unlink()  # more than there is: not the file that was begun
            progress.reset()
            raise requests.exceptions.ChunkedEncodingError("the range is past the end")
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        if not resumed and have:
            progress.reset()
        with part.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                progress.update(len(chunk))
                if file.tell() > size:
                    return  # another file than the one asked for, perhaps without an end; its digest will say so


def _accept(part: Path, target: Path, sha256: str, name: str) -> None:
    found = sha256_of(part)
    if found != sha256:
        part.unlink()
        raise MissingError(
            f"{name} as downloaded has SHA-256 {found[:16]}… instead of {sha256[:16]}…: it was refused and removed; "
            "try again, or look whether a proxy or mirror changes files",
            f"내려받은 {name}의 SHA-256이 {sha256[:16]}…이(가) 아니라 {found[:16]}…이므로 거부하고 지웠습니다. "
            "다시 시도하거나 프록시·미러가 파일을 바꾸는지 확인하세요",
        )
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def describe(size: int) -> str:
    """Bytes for people: 253.1 MB."""
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
