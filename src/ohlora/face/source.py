"""Which generator draws, in a form that can be sent to another process or machine and loaded there.

Knows the ways a generator is named on the command line; nothing of what is drawn.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Source:
    """bundle: a folder of `checkpoint freeze`, or None for the shipped generator. space: "w", or "z" of a bundle."""

    bundle: Path | None = None
    space: str = "w"
    precision: str = "auto"
    size: int = 512
    psi: float = 0.7

    def load(self, threads: int | None = None) -> Any:
        """The generator; `threads` is how many the shipped one draws with (all by default).

        Raises:
            As `mobile_stylegan.load` and `bundle.face_generator`.
        """
        if self.bundle is None:
            from ohlora.face import mobile_stylegan

            return mobile_stylegan.load(self.precision, self.size, threads)  # type: ignore[arg-type]
        from ohlora.face.bundle import face_generator

        return face_generator(self.bundle, self.space, self.psi)
