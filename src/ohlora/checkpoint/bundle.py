"""A bundle: a folder that says completely what a generator is. Written once, whole; read only if every digest agrees.

    weights.safetensors      every tensor, float32, under the names of the original implementation
    fingerprint.safetensors  fixed latents and small copies of their images, to compare with on another computer
    manifest.json            architecture, settings, source, what was initialised and how, versions, digests, fingerprint

Knows nothing of torch.
"""

import errno
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as to_safetensors

from ohlora import __version__
from ohlora.checkpoint._refusal import naming
from ohlora.checkpoint.architectures import ARCHITECTURES, Architecture, by_name
from ohlora.checkpoint.reader import is_finite, read
from ohlora.errors import CheckFailed, InputError
from ohlora.files import sha256_of

FORMAT, VERSION = "ohlora-bundle", 1
WEIGHTS, REFERENCE, MANIFEST = "weights.safetensors", "fingerprint.safetensors", "manifest.json"
_MANIFEST_LIMIT = 64 * 2**20


@dataclass
class Bundle:
    """A bundle that was read: its digests agree, its tensors are those its architecture has, all finite."""

    folder: Path
    manifest: dict[str, Any]
    architecture: Architecture
    settings: dict[str, Any]
    tensors: dict[str, NDArray[np.float32]]
    absent: list[str]


def load(folder: Path) -> Bundle:
    """Reads a bundle completely.

    Raises:
        InputError: no bundle there.
        CheckFailed: a digest, a name, a shape or a number is not what the manifest says.
    """
    manifest = read_manifest(folder)
    check_digests(folder, manifest)
    architecture = by_name(manifest["architecture"])
    file = read(folder / WEIGHTS)
    tensors = {name: tensor for part in file.parts for name, tensor in part.tensors.items()}
    absent = list(manifest.get("absent", []))
    expected = architecture.expected(manifest["settings"])
    wanted = {name: e.shape for name, e in expected.items() if not (e.optional and name in absent)}
    if {name: tensor.shape for name, tensor in tensors.items()} != wanted:
        raise _broken(folder, WEIGHTS, "holds other tensors than its architecture has", "의 텐서가 구조와 다릅니다")
    values = {name: tensor.read() for name, tensor in tensors.items()}
    bad = next((n for n, v in values.items() if v.dtype != np.float32 or not is_finite(v)), None)
    if bad is not None:
        raise _broken(
            folder, WEIGHTS, f"holds a `{bad}` that is not finite float32", f"의 `{bad}` 값이 올바르지 않습니다"
        )
    return Bundle(folder, manifest, architecture, manifest["settings"], values, absent)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, with the fields every bundle has.

    Raises:
        InputError: there is none, or it is of another format or version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"{folder} is no bundle: it has no {MANIFEST}; make one with `ohlora checkpoint freeze`.",
            f"{folder}은(는) 번들이 아닙니다({MANIFEST} 없음). `ohlora checkpoint freeze`로 만드세요.",
        )
    with naming(path):
        if path.stat().st_size > _MANIFEST_LIMIT:
            raise InputError(f"{path} is too large.", f"{path}이(가) 너무 큽니다.")
        text = path.read_bytes()
    try:
        manifest = json.loads(text)
        if manifest["format"] != FORMAT or manifest["version"] != VERSION:
            raise ValueError
        for name, kind in (("architecture", str), ("settings", dict), ("files", dict), ("fingerprint", dict)):
            if not isinstance(manifest[name], kind):
                raise ValueError
        _check_words(manifest)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path} is no bundle manifest of version {VERSION}; freeze the source file again.",
            f"{path}은(는) 버전 {VERSION} 번들 명세가 아닙니다. 원본을 다시 고정하세요.",
        ) from error
    return manifest


def _check_words(manifest: dict[str, Any]) -> None:
    """Raises ValueError where the manifest describes no generator there could be."""
    architecture = ARCHITECTURES[manifest["architecture"]]
    architecture.check(manifest["settings"])
    optional = {name for name, e in architecture.expected(manifest["settings"]).items() if e.optional}
    texts = [*manifest["files"].values(), manifest["fingerprint"]["digest"]]
    if not all(isinstance(text, str) for text in texts) or not {WEIGHTS, REFERENCE} <= set(manifest["files"]):
        raise ValueError
    if not isinstance(manifest["fingerprint"].get("platform"), dict) or not set(manifest["absent"]) <= optional:
        raise ValueError


def reference(folder: Path) -> tuple[NDArray, NDArray]:
    """The latents the fingerprint was taken of, and small copies of their images.

    Raises:
        CheckFailed: they are not there.
    """
    tensors = {name: tensor for part in read(folder / REFERENCE).parts for name, tensor in part.tensors.items()}
    if set(tensors) != {"z", "image"}:
        raise _broken(folder, REFERENCE, "holds no latents and images", "에 잠재 벡터와 이미지가 없습니다")
    return tensors["z"].read(), tensors["image"].read()


def check_digests(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compares every file with its digest.

    Raises:
        CheckFailed: one differs or is missing.
    """
    for name, recorded in manifest["files"].items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts or not path.is_file():
            raise _broken(folder, name, "is missing", "이(가) 없습니다")
        with naming(path):
            found = sha256_of(path)
        if found != recorded:
            raise _broken(
                folder,
                name,
                f"was changed: its SHA-256 is {found[:16]}…, the manifest says {recorded[:16]}…",
                f"이(가) 바뀌었습니다. SHA-256이 {found[:16]}…인데 명세에는 {recorded[:16]}…입니다",
            )


def _broken(folder: Path, name: str, en: str, ko: str) -> CheckFailed:
    return CheckFailed(
        f"{folder / name} {en}; freeze the source file again.", f"{folder / name}{ko}. 원본을 다시 고정하세요."
    )


def versions(*packages: str) -> dict[str, str]:
    """Versions of ohlora, Python and packages, where installed."""
    found = {"ohlora": __version__, "python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def save(
    folder: Path, manifest: dict[str, Any], tensors: Mapping[str, NDArray], reference: Mapping[str, NDArray]
) -> None:
    """Writes a bundle whole or not at all: into a hidden folder beside it, synced, then renamed.

    Raises:
        InputError: the folder exists already, or the disk does not take it; nothing is left behind.
    """
    refuse_existing(folder)
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
        _write(temporary / WEIGHTS, to_safetensors(dict(tensors)))
        _write(temporary / REFERENCE, to_safetensors(dict(reference)))
        manifest["files"] = {name: sha256_of(temporary / name) for name in (WEIGHTS, REFERENCE)}
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        _write(temporary / MANIFEST, text.encode("utf-8"))
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        refuse_existing(folder)
        temporary.rename(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        full = " Free some space first." if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else ""
        raise InputError(
            f"{folder} cannot be written ({reason}); nothing was left behind.{full}",
            f"{folder}에 쓸 수 없습니다({reason}). 남겨진 것은 없습니다.",
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def refuse_existing(folder: Path) -> None:
    """Raises InputError where the folder exists: a bundle is never overwritten."""
    if folder.exists() or folder.is_symlink():
        raise InputError(
            f"{folder} exists already and is not overwritten; name another folder or remove it first.",
            f"{folder}이(가) 이미 있어 덮어쓰지 않았습니다. 다른 이름을 쓰거나 먼저 지우세요.",
        )


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
