"""Faces that `ohlora face evaluate` is done with, kept in its report folder, so that a run that is killed goes on.

FOLDER/faces/protocol.json says what the faces were evaluated with; FOLDER/faces/ROW.npz holds all that was found of one, so
that a run that went on gives the same figures as one that was left in peace. Each file is written whole or not at all. Knows
nothing of how a face is evaluated.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.evaluation import GRID, FaceResult, Looked
from ohlora.face.directions.sampling import PSI, versions
from ohlora.face.generator import Generator
from ohlora.files import atomic_write

FORMAT = "ohlora-evaluated-faces/1"
_PARTS = ("first", "closed", "baseline")
_ARRAYS = ("measured", "leak", "identity")


def protocol(
    directions: Directions, generator: Generator, *, seed: int, points: int, identity: bool, background: str
) -> dict[str, Any]:
    """All that a face's figures depend on besides its row, with the pictures this processor draws."""
    digest = hashlib.sha256(directions.vectors.tobytes())
    if directions.baseline is not None:
        digest.update(directions.baseline.tobytes())
    for part in (directions.mean, directions.std, directions.description.get("effect", {})):
        digest.update(json.dumps(part, sort_keys=True).encode())
    return {
        "format": FORMAT,
        "directions": digest.hexdigest(),
        "generator": generator.fingerprint(),
        "pictures": getattr(generator, "image_fingerprint", str)(),
        "precision": generator.precision,
        "seed": seed,
        "psi": PSI,
        "points": points,
        "grid": {name: list(values) for name, values in GRID.items()},
        "identity": identity,
        "background": background,
        "versions": versions(),
    }


class KeptFaces:
    """Rows that are done, in a folder.

    Args:
        folder: of the report.
        about: of `protocol`; the folder's own must be equal.

    Raises:
        InputError: the folder holds faces that were evaluated otherwise, or cannot be written.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder / "faces"
        path = self._folder / "protocol.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for leftover in self._folder.glob(".*.tmp"):
                leftover.unlink(missing_ok=True)
            if path.is_file():
                _refuse_other(self._folder, json.loads(path.read_text("utf-8")), json.loads(json.dumps(about)))
            else:
                with atomic_write(path, "w") as file:
                    file.write(json.dumps(about, indent=1) + "\n")
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path} cannot be read or written: {error}; choose another folder with --report",
                f"{path}을(를) 읽거나 쓸 수 없습니다: {error}. --report로 다른 폴더를 고르세요",
            ) from error

    def load(self, row: int) -> Looked | None:
        """What is kept of a row; None if it is not done.

        Raises:
            InputError: its file is damaged.
        """
        path = self._folder / f"{row}.npz"
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                told = json.loads(str(arrays["told"]))
                parts = {part: _result(told[part], arrays, part) for part in _PARTS if told[part] is not None}
            return Looked(**parts, seconds=told["seconds"])
        except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path} is damaged; delete it, and its face is done again",
                f"{path}이(가) 손상되었습니다. 지우면 그 얼굴만 다시 합니다",
            ) from error

    def save(self, row: int, looked: Looked) -> None:
        """Keeps a row; the pictures for the report only of the first part, which shows them."""
        arrays: dict[str, NDArray] = {}
        told: dict[str, Any] = {"seconds": looked.seconds}
        for part in _PARTS:
            result: FaceResult | None = getattr(looked, part)
            told[part] = None
            if result is not None:
                whole = asdict(result)
                arrays |= {f"{part}_{name}": whole.pop(name) for name in _ARRAYS}
                strip = whole.pop("strip") if part == "first" else whole.pop("strip")[:0]
                arrays[f"{part}_strip"] = np.array(strip, np.uint8)
                told[part] = whole
        data = io.BytesIO()
        np.savez_compressed(data, told=np.array(json.dumps(told)), **arrays)  # type: ignore[arg-type]
        with atomic_write(self._folder / f"{row}.npz") as file:
            file.write(data.getvalue())


def _result(told: Mapping[str, Any], arrays: Mapping[str, NDArray], part: str) -> FaceResult:
    known = {one.name for one in fields(FaceResult)}
    if set(told) | {*_ARRAYS, "strip"} != known:
        raise ValueError("other fields")
    reach = {name: (ends[0], ends[1]) for name, ends in told["reach"].items()}
    numbers = {name: arrays[f"{part}_{name}"] for name in _ARRAYS}
    return FaceResult(**{**told, **numbers, "reach": reach, "strip": list(arrays[f"{part}_strip"])})


def _refuse_other(folder: Path, kept: Any, wanted: dict[str, Any]) -> None:
    if kept == wanted:
        return
    other = [name for name in wanted if not isinstance(kept, dict) or kept.get(name) != wanted[name]]
    raise InputError(
        f"{folder} holds faces that were evaluated otherwise ({', '.join(other)}); choose another folder with --report, "
        "or delete this one",
        f"{folder}의 얼굴은 다른 설정으로 평가한 것입니다({', '.join(other)}). --report로 다른 폴더를 고르거나 이 폴더를 지우세요",
    )
