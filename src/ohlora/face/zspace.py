"""A generator seen from z: its latents are z (with the label behind it: 512 + 3 = 515 numbers) instead of w.

Everything that samples, finds and moves along directions works on the `Generator` protocol's w. Behind this view that
"w" is z, so the same tools search z and label together. Its fingerprint differs from the generator's own: directions
found in z do not fit w.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.face.generator import Precision
from ohlora.face.latents import as_wplus


class ZSpace:
    """See the module.

    Args:
        generator: of `load_bundle`.
        psi: truncation of w at drawing; 1 where the generator keeps no mean of w.
    """

    num_ws = 1

    def __init__(self, generator: Any, psi: float) -> None:
        self._generator, self._psi = generator, psi if generator.has_average else 1.0
        self.name = f"{generator.name} in z"
        self.z_dim = self.w_dim = generator.z_dim
        self.resolution = generator.resolution
        self.precision: Precision = generator.precision
        self.w_mean: NDArray[np.float32] = np.zeros(self.z_dim, np.float32)

    def mapping(self, z: NDArray) -> NDArray[np.float32]:
        """z (N, z_dim), unchanged."""
        return np.asarray(z, np.float32)

    def truncate(self, w: NDArray, psi: float, layers: int | Sequence[int] | None = None) -> NDArray[np.float32]:
        """z as (N, 1, z_dim), unmoved: truncation happens in w, at drawing."""
        return as_wplus(w, 1, self.w_dim).copy()

    def synthesis(self, w: NDArray, size: int | None = None) -> NDArray[np.float32]:
        """z (N, z_dim) or (N, 1, z_dim) → images."""
        z = as_wplus(w, 1, self.w_dim)[:, 0]
        return self._generator.synthesis(self._generator.truncate(self._generator.mapping(z), self._psi), size)

    def fingerprint(self) -> str:
        """Digest of the generator's fingerprint, the space and psi."""
        return hashlib.sha256(f"{self._generator.fingerprint()} z psi {self._psi:g}".encode()).hexdigest()
