"""A frozen bundle as a face generator: digests and fingerprint are checked before it may draw.

On torch where it is installed, else on the bundle's OpenVINO form (`ohlora checkpoint export`).
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ohlora.checkpoint import bundle as bundles
from ohlora.checkpoint.fingerprint import build, compare, no_torch
from ohlora.errors import CheckFailed, MissingError
from ohlora.face.directions.sampling import latent
from ohlora.face.pixels import draw
from ohlora.face.zspace import ZSpace

Engine = Literal["auto", "torch", "openvino"]


def load_bundle(folder: str | Path, engine: Engine = "auto", device: str = "cpu", check: bool = True) -> Any:
    """Loads a bundle as a `face.generator.Generator`.

    A labelled generator's z is z and the label in one row: `z_dim` = `latent_dim` + `label_size`.

    Args:
        folder: of `ohlora checkpoint freeze`.
        engine: "auto" is torch where installed, else the exported form.
        device: for torch, "cpu" or "cuda".
        check: compare the fingerprint too (draws 2 to 4 images); digests are always compared.

    Raises:
        InputError: no bundle. CheckFailed: a digest or the fingerprint differs. MissingError: nothing can run it.
    """
    folder = Path(folder)
    manifest = bundles.read_manifest(folder)
    if engine == "openvino" or (engine == "auto" and not _torch_is_installed()):
        from ohlora.face.openvino_generator import OpenVINOGenerator, exported

        if not exported(folder):
            if engine == "auto":
                raise no_torch()
            raise MissingError(
                f"{folder} has no OpenVINO form yet: ohlora checkpoint export {folder}",
                f"{folder}에 OpenVINO 형식이 없습니다: ohlora checkpoint export {folder}",
            )
        return OpenVINOGenerator(folder, manifest)
    frozen = bundles.load(folder)
    recorded = manifest["fingerprint"]
    generator = build(
        frozen.architecture.name,
        frozen.settings,
        frozen.tensors,
        frozen.absent,
        device=device,
        name=folder.resolve().name,
        fingerprint=str(recorded["digest"]),
    )
    if check:
        found = compare(generator, recorded, bundles.reference(folder))
        if not found.ok:
            raise CheckFailed(
                f"{folder} draws other images than when it was frozen (largest difference {found.difference:.3g});"
                f" see: ohlora checkpoint verify {folder}",
                f"{folder}이(가) 고정했을 때와 다른 이미지를 그립니다(최대 차이 {found.difference:.3g})."
                f" 확인: ohlora checkpoint verify {folder}",
            )
    return generator


def face_generator(folder: Path, space: str, psi: float) -> Any:
    """A bundle for the face tools: in "w", or in "z" (z and label together), drawn at `psi`.

    Raises:
        As `load_bundle`.
    """
    generator = load_bundle(folder)
    return ZSpace(generator, psi) if space == "z" else generator


def draw_seed(generator: Any, seed: int, row: int, psi: float, size: int) -> NDArray[np.uint8]:
    """One random face of a bundle as (size, size, 3) uint8 pixels; the same (seed, row) as `face sample` draws."""
    w = generator.mapping(latent(seed, row, generator.z_dim)[None])
    return draw(generator, generator.truncate(w, psi)[0], size)


def _torch_is_installed() -> bool:
    from importlib.util import find_spec

    return find_spec("torch") is not None
