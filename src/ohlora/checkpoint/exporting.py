"""Exports a bundle to OpenVINO, so that it runs in the app without torch, and compares the two image by image.

The export lies in the bundle's folder `openvino/`, with a record of its digests and of the comparison.
"""

import json
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.checkpoint import bundle
from ohlora.errors import CheckFailed, InputError
from ohlora.face.bundle import load_bundle
from ohlora.face.latents import fixed_latents
from ohlora.face.openvino_generator import AVERAGE, FOLDER, MAPPING, RECORD, SYNTHESIS, compiled
from ohlora.files import sha256_of
from ohlora.i18n import say
from ohlora.progress import bar

TOLERANCE = 1e-4


def export(folder: Path) -> dict[str, Any]:
    """Writes `openvino/` into the bundle and returns its record.

    Raises:
        InputError: no bundle, or the export exists already.
        CheckFailed: OpenVINO's images differ from torch's by more than 1e-4 of the images' own scale; nothing is kept.
        MissingError: torch is not installed.
    """
    generator = load_bundle(folder, engine="torch")
    target = folder / FOLDER
    if target.exists():
        raise InputError(
            f"{target} exists already; remove it to export again.",
            f"{target}이(가) 이미 있습니다. 지운 뒤 다시 하세요.",
        )
    temporary = Path(tempfile.mkdtemp(prefix=f".{FOLDER}.", suffix=".tmp", dir=folder))
    try:
        with bar(say("exporting", "내보내는 중"), 3, "step") as progress:
            _convert(generator, temporary)
            progress.update(2)
            difference, largest = _difference(generator, temporary)
            progress.update()
        if not difference <= TOLERANCE * max(1.0, largest):
            raise CheckFailed(
                f"OpenVINO draws {folder} differently from torch (largest difference {difference:.2g}, allowed"
                f" {TOLERANCE:g}); nothing was written.",
                f"OpenVINO가 {folder}을(를) torch와 다르게 그립니다(최대 차이 {difference:.2g}, 허용 {TOLERANCE:g})."
                " 아무것도 쓰지 않았습니다.",
            )
        record = _record(folder, generator, temporary, difference)
        (temporary / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        temporary.chmod(folder.stat().st_mode & 0o777)
        temporary.rename(target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error.strerror or error}); nothing was left behind.",
            f"{target}에 쓸 수 없습니다({error.strerror or error}). 남겨진 것은 없습니다.",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return record


def _convert(generator: Any, target: Path) -> None:
    import openvino as ov
    import torch

    class Synthesis(torch.nn.Module):
        def forward(self, ws: torch.Tensor) -> torch.Tensor:
            return generator.network.synthesis(ws)

    class Mapping(torch.nn.Module):
        def forward(self, z: torch.Tensor, label: torch.Tensor | None = None) -> torch.Tensor:
            return generator.network.mapping(z, label)

    latents = [torch.zeros(2, generator.latent_dim) + 0.5]
    shapes: list[Any] = [[-1, generator.latent_dim]]
    if generator.label_size:
        latents.append(torch.zeros(2, generator.label_size) + 0.5)
        shapes.append([-1, generator.label_size])
    ws = torch.zeros(1, generator.num_ws, generator.w_dim) + 0.5
    with torch.no_grad(), warnings.catch_warnings():
        # Sizes, kernels and `lod` become constants of the exported graph, which is meant; the rest is between the libraries.
        warnings.simplefilter("ignore")
        mapping = ov.convert_model(Mapping(), example_input=tuple(latents), input=shapes)
        synthesis = ov.convert_model(Synthesis(), example_input=(ws,), input=[[1, *ws.shape[1:]]])
    ov.save_model(mapping, target / MAPPING, compress_to_fp16=False)
    ov.save_model(synthesis, target / SYNTHESIS, compress_to_fp16=False)
    if generator.has_average:
        np.save(target / AVERAGE, generator.average, allow_pickle=False)


def _difference(generator: Any, target: Path) -> tuple[float, float]:
    """The largest difference between the two engines' images, and the largest number in them."""
    latents = fixed_latents(generator)
    z, label = latents[:, : generator.latent_dim], latents[:, generator.latent_dim :]
    mapping, synthesis = compiled(target / MAPPING, "f32"), compiled(target / SYNTHESIS, "f32")
    w = mapping([z, label] if generator.label_size else [z])[0]
    by_layer = w.shape[1] != generator.w_dim
    ws = generator.as_wplus(w.reshape(len(z), generator.num_ws, generator.w_dim) if by_layer else w)
    theirs = np.concatenate([synthesis([one[None]])[0] for one in ws])
    ours = generator.synthesis(generator.mapping(latents))
    return float(np.abs(theirs - ours).max()), float(np.abs(ours).max())


def _record(folder: Path, generator: Any, target: Path, difference: float) -> dict[str, Any]:
    return {
        "format": "openvino",
        "bundle": folder.resolve().name,
        "fingerprint": generator.fingerprint(),
        "num_ws": generator.num_ws,
        "precision": "f32",
        "difference": difference,
        "tolerance": TOLERANCE,
        "versions": bundle.versions("openvino", "torch", "numpy"),
        "files": {path.name: sha256_of(path) for path in sorted(target.iterdir())},
    }
