"""A persona's face: its latent, its own scores, its directions and its calibration, as kept in the persona's folder.

`face.json` + `face.safetensors` hold the latent and where it came from, `directions.*` and `calibration.*` what moves it.
This is what the render command and the server draw from. Knows nothing of the persona's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.directions.artefact import load_artefact, save_artefact
from ohlora.face.directions.calibration import Calibration, calibrate
from ohlora.face.directions.directions import Directions, refuse_other_generator
from ohlora.face.directions.sampling import SIZE, latents_w, versions
from ohlora.face.generator import Generator, Identity
from ohlora.face.pixels import draw, turned
from ohlora.i18n import say
from ohlora.progress import bar

FORMAT = "ohlora-face/1"
POINTS = 96
"""Pictures of a calibration where nothing else is asked for."""


@dataclass(frozen=True)
class PersonaFace:
    """One person's face on one generator.

    w (num_ws, w_dim) float32: her latent. base: her own scores in population σ, all attributes.
    """

    w: NDArray[np.float32]
    base: dict[str, float]
    directions: Directions
    calibration: Calibration | None = None
    description: dict[str, Any] = field(default_factory=dict)

    def steps(self, scores: Mapping[str, float]) -> dict[str, float]:
        """How far to go along each direction so that these absolute scores are reached, the others staying her own.

        With a calibration by her measured response, else by the difference from her own score. A pure function.

        Raises:
            InputError: there is no direction for an attribute, or a score is not a finite number.
        """
        check_scores(scores, self.directions)
        if self.calibration is None:
            return {name: score - self.base[name] for name, score in scores.items()}
        found = self.calibration.invert(self.directions.possible(scores))
        return dict(zip(self.calibration.names, found.tolist(), strict=True))

    def at(self, scores: Mapping[str, float]) -> NDArray[np.float32]:
        """w+ (1, num_ws, w_dim) of her face with these absolute scores; `{}` is her own face, exactly."""
        if not scores:
            return self.w[None].copy()
        return self.directions.move(self.w[None], self.steps(scores))

    def tilt(self, scores: Mapping[str, float]) -> float:
        """Degrees, counter-clockwise, by which the picture at these scores is turned so that her head leans as it does at rest.

        What the calibration expects; 0 without one and for `{}`.
        """
        return self._tilt(self.steps(scores)) if scores else 0.0

    def _tilt(self, steps: Mapping[str, float]) -> float:
        if self.calibration is None:
            return 0.0
        found = np.array([steps[name] for name in self.calibration.names])
        return -self.calibration.lean(found) * self.directions.std["roll"]

    def drawn(self, generator: Generator, scores: Mapping[str, float], size: int) -> NDArray[np.uint8]:
        """Her face with these absolute scores by the calibration alone, (size, size, 3) uint8."""
        if not scores:
            return draw(generator, self.w, size)
        steps = self.steps(scores)
        return turned(draw(generator, self.directions.move(self.w[None], steps)[0], size), self._tilt(steps))

    @property
    def reach(self) -> dict[str, tuple[float, float]]:
        """Attribute → the interval of scores she reaches while the others stay; empty without a calibration."""
        return dict(self.calibration.reach) if self.calibration else {}


def check_scores(scores: Mapping[str, float], directions: Directions) -> None:
    """Raises InputError for an attribute without a direction and for NaN or infinity."""
    for name, score in scores.items():
        if name not in directions.names:
            known = ", ".join(directions.names)
            raise InputError(
                f"there is no direction for {name!r}; there are: {known}",
                f"{name!r}의 방향이 없습니다. 있는 것: {known}",
            )
        if not np.isfinite(score):
            raise InputError(
                f"the score of {name} must be a finite number, not {score}",
                f"{name} 점수는 유한한 수여야 하는데 {score}입니다",
            )


def load_face(folder: Path, generator: Identity) -> PersonaFace:
    """Reads the face of a persona's folder.

    Raises:
        InputError: a file is missing, damaged, edited by hand, or belongs to another generator.
    """
    w, body = load_latent(folder, generator)
    directions = load_directions(folder, generator)
    return PersonaFace(w, body["base"], directions, load_calibration(folder, generator, body, directions), body)


def load_latent(folder: Path, generator: Identity) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """The latent (num_ws, w_dim) of a persona's folder, and what `face.json` says. Raises as `load_face`."""
    path = folder / "face.json"
    tensors, body = load_artefact(path, FORMAT, f"ohlora face cast --seed N -o {folder}")
    refuse_other_generator(path, body, generator)
    w, base = tensors.get("w"), body.get("base")
    shaped = w is not None and w.shape == (generator.num_ws, generator.w_dim)
    if not shaped or not isinstance(base, dict) or set(base) != set(ATTRIBUTES) or not all(map(_finite, base.values())):
        raise InputError(
            f"{path} does not hold a latent of {generator.num_ws} × {generator.w_dim} and a score of every attribute; "
            f"make it anew with: ohlora face cast --seed N -o {folder}",
            f"{path}에 {generator.num_ws} × {generator.w_dim} 잠재 벡터와 모든 속성의 점수가 없습니다. "
            f"다시 만들기: ohlora face cast --seed N -o {folder}",
        )
    return np.asarray(w, np.float32), body


def load_directions(folder: Path, generator: Identity) -> Directions:
    """The directions of a persona's folder. Raises as `load_face`."""
    path = folder / "directions.json"
    directions = Directions.load(path, generator)
    if directions.vectors.shape[1:] != (generator.num_ws, generator.w_dim):
        raise InputError(
            f"{path} holds vectors of another shape than {generator.num_ws} × {generator.w_dim}; take the shipped ones anew "
            f"with: ohlora face cast --seed N -o {folder}",
            f"{path}의 벡터 모양이 {generator.num_ws} × {generator.w_dim}이(가) 아닙니다. "
            f"다시 만들기: ohlora face cast --seed N -o {folder}",
        )
    return directions


def load_calibration(
    folder: Path, generator: Identity, face: Mapping[str, Any], directions: Directions
) -> Calibration | None:
    """The calibration of a persona's folder, if it has one; `face` is what its `face.json` says. Raises as `load_face`."""
    path = folder / "calibration.json"
    if not any(path.with_suffix(ending).exists() for ending in (".json", ".safetensors")):
        return None
    calibration = Calibration.load(path, generator)
    if face["sha256"] != calibration.face or calibration.names != directions.names:
        raise InputError(
            f"{path} was measured on another face or with other directions than {folder.name} has; "
            f"measure it anew with: ohlora face calibrate {folder}",
            f"{path}은(는) {folder.name}의 얼굴이나 방향이 아닌 다른 것으로 잰 것입니다. "
            f"다시 재기: ohlora face calibrate {folder}",
        )
    return calibration


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def save_face(
    folder: Path,
    generator: Generator,
    scorer: LandmarkScorer,
    directions: Directions,
    *,
    seed: int,
    row: int,
    psi: float,
    chosen: str,
    command: str,
) -> dict[str, float]:
    """Makes the face of (seed, row) the face of a persona: measures it and writes `face.*` and `directions.*`.

    Returns its own scores in σ.

    Raises:
        InputError: the face cannot be measured.
    """
    w = latents_w(generator, seed, [row], psi)
    wplus = generator.truncate(w, 1.0)[0]  # psi 1: only repeated for every layer
    raw = scorer.measure(draw(generator, wplus, SIZE))
    base = directions.scores(raw)
    body = {
        "generator": generator.name,
        "fingerprint": generator.fingerprint(),
        "precision": generator.precision,
        "seed": seed,
        "row": row,
        "psi": psi,
        "base": base,
        "raw": raw,
        "chosen": chosen,
        "synthetic": "A drawn face. It shows no living person.",
        "versions": versions(),
        "command": command,
    }
    save_artefact(folder / "face.json", FORMAT, {"w": wplus}, body)
    directions.save(folder / "directions.json")
    return base


def calibrate_face(
    folder: Path, generator: Generator, scorer: LandmarkScorer, *, points: int, seed: int, command: str
) -> Calibration:
    """Measures the response of the face in a folder and writes `calibration.*` beside it.

    Raises:
        InputError: there is no sound face in the folder, or it cannot be measured.
    """
    tensors, body = load_artefact(folder / "face.json", FORMAT, f"ohlora face cast --seed N -o {folder}")
    refuse_other_generator(folder / "face.json", body, generator)
    directions = Directions.load(folder / "directions.json", generator)
    text = say("Measuring her response", "얼굴의 반응을 재는 중")
    with bar(text, points, "face") as progress:
        calibration = calibrate(
            generator,
            scorer,
            tensors["w"],
            directions,
            seed=seed,
            points=points,
            face=body["sha256"],
            done=progress.update,
        )
    described = {
        "generator": generator.name,
        "fingerprint": generator.fingerprint(),
        "precision": generator.precision,
        "points": points,
        "seed": seed,
        "versions": versions(),
        "command": command,
    }
    calibration.save(folder / "calibration.json", described)
    return calibration


def portrait(folder: Path, title: str) -> bytes:
    """The face of a persona's folder as it is at rest, 512² float32, as a PNG that says it is synthetic. Equal everywhere.

    Raises:
        InputError: as `load_face`. MissingError: the network has not been pulled.
    """
    from ohlora.face import mobile_stylegan
    from ohlora.face.render import encoded

    face = load_face(folder, mobile_stylegan.Known())  # before the network is read
    return encoded(Path("portrait.png"), mobile_stylegan.load("f32", 512).pixels(face.w[None], 512), title)
