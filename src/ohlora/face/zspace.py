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
from ohlora.face.pixels import draw


class ZSpace:
    """See the module.

    Args:
        generator: of `load_bundle`, or the shipped one.
        psi: truncation of w at drawing; 1 where the generator keeps no mean of w.
    """

    num_ws = 1

    def __init__(self, generator: Any, psi: float) -> None:
        # Only bundles may lack a mean of w, and say so.
        self._generator, self._psi = generator, psi if getattr(generator, "has_average", True) else 1.0
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
        return self._generator.synthesis(self._drawn(w), size)

    def pixels(self, w: NDArray, size: int | None = None) -> NDArray[np.uint8]:
        """z (1, z_dim) or (1, 1, z_dim) → (size, size, 3) uint8, by the generator's fast way where it has one."""
        return draw(self._generator, self._drawn(w)[0], size)

    def _drawn(self, w: NDArray) -> NDArray[np.float32]:
        z = as_wplus(w, 1, self.w_dim)[:, 0]
        drawn: NDArray[np.float32] = self._generator.truncate(self._generator.mapping(z), self._psi)
        return drawn

    def fingerprint(self) -> str:
        """Digest of the generator's fingerprint, the space and psi."""
        return hashlib.sha256(f"{self._generator.fingerprint()} z psi {self._psi:g}".encode()).hexdigest()
