"""Reads the catalogue: which models there are, which files they consist of, and where those come from.

Two catalogues are read: the one that ships and the user's own (`catalogue.toml` in the data folder), in the same form.
Knows nothing of networks or of what is on the disk.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ohlora.errors import InputError
from ohlora.i18n import say
from ohlora.paths import data_dir


@dataclass(frozen=True)
class Part:
    """What is downloaded for (a part of) a file: `size` and `sha256` are those of the download, not of the member."""

    source: str
    size: int
    sha256: str
    package: str = ""
    file: str = ""
    member: str = ""
    url: str = ""
    repo: str = ""
    revision: str = "main"

    @property
    def label(self) -> str:
        """The download's file name; the digest in front keeps apart what is called alike in two places."""
        return f"{self.sha256[:12]}-{self.title}"

    @property
    def title(self) -> str:
        """What it is called where it comes from."""
        return self.file.rsplit("/", 1)[-1] or urlsplit(self.url).path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class ModelFile:
    """A file of a model, made by joining its parts; `sha256` is of the finished file."""

    name: str
    size: int
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Model:
    """A model of the catalogue. `roles`: what it is for, in English and Korean; `default`: the application needs it."""

    name: str
    roles: tuple[str, str]
    title: str
    licence: str
    paper: str
    default: bool
    files: tuple[ModelFile, ...]

    @property
    def role(self) -> str:
        """What it is for, in the user's language."""
        return say(*self.roles)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(file.size for file in self.files)

    @property
    def download_size(self) -> int:
        """Bytes to download; a package that holds several files counts once."""
        return sum({part.sha256: part.size for file in self.files for part in file.parts}.values())


_NEEDED = {"index": ("package", "file", "member"), "https": ("url",), "huggingface": ("repo", "file")}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def user_catalogue() -> Path:
    """Where a user may list models of their own."""
    return data_dir() / "catalogue.toml"


def read_catalogue() -> dict[str, Model]:
    """All models by name; those of the user's catalogue come after, and replace, the shipped ones.

    Raises:
        InputError: a catalogue is broken; the sentence names the file and the entry.
    """
    models = _read(Path(__file__).with_name("catalogue.toml"))
    if user_catalogue().exists():
        models |= _read(user_catalogue())
    return models


def _read(path: Path) -> dict[str, Model]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"the model catalogue {path} cannot be read: {error}", f"모델 목록 {path}을(를) 읽을 수 없습니다: {error}"
        ) from error
    models = {}
    for name, entry in table.items():
        try:
            models[name] = _model(name, entry)
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise InputError(
                f"{path}: the entry [{name}] is not valid: {what}", f"{path}: [{name}] 항목이 올바르지 않습니다: {what}"
            ) from error
    return models


def _model(name: str, entry: dict[str, Any]) -> Model:
    _check_name(name)
    role = entry.get("role", {"en": "", "ko": ""})
    return Model(
        name=name,
        roles=(role, role) if isinstance(role, str) else (str(role["en"]), str(role["ko"])),
        title=str(entry.get("title", name)),
        licence=str(entry["licence"]),
        paper=str(entry.get("paper", "")),
        default=bool(entry.get("default", False)),
        files=tuple(_file(file) for file in entry["files"]),
    )


def _file(entry: dict[str, Any]) -> ModelFile:
    _check_name(entry["name"])
    _check_digest(entry["sha256"])
    return ModelFile(entry["name"], int(entry["size"]), entry["sha256"], tuple(_part(part) for part in entry["parts"]))


def _part(entry: dict[str, Any]) -> Part:
    source = entry["source"]
    if source not in _NEEDED:
        raise ValueError(f"source {source!r} is none of {', '.join(_NEEDED)}")
    for key in _NEEDED[source]:
        entry[key]
    if source == "https" and not entry["url"].startswith("https://"):
        raise ValueError(f"url {entry['url']!r} is not https")
    _check_digest(entry["sha256"])
    return Part(**entry)


def _check_digest(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"sha256 {digest!r} is not 64 hex digits")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"the name {name!r} may hold only letters, digits, '.', '_' and '-'")
