"""Arithmetic on the latents of labelled and truncated generators that needs no framework: shared by torch and OpenVINO.

A labelled generator takes z and its label in one row, z first: 512 + 3 = 515 numbers, so that directions can be looked
for in both together.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError


def split(
    z: NDArray, label: NDArray | None, latent_dim: int, label_size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """z (N, latent_dim) and label (N, label_size) or None, from two arrays or from one (N, latent_dim + label_size).

    Raises:
        InputError: a shape is wrong, or a label is missing or not wanted.
    """
    z = np.asarray(z, np.float32)
    if label is None and label_size and z.ndim == 2 and z.shape[1] == latent_dim + label_size:
        z, label = z[:, :latent_dim], z[:, latent_dim:]
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise InputError(
            f"z is {z.shape}; this generator takes (N, {latent_dim}).",
            f"z가 {z.shape}입니다. 이 생성기는 (N, {latent_dim})을 받습니다.",
        )
    if not label_size:
        if label is not None and np.asarray(label).size:
            raise InputError(
                "A label is given, but this generator has none.", "레이블이 없는 생성기에 레이블을 주었습니다."
            )
        return z, None
    if label is None or np.shape(label) != (len(z), label_size):
        found = "missing" if label is None else str(np.shape(label))
        ko = "없습니다" if label is None else f"{np.shape(label)}입니다"
        raise InputError(
            f"label is {found}; this generator takes ({len(z)}, {label_size}) for {len(z)} latents.",
            f"label이 {ko}. 잠재 벡터 {len(z)}개에는 ({len(z)}, {label_size})이 필요합니다.",
        )
    return z, np.asarray(label, np.float32)


def as_wplus(w: NDArray, num_ws: int, w_dim: int) -> NDArray[np.float32]:
    """w (N, w_dim) repeated for every layer; w+ (N, num_ws, w_dim) as it is.

    Raises:
        InputError: neither.
    """
    w = np.asarray(w, np.float32)
    if w.ndim == 2 and w.shape[1] == w_dim:
        return np.repeat(w[:, None], num_ws, axis=1)
    if w.ndim == 3 and w.shape[1:] == (num_ws, w_dim):
        return w
    raise InputError(
        f"w is {w.shape}; this generator takes (N, {w_dim}) or (N, {num_ws}, {w_dim}).",
        f"w가 {w.shape}입니다. 이 생성기는 (N, {w_dim}) 또는 (N, {num_ws}, {w_dim})을 받습니다.",
    )


def truncated(
    ws: NDArray[np.float32], average: NDArray[np.float32], psi: float, layers: int | Sequence[int] | None
) -> NDArray[np.float32]:
    """w+ moved towards the mean of w: mean + psi · (w − mean). (Karras et al. 2019, section B.)

    Args:
        ws: (N, num_ws, w_dim). average: (1, w_dim), or (num_ws, w_dim) where every layer has its own.
        layers: the first n only, or the numbers of the layers; None: all.
    """
    num_ws, w_dim = ws.shape[1:]
    at = np.arange(num_ws)
    at = at if layers is None else at[:layers] if isinstance(layers, int) else np.asarray(layers, int)
    centre = np.broadcast_to(average, (num_ws, w_dim))[at]
    moved = ws.copy()
    moved[:, at] = centre + np.float32(psi) * (ws[:, at] - centre)
    return moved


def no_average() -> InputError:
    """The sentence for a generator that was frozen without a mean of w."""
    return InputError(
        "This generator has no mean of w, so psi cannot be used; freeze the file again with"
        " `--init latent_avg --seed N`.",
        "이 생성기에는 w의 평균이 없어 psi를 쓸 수 없습니다. `--init latent_avg --seed N`을 더해 다시 고정하세요.",
    )


def sized(image: NDArray[np.float32], size: int | None) -> NDArray[np.float32]:
    """Images (N, C, R, R) at another size: smaller by the mean over squares, larger by repeating pixels.

    Raises:
        InputError: neither divides the other.
    """
    resolution = image.shape[-1]
    if size in (None, resolution):
        return image
    if size is None or size <= 0 or (resolution % size and size % resolution):
        raise InputError(
            f"size {size} neither divides the resolution {resolution} nor is a multiple of it.",
            f"크기 {size}이(가) 해상도 {resolution}의 약수도 배수도 아닙니다.",
        )
    if size < resolution:
        return pooled(image, size)
    times = size // resolution
    return image.repeat(times, axis=2).repeat(times, axis=3)


def pooled(image: NDArray, size: int) -> NDArray[np.float32]:
    """(N, C, H, H) → (N, C, size, size): means over squares."""
    count, channels, height, _ = image.shape
    step = height // size
    squares = image.reshape(count, channels, size, step, size, step)
    return squares.mean(axis=(3, 5), dtype=np.float64).astype(np.float32)


def fixed_latents(generator: Any) -> NDArray[np.float32]:
    """The latents a fingerprint is taken of: 4, or 2 above 256², PCG64 of seed 20190318; labels are one-hot in turn."""
    count = 4 if generator.resolution <= 256 else 2
    labels = getattr(generator, "label_size", 0)
    z = np.random.Generator(np.random.PCG64(20190318)).standard_normal((count, generator.z_dim - labels))
    hot = np.eye(labels)[np.arange(count) % labels] if labels else np.zeros((count, 0))
    return np.concatenate((z, hot), axis=1).astype(np.float32)


def digest(images: NDArray[np.float32], precision: str) -> str:
    """SHA-256 over precision, shape and the little-endian float32 bytes of images."""
    head = f"{precision} {images.shape}\n".encode()
    return hashlib.sha256(head + np.ascontiguousarray(images, "<f4").tobytes()).hexdigest()
