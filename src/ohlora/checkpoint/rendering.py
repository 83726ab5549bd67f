"""`render`: images of a bundle from latents in an .npz file, into an .npz file, in the network's own range."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.checkpoint._refusal import naming, refuse_special
from ohlora.errors import InputError
from ohlora.face.bundle import Engine, load_bundle
from ohlora.files import atomic_write
from ohlora.i18n import say
from ohlora.progress import bar

_LATENTS = ("z", "wplus", "ws", "w")
_LARGEST = 2**30


def render(
    folder: Path,
    inputs: Path,
    output: Path,
    noise: str = "const",
    seed: int = 0,
    engine: Engine = "auto",
    device: str = "cpu",
) -> dict[str, Any]:
    """Draws every latent of `inputs` and writes `image` (N, 3, H, W) float32 to `output`.

    Args:
        inputs: holds `z`, or `w`, `ws` or `wplus` instead; where the model has labels, `label` or `c` beside z;
            optionally `psi` and `psi_layers` (the first n layers only). Other arrays are ignored.
        noise: "const" as stored, "none", or "random" drawn from `seed`.

    Raises:
        InputError: the inputs are damaged or do not fit; CheckFailed: the bundle is not what it was.
    """
    arrays = _read(inputs)
    generator = load_bundle(folder, engine, device)
    ws = _wplus(generator, arrays, inputs)
    psi = _scalar(arrays, "psi", inputs)
    layers = _layers(arrays, inputs)
    if psi is not None:
        ws = generator.truncate(ws, float(psi), layers)
    images = []
    at = 0
    with bar(say("drawing", "그리는 중"), len(ws), "image") as progress:
        for part in _batches(generator, ws):
            images.append(_draw(generator, part, noise, seed * 1_000_003 + at))
            at += len(part)
            progress.update(len(part))
    image = np.concatenate(images)
    with naming_output(output), atomic_write(output) as file:
        np.savez(file, image=image)
    return {
        "file": str(output),
        "images": len(image),
        "resolution": image.shape[-1],
        "bundle": str(folder),
        "fingerprint": generator.fingerprint(),
    }


def _on_torch(generator: Any) -> bool:
    return hasattr(generator, "network")


def _batches(generator: Any, ws: NDArray) -> list[NDArray]:
    """Batches as the original implementations draw them, so that images agree to the last few bits."""
    step = generator.batch if _on_torch(generator) else 1
    return [ws[at : at + step] for at in range(0, len(ws), step)]


def _draw(generator: Any, ws: NDArray, noise: str, seed: int) -> NDArray[np.float32]:
    if _on_torch(generator):
        return generator.synthesis(ws, noise=noise, seed=seed, together=True)
    if noise != "const":
        raise InputError(
            "The OpenVINO form draws with the stored noise only; install torch for others: pip install 'ohlora[train]'.",
            "OpenVINO 형식은 저장된 노이즈만 씁니다. 다른 노이즈는 torch가 필요합니다: pip install 'ohlora[train]'.",
        )
    return generator.synthesis(ws)


class naming_output:  # noqa: N801 (a context manager, named as one)
    """An error of the operating system while writing becomes one sentence that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise InputError(
                f"{self._path} cannot be written ({reason}).", f"{self._path}에 쓸 수 없습니다({reason})."
            ) from error


def _read(path: Path) -> dict[str, NDArray]:
    wanted = (*_LATENTS, "label", "c", "psi", "psi_layers")
    with naming(path):
        refuse_special(path)
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                    raise InputError(
                        f"{path} unfolds to over 1 GiB; give fewer latents.",
                        f"{path}을(를) 풀면 1GiB가 넘습니다. 잠재 벡터를 줄여 주세요.",
                    )
            with np.load(path, allow_pickle=False) as data:
                arrays = {name: data[name] for name in wanted if name in data.files}
        except (zipfile.BadZipFile, ValueError, EOFError, KeyError) as error:
            raise InputError(
                f"{path} is no .npz of plain numbers ({error}); write it with numpy.savez(path, z=…).",
                f"{path}은(는) 숫자만 든 .npz가 아닙니다({error}). numpy.savez(path, z=…)로 만드세요.",
            ) from error
    for name, values in arrays.items():
        if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
            raise InputError(
                f"`{name}` in {path} holds something other than finite numbers.",
                f"{path}의 `{name}`에 유한한 숫자가 아닌 값이 있습니다.",
            )
    return arrays


def _wplus(generator: Any, arrays: dict[str, NDArray], path: Path) -> NDArray[np.float32]:
    name = next((name for name in _LATENTS if name in arrays), None)
    label = arrays.get("label", arrays.get("c"))
    if name is None and label is not None and not generator.latent_dim:
        arrays, name = {**arrays, "z": np.zeros((len(np.atleast_1d(label)), 0))}, "z"
    if name is None or not len(np.atleast_1d(arrays[name])):
        raise InputError(
            f"{path} holds no `z`, and no `w`, `ws` or `wplus` instead.",
            f"{path}에 `z`도 `w`, `ws`, `wplus`도 없습니다.",
        )
    if name != "z":
        return generator.as_wplus(arrays[name])
    if label is not None and not label.size:
        label = None
    together = {"together": True} if _on_torch(generator) else {}
    return generator.as_wplus(generator.mapping(arrays["z"], label, **together))


def _layers(arrays: dict[str, NDArray], path: Path) -> int | None:
    value = _scalar(arrays, "psi_layers", path)
    if value is not None and (value != int(value) or value < 0):
        raise InputError(
            f"`psi_layers` in {path} is {value}; it says how many of the first layers, 0 or more.",
            f"{path}의 `psi_layers`가 {value}입니다. 앞에서부터 몇 층인지 0 이상의 정수여야 합니다.",
        )
    return None if value is None else int(value)


def _scalar(arrays: dict[str, NDArray], name: str, path: Path) -> Any:
    values = arrays.get(name)
    if values is None:
        return None
    if values.size != 1:
        raise InputError(
            f"`{name}` in {path} is {values.shape}; it is one number.",
            f"{path}의 `{name}`이(가) {values.shape}입니다. 숫자 하나여야 합니다.",
        )
    return values.reshape(-1)[0].item()
