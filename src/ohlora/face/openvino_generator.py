"""A StyleGAN bundle on OpenVINO, without torch: what `ohlora checkpoint export` wrote, checked by its digests.

Its fingerprint is the bundle's own: the export was compared with it image by image, so directions found on one engine
hold on the other.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import CheckFailed, InputError
from ohlora.face.generator import Precision
from ohlora.face.latents import as_wplus, no_average, sized, split, truncated
from ohlora.files import sha256_of

FOLDER, RECORD = "openvino", "export.json"
MAPPING, SYNTHESIS, AVERAGE = "mapping.xml", "synthesis.xml", "average.npy"


def exported(folder: Path) -> bool:
    """Whether a bundle has an OpenVINO form."""
    return (folder / FOLDER / RECORD).is_file()


def compiled(path: Path, precision: str) -> Any:
    """A network ready to run on the processor at a precision ("f32" or "bf16")."""
    import openvino as ov

    core = ov.Core()
    return core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": precision})


class OpenVINOGenerator:
    """The exported form of a bundle, behind the `Generator` protocol; as `torch_generator.TorchGenerator`.

    Raises:
        CheckFailed: a file of the export was changed, or belongs to another bundle.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any], precision: Precision = "f32") -> None:
        record = _record(folder, manifest)
        settings = manifest["settings"]
        self.architecture, self.name = str(manifest["architecture"]), folder.resolve().name
        self.latent_dim, self.label_size = settings["z_dim"], settings.get("label_size", 0)
        self.z_dim = self.latent_dim + self.label_size
        self.w_dim, self.resolution, self.num_ws = settings["w_dim"], settings["resolution"], record["num_ws"]
        self.precision: Precision = precision
        self._fingerprint = str(manifest["fingerprint"]["digest"])
        self._mapping = compiled(folder / FOLDER / MAPPING, "f32")
        self._synthesis = compiled(folder / FOLDER / SYNTHESIS, precision)
        average = folder / FOLDER / AVERAGE
        self._average = np.load(average, allow_pickle=False) if average.is_file() else None
        self.has_average = self._average is not None

    @property
    def average(self) -> NDArray[np.float32]:
        """Mean of w by layer, (1, w_dim) or (num_ws, w_dim). Raises InputError where the file kept none."""
        if self._average is None:
            raise no_average()
        return self._average

    @property
    def w_mean(self) -> NDArray[np.float32]:
        return self.average.mean(axis=0, dtype=np.float64).astype(np.float32)

    def mapping(self, z: NDArray, label: NDArray | None = None) -> NDArray[np.float32]:
        """z (N, latent_dim) and label, or both in one row (N, z_dim) → w (N, w_dim)."""
        z, label = split(z, label, self.latent_dim, self.label_size)
        if not len(z):
            return np.zeros((0, self.w_dim), np.float32)
        w: NDArray[np.float32] = self._mapping([z] if label is None else [z, label])[0].copy()
        return w if w.shape[1] == self.w_dim else w.reshape(len(w), self.num_ws, self.w_dim)

    def as_wplus(self, w: NDArray) -> NDArray[np.float32]:
        """w repeated for every layer; w+ as it is."""
        return as_wplus(w, self.num_ws, self.w_dim)

    def truncate(self, w: NDArray, psi: float, layers: int | Sequence[int] | None = None) -> NDArray[np.float32]:
        """w or w+ → w+, moved towards the mean of w; `layers`: the first n, or their numbers."""
        ws = as_wplus(w, self.num_ws, self.w_dim)
        return ws.copy() if psi == 1 else truncated(ws, self.average, psi, layers)

    def synthesis(self, w: NDArray, size: int | None = None) -> NDArray[np.float32]:
        """w or w+ → images (N, channels, size, size); noise is the stored one."""
        ws = as_wplus(w, self.num_ws, self.w_dim)
        if not len(ws):
            return np.zeros((0, 3, self.resolution, self.resolution), np.float32)
        image = np.concatenate([self._synthesis([one[None]])[0] for one in ws])
        return sized(image, size)

    def fingerprint(self) -> str:
        """The bundle's fingerprint."""
        return self._fingerprint


def _record(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    path = folder / FOLDER / RECORD
    try:
        record = json.loads(path.read_text("utf-8"))
        files, fingerprint, num_ws = dict(record["files"]), record["fingerprint"], int(record["num_ws"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read; export the bundle again.", f"{path}을(를) 읽을 수 없습니다. 다시 내보내세요."
        ) from error
    changed = [
        n for n, digest in files.items() if not (path.parent / n).is_file() or sha256_of(path.parent / n) != digest
    ]
    if fingerprint != manifest["fingerprint"]["digest"] or changed:
        what = changed[0] if changed else "fingerprint"
        raise CheckFailed(
            f"{path.parent} does not belong to this bundle or was changed ({what}); export it again:"
            f" ohlora checkpoint export {folder}",
            f"{path.parent}이(가) 이 번들의 것이 아니거나 바뀌었습니다({what}). 다시 내보내세요: ohlora checkpoint export {folder}",
        )
    return {**record, "num_ws": num_ws}
