"""A generator seen from the space that directions are looked for in: w (w+), z, or s, the styles.

Style space (Wu et al. 2021, "StyleSpace Analysis"): what each layer multiplies its channels by, s = A·w + b, a layer. It is
the least entangled of the three, and the largest. Behind a view, "w" is the styles or z, so everything that samples,
finds, calibrates and evaluates works in all of them; a view's fingerprint differs from the generator's own, so directions
of one space are refused in another.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.directions.sampling import PSI, SIZE, Manifest, Sample, load_sample
from ohlora.face.generator import Precision
from ohlora.face.zspace import ZSpace

Space = Literal["w", "z", "s"]
SPACES: tuple[str, ...] = get_args(Space)


class Styles:
    """A generator whose w is its styles (N, S). Truncation happens in w, before: `psi`."""

    num_ws = 1

    def __init__(self, generator: Any, psi: float) -> None:
        if not hasattr(generator, "synthesis_from_styles"):
            raise InputError(
                f"{generator.name} does not give its styles; look for directions in w or z",
                f"{generator.name}은(는) 스타일을 주지 않습니다. w나 z에서 방향을 찾으세요",
            )
        self._generator, self._psi = generator, psi
        self.name = f"{generator.name} in s"
        self.z_dim = generator.z_dim
        self.resolution = generator.resolution
        self.precision: Precision = generator.precision
        self.w_mean: NDArray[np.float32] = generator.styles(generator.w_mean[None])[0]
        self.w_dim = len(self.w_mean)
        self.layers: dict[str, slice] = generator.style_layers

    def mapping(self, z: NDArray) -> NDArray[np.float32]:
        """z (N, z_dim) → styles (N, S) of the truncated w."""
        return self.of_w(self._generator.truncate(self._generator.mapping(z), self._psi))

    def of_w(self, w: NDArray) -> NDArray[np.float32]:
        """w (N, w_dim), as drawn, → styles (N, S)."""
        return self._generator.styles(w)

    def truncate(self, w: NDArray, psi: float, layers: int | Sequence[int] | None = None) -> NDArray[np.float32]:
        """Styles as (N, 1, S), unmoved: truncated already."""
        return np.asarray(w, np.float32).reshape(len(w), 1, self.w_dim).copy()

    def synthesis(self, w: NDArray, size: int | None = None) -> NDArray[np.float32]:
        """Styles (N, S) or (N, 1, S) → images."""
        return self._generator.synthesis_from_styles(np.asarray(w, np.float32).reshape(len(w), self.w_dim), size)

    def fingerprint(self) -> str:
        """Digest of the generator's fingerprint, the space and psi."""
        return hashlib.sha256(f"{self._generator.fingerprint()} s psi {self._psi:g}".encode()).hexdigest()


def load_in_space(bundle: Path | None, space: Space, precision: Any, psi: float = PSI) -> Any:
    """The shipped generator, or a bundle, seen from a space.

    Raises:
        As `mobile_stylegan.load` and `bundle.load_bundle`; InputError: the generator has no styles.
    """
    from ohlora.face import mobile_stylegan
    from ohlora.face.bundle import face_generator

    if bundle is not None:
        return Styles(face_generator(bundle, "w", psi), psi) if space == "s" else face_generator(bundle, space, psi)
    return in_space(mobile_stylegan.load(precision, SIZE), space, psi)


def load_for_sample(folder: Path, manifest: Manifest, bundle: Path | None, space: Space) -> tuple[Any, Sample]:
    """The generator a sample was drawn by, seen from a space, and the sample as seen from there.

    A bundle sampled with `--space z` has z and label in one row already (`face.zspace`), and is found in as it is.

    Raises:
        InputError: the sample is of another generator, or does not serve.
    """
    base = load_in_space(bundle, "z" if bundle is not None and space == "z" else "w", manifest.precision, manifest.psi)
    sample = load_sample(folder, base)
    if bundle is not None and space == "z":
        return base, sample
    view = in_space(base, space, manifest.psi)
    return view, seen_from(sample, view)


def in_space(generator: Any, space: Space, psi: float = PSI) -> Any:
    """A generator without labels seen from a space."""
    return Styles(generator, psi) if space == "s" else ZSpace(generator, psi) if space == "z" else generator


def seen_from(sample: Sample, view: Any) -> Sample:
    """A sample drawn in w, its w being what a view takes: styles, or z."""
    w = view.of_w(sample.w) if isinstance(view, Styles) else sample.z if isinstance(view, ZSpace) else sample.w
    return replace(sample, w=w)
