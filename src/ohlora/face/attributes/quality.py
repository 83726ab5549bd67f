"""How sound a drawn face is, from 0 to 1, so that broken ones can be left out. Costs nothing beyond the landmarks.

    far   = |w − w_mean| / typical, typical being the mean of that over untruncated latents
    place = RMS distance of the two eyes from where aligned portraits have them, in widths of the picture
    quality = exp(−½ (max(0, far − 0.7) / 0.2)² − ½ (place / 0.02)²);  0 where there is not exactly one face

- A latent far from the mean of w is drawn badly (the truncation trick: Karras et al. 2019, appendix B; Kynkäänniemi et al.
  2019): fragments of a second person, melted headgear, hands. 0.7 is where truncation at ψ = 0.7 puts an average latent.
- Portraits of FFHQ and CelebA-HQ are aligned by the eyes (Karras et al. 2019, appendix C). Where the eyes are elsewhere the
  picture went wrong, or the landmarks did: dark glasses, a head turned out of the frame.

Looked at on 700 faces: the best twenty are clean portraits; the worst twenty have dark glasses, caps, hands and pieces of
other people in them, or are small children. A second head well drawn into the background can escape it.

Knows nothing of generators beyond the mean of their w.
"""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

COLUMN = "quality"
USUAL = 0.5
"""What lies below is left out where only sound faces are wanted: about one face in eighteen at ψ = 0.7."""

# Centres of the two eyes, left one of the picture first, as shares of its width and height (mean over FFHQ-like faces).
_EYES = ((0.379, 0.476), (0.621, 0.476))
_NEAR, _FAR = 0.7, 0.2
_PLACE = 0.02
_SEED, _COUNT = 0, 1000


class _Spaces(Protocol):
    z_dim: int

    @property
    def w_mean(self) -> NDArray[np.float32]: ...
    def mapping(self, z: NDArray) -> NDArray[np.float32]: ...


class Quality:
    """The quality of faces of one generator."""

    def __init__(self, generator: _Spaces) -> None:
        z = np.random.Generator(np.random.PCG64(_SEED)).standard_normal((_COUNT, generator.z_dim), np.float32)
        w = generator.mapping(z)
        self._mean = np.asarray(generator.w_mean, np.float64)
        self._typical = float(np.linalg.norm(_first(w) - self._mean, axis=1).mean())

    def of(self, w: NDArray, eyes: NDArray | None) -> float:
        """Quality of a face of latent w (w_dim,) or w+ (num_ws, w_dim).

        Args:
            eyes: centres of the eyes, (2, 2): the left one of the picture first, x and y as shares of width and height;
                None where there is not exactly one face.
        """
        if eyes is None:
            return 0.0
        far = float(np.linalg.norm(_first(np.asarray(w)[None])[0] - self._mean)) / self._typical
        place = float(np.sqrt(((np.asarray(eyes, np.float64) - _EYES) ** 2).sum(axis=1).mean()))
        return math.exp(-0.5 * (max(0.0, far - _NEAR) / _FAR) ** 2 - 0.5 * (place / _PLACE) ** 2)


def _first(w: NDArray) -> NDArray[np.float64]:
    """(N, w_dim) of w or of w+ by its mean over the layers."""
    return np.asarray(w, np.float64) if w.ndim == 2 else np.asarray(w, np.float64).mean(axis=1)
