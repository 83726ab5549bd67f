"""What every face generator offers: z → w → image, its spaces, its fingerprint. Knows no framework.

Spaces (Karras et al., "A Style-Based Generator Architecture for GANs", 2019): z is the input latent, w the output of the
mapping network, w+ one w a style input.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Precision = Literal["f32", "bf16"]


class Identity(Protocol):
    """As much of a generator as tells whether a file belongs to it."""

    name: str
    w_dim: int
    num_ws: int

    def fingerprint(self) -> str:
        """As of `Generator`."""
        ...


class Generator(Protocol):
    """A face generator in evaluation mode; the same input gives the same image."""

    name: str
    z_dim: int
    w_dim: int
    num_ws: int
    resolution: int
    precision: Precision

    @property
    def w_mean(self) -> NDArray[np.float32]:
        """(w_dim,): where truncation leads."""
        ...

    def mapping(self, z: NDArray) -> NDArray[np.float32]:
        """z (N, z_dim) → w (N, w_dim), without truncation."""
        ...

    def truncate(self, w: NDArray, psi: float, layers: Sequence[int] | None = None) -> NDArray[np.float32]:
        """w (N, w_dim) or w+ → w+ (N, num_ws, w_dim), moved towards `w_mean`: w_mean + psi·(w − w_mean)."""
        ...

    def synthesis(self, w: NDArray, size: int | None = None) -> NDArray[np.float32]:
        """w (N, w_dim) or w+ (N, num_ws, w_dim) → RGB image (N, 3, size, size) in about [-1, 1]."""
        ...

    def fingerprint(self) -> str:
        """Digest that names these weights, the same at every precision: what directions and faces are bound to."""
        ...
