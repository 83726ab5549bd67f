"""A StyleGAN on torch behind the `Generator` protocol: numpy in, numpy out, evaluation mode, the same bytes every time.

On a CPU torch's convolutions round differently with the number of threads and with the size of the batch. So every
image is made alone by one thread, several side by side: equal inputs give equal bytes whatever else is asked for.
To agree with images that another implementation drew as a batch, `together` draws as a batch too: StyleGAN 1 divides by
the spread of nearly constant maps, which blows a last bit up to 1e-4 in an untrained network.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ohlora.face.generator import Precision
from ohlora.face.latents import as_wplus, digest, fixed_latents, no_average, sized, split, truncated
from ohlora.face.stylegan_ops import Noise, fresh_noise, no_noise, stored_noise

NoiseMode = Literal["const", "none", "random"]
_MODULES = {"stylegan1": "stylegan1", "stylegan2": "stylegan2", "stylegan2-ada": "stylegan2_ada"}
_TOGETHER = {256: 16, 512: 8}  # images of a batch up to this resolution; above, 4
_ROWS = 32  # rows of a mapping call, filled up with zeros: one shape, so one way of rounding


def network(architecture: str, settings: Mapping[str, Any]) -> nn.Module:
    """An untrained network of the architecture; its tensors are named as in the original implementation's files."""
    return importlib.import_module(f"ohlora.face.{_MODULES[architecture]}").Network(dict(settings))


class TorchGenerator:
    """A frozen StyleGAN.

    Args:
        architecture: "stylegan1", "stylegan2" or "stylegan2-ada".
        settings: of the architecture, complete.
        tensors: every tensor by name; `absent` ones (a missing mean of w) may be left out.
        device: "cpu" or a CUDA device. On a CUDA device images are made in batches and equal bytes are not promised.

        fingerprint: the bundle's, where it has been checked already.

    Attributes:
        z_dim: numbers `mapping` takes: those of z, and where there are labels, those of the label after them (512 + 3).
        latent_dim, label_size: the two parts of it.
        w_mean: (w_dim,) float32. Raises InputError where the file kept none.
    """

    precision: Precision = "f32"

    def __init__(
        self,
        architecture: str,
        settings: Mapping[str, Any],
        tensors: Mapping[str, NDArray],
        absent: Sequence[str] = (),
        device: str = "cpu",
        name: str = "",
        fingerprint: str = "",
    ) -> None:
        self.architecture, self.settings = architecture, dict(settings)
        self.name = name or architecture
        self.latent_dim, self.label_size = settings["z_dim"], settings.get("label_size", 0)
        self.z_dim = self.latent_dim + self.label_size
        self.w_dim, self.resolution = settings["w_dim"], settings["resolution"]
        self.device = torch.device(device)
        self.has_average = not absent
        with torch.device("meta"):  # no memory and no drawing of first weights: every tensor comes from the file
            self.network = network(architecture, settings)
        state = {name: torch.tensor(np.asarray(values, np.float32)) for name, values in tensors.items()}
        shapes = {name: tensor.shape for name, tensor in self.network.state_dict().items()}
        state |= {name: torch.zeros(shapes[name]) for name in absent}
        self.network.load_state_dict(state, strict=True, assign=True)
        self.network.eval().requires_grad_(False).to(self.device)
        self.num_ws: int = self.network.num_ws  # type: ignore[assignment]
        self._mapping: Callable = self.network.mapping  # type: ignore[assignment]
        self._synthesis: Callable = self.network.synthesis  # type: ignore[assignment]
        self._fingerprint = fingerprint
        self._pool = _single_threads() if self.device.type == "cpu" else None

    @property
    def average(self) -> NDArray[np.float32]:
        """Mean of w by layer: (1, w_dim), or (num_ws, w_dim) where every layer has its own.

        Raises:
            InputError: the file it came from kept none.
        """
        if not self.has_average:
            raise no_average()
        average: Tensor = self.network.average  # type: ignore[assignment]
        return average.detach().cpu().numpy().reshape(-1, self.w_dim)

    @property
    def w_mean(self) -> NDArray[np.float32]:
        return self.average.mean(axis=0, dtype=np.float64).astype(np.float32)

    def mapping(self, z: NDArray, label: NDArray | None = None, together: bool = False) -> NDArray[np.float32]:
        """z (N, latent_dim) and label (N, label_size), or both in one array (N, z_dim) → w (N, w_dim).

        Where every layer has its own w, (N, num_ws, w_dim). `together`: in one batch, as it comes.

        Raises:
            InputError: a shape is wrong, or a label is missing or not wanted.
        """
        z, label = split(z, label, self.latent_dim, self.label_size)
        step = max(len(z), 1) if together else _ROWS
        blocks = [slice(at, at + step) for at in range(0, len(z), step)]
        rows = self._each(lambda at: self._map(z[at], None if label is None else label[at], step), blocks)
        w = np.concatenate(rows) if rows else np.zeros((0, self.w_dim), np.float32)
        return w if w.shape[1] == self.w_dim else w.reshape(len(w), self.num_ws, self.w_dim)

    def _map(self, z: NDArray, label: NDArray | None, count: int) -> NDArray[np.float32]:
        def filled(rows: NDArray) -> Tensor:
            # torch.tensor copies: rounding may depend on how memory is aligned, and torch always aligns its own
            return torch.tensor(np.pad(rows, ((0, count - len(rows)), (0, 0)))).to(self.device)

        w = self._mapping(filled(z), None if label is None else filled(label))
        return w[: len(z)].cpu().numpy().copy()

    def truncate(self, w: NDArray, psi: float, layers: int | Sequence[int] | None = None) -> NDArray[np.float32]:
        """w (N, w_dim) or w+ (N, num_ws, w_dim) → w+, moved towards the mean of w: mean + psi · (w − mean).

        Args:
            layers: the first n only, or the numbers of the layers; None: all.
        """
        ws = self.as_wplus(w).copy()
        if psi == 1:
            return ws
        return truncated(ws, self.average, psi, layers)

    def as_wplus(self, w: NDArray) -> NDArray[np.float32]:
        """w (N, w_dim) repeated for every layer; w+ as it is. Raises InputError for anything else."""
        return as_wplus(w, self.num_ws, self.w_dim)

    def synthesis(
        self,
        w: NDArray,
        size: int | None = None,
        noise: NoiseMode = "const",
        seed: int = 0,
        together: bool = False,
    ) -> NDArray[np.float32]:
        """w or w+ → images (N, channels, size, size) in the network's own range, about [-1, 1].

        Args:
            size: a divisor of the resolution (means over squares) or a multiple (pixels repeated).
            noise: "const" the noise that lies in the file, "none", or "random" drawn for every image from `seed` and
                its number.
            together: draw in batches of `batch` images instead of one by one.
        """
        ws = self.as_wplus(w)
        step = self.batch if together or not self._pool else 1
        parts = [slice(at, at + step) for at in range(0, len(ws), step)]
        images = self._each(lambda at: self._draw(ws[at], _noise(noise, seed, at.start)), parts)
        image = np.concatenate(images) if images else np.zeros((0, 3, self.resolution, self.resolution), np.float32)
        return sized(image, size)

    @property
    def batch(self) -> int:
        """Images drawn together where that is asked for; the same on every computer."""
        return next((count for size, count in _TOGETHER.items() if self.resolution <= size), 4)

    def _draw(self, ws: NDArray, noise: Noise) -> NDArray[np.float32]:
        return self._synthesis(torch.tensor(ws).to(self.device), noise).cpu().numpy().copy()

    def _each(self, function: Callable[[Any], NDArray], items: Sequence[Any]) -> list[NDArray]:
        def quiet(item: Any) -> NDArray:
            with torch.inference_mode():
                return function(item)

        return list(self._pool.map(quiet, items)) if self._pool else [quiet(item) for item in items]

    def fingerprint(self) -> str:
        """SHA-256 of the float32 images of fixed latents: which face a latent gives. A checked bundle's own is kept."""
        if not self._fingerprint:
            latents = fixed_latents(self)
            self._fingerprint = digest(self.synthesis(self.mapping(latents)), self.precision)
        return self._fingerprint


def _noise(mode: NoiseMode, seed: int, number: int) -> Noise:
    if mode == "random":
        return fresh_noise(torch.Generator().manual_seed((seed * 1_000_003 + number) % (1 << 63)))
    return no_noise if mode == "none" else stored_noise


def _single_threads() -> ThreadPoolExecutor:
    """As many workers as torch would use threads, each running torch on one.

    A thread takes torch's default number at its first operation, so each worker is made to ask for it (`get_num_threads`)
    right after setting its own; the barrier makes all workers start before the default is put back.
    """
    threads = torch.get_num_threads()
    started = Barrier(threads)

    def alone() -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()

    pool = ThreadPoolExecutor(threads, "stylegan", initializer=alone)
    list(pool.map(lambda _: started.wait(), range(threads)))
    torch.set_num_threads(threads)
    return pool
