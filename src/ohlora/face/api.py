"""The face tools for a notebook or a script.

    from ohlora import Face
    face = Face.load("ohlora")
    picture = face.render(eyes=1.0, mouth=0.5)   # shows itself in a notebook
    picture.asked, picture.measured              # both in population σ
    picture.save("her.png")

Models are loaded at the first call that needs them. Knows no command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ohlora import personas
from ohlora.face import mobile_stylegan
from ohlora.face.attributes.landmarks import LandmarkScorer
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.measuring import PSI
from ohlora.face.generator import Generator
from ohlora.face.persona_face import PersonaFace, load_face
from ohlora.face.render import face_of_seed, render, save_picture


@dataclass(frozen=True)
class Picture:
    """A drawn face.

    rgb (size, size, 3) uint8; w (num_ws, w_dim) float32, its latent; asked, measured: scores in population σ, `measured`
    empty where the picture does not show exactly one face.
    """

    rgb: NDArray[np.uint8] = field(repr=False)
    w: NDArray[np.float32] = field(repr=False)
    asked: dict[str, float]
    measured: dict[str, float]
    title: str = field(default="", repr=False)

    @property
    def image(self) -> Image.Image:
        """As a Pillow image."""
        return Image.fromarray(self.rgb)

    def save(self, path: str | Path) -> str:
        """Writes PNG, JPEG or WebP by the ending, marked as synthetic; returns the file's SHA-256.

        Raises:
            InputError: another ending, or the file cannot be written.
        """
        return save_picture(Path(path), self.rgb, self.title)

    def _repr_png_(self) -> bytes:
        from ohlora.face.render import encoded

        return encoded(Path("picture.png"), self.rgb, self.title)


class Face:
    """One face that takes the scores it is asked for. Use `load` for a persona's, `of_seed` for a random one."""

    def __init__(self, name: str, generator: Generator, scorer: LandmarkScorer, face: PersonaFace) -> None:
        self.name = name
        self._generator, self._scorer, self._face = generator, scorer, face

    @classmethod
    def load(cls, persona: str = personas.DEFAULT, *, precision: Literal["auto", "f32", "bf16"] = "auto") -> Self:
        """The face of a persona, by name or folder; the shipped one where she has none yet.

        Raises:
            InputError: no such persona, or its face is damaged. MissingError: a model has not been pulled.
        """
        folder = personas.find(persona)
        generator = mobile_stylegan.load(precision)
        return cls(folder.name, generator, LandmarkScorer(), load_face(personas.face_folder(folder), generator))

    @classmethod
    def of_seed(
        cls, seed: int, row: int = 0, *, psi: float = PSI, precision: Literal["auto", "f32", "bf16"] = "auto"
    ) -> Self:
        """The random face of a seed, with the directions that ship."""
        generator, scorer = mobile_stylegan.load(precision), LandmarkScorer()
        directions = Directions.load(personas.find(personas.DEFAULT) / "directions.json", generator)
        face = face_of_seed(generator, scorer, directions, seed, row, psi)
        return cls(f"seed {seed}, row {row}", generator, scorer, face)

    @property
    def scores(self) -> dict[str, float]:
        """The face's own scores, in population σ: where it is with nothing asked."""
        return dict(self._face.base)

    @property
    def reach(self) -> dict[str, tuple[float, float]]:
        """The interval of each score that it reaches, the others staying; empty where it was not calibrated."""
        return self._face.reach

    @property
    def attributes(self) -> tuple[str, ...]:
        """What can be asked for."""
        return self._face.directions.names

    @cached_property
    def neutral(self) -> Picture:
        """The face as it is, drawn once."""
        return self.render()

    def render(self, scores: Mapping[str, float] | None = None, *, size: int = 512, **named: float) -> Picture:
        """Draws the face so that the scores asked for are what is measured; what is not asked for stays its own.

        Args:
            scores: absolute, in population σ; or by name: `render(eyes=1, yaw=-0.5)`.
            size: 256, 512 or 1024.

        Raises:
            InputError: an attribute that cannot be asked for, a score that is not finite, no such size.
        """
        asked = {**(scores or {}), **named}
        drawn = render(self._generator, self._scorer, self._face, asked, size)
        return Picture(drawn.rgb, drawn.w, asked, drawn.measured, self.name)

    def measure(self, rgb: NDArray[np.uint8]) -> dict[str, float]:
        """Scores in population σ of the one face in any image (H, W, 3) uint8 RGB."""
        return self._face.directions.scores(self._scorer.measure(rgb))

    def close(self) -> None:
        """Frees the landmark model."""
        self._scorer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        own = ", ".join(f"{name} {score:+.2f}" for name, score in self._face.base.items())
        return f"Face({self.name!r}: {own})"

    def _repr_png_(self) -> bytes:
        return self.neutral._repr_png_()
