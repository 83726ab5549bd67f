"""A set of latent directions and what was measured of them; reading, writing, and moving a latent along them.

Knows nothing of how they were found (`search`), nor of one face's own response (`calibration`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.parsing import ATTRIBUTES as PARSED
from ohlora.face.directions.artefact import load_artefact, save_artefact
from ohlora.face.generator import Identity

FORMAT = "ohlora-directions/1"
_REMEDY = "ohlora face find SAMPLES -o FILE"
LIMITS = {"eyes": (0.0, np.inf), "mouth": (0.0, np.inf), "smile": (0.0, 1.0)}
"""Raw values an attribute cannot leave."""


@dataclass(frozen=True)
class Directions:
    """Directions in w+, bound to the generator they were found on.

    names: attributes that can be asked for; vectors (A, num_ws, w_dim) float32: one step is +1 σ in measured effect.
    A direction may leave some style inputs alone, so that what they decide (colours, background) stays.
    mean, std: population of every landmark attribute, raw units; other_mean, other_std: of hair and background, where the
    sample held them (not every file says them).
    description: everything that was recorded when they were found (counts, accuracy, effect matrix, versions, command).
    baseline (A, num_ws, w_dim): each attribute's plain SVM normal in w, as long as +1 σ takes on average: what
    `ohlora face evaluate` compares with. None in files that keep none.
    """

    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    mean: dict[str, float]
    std: dict[str, float]
    generator: str
    fingerprint: str
    description: dict[str, Any] = field(default_factory=dict)
    baseline: NDArray[np.float32] | None = None
    other_mean: dict[str, float] = field(default_factory=dict)
    other_std: dict[str, float] = field(default_factory=dict)

    def move(self, w: NDArray, scores: Mapping[str, float]) -> NDArray[np.float32]:
        """Moves latents by so many σ of each attribute.

        Args:
            w: (N, w_dim), or w+ (N, num_ws, w_dim).
            scores: attribute → change in population σ; those not named do not move.

        Returns:
            Moved latents w+ (N, num_ws, w_dim), float32.

        Raises:
            InputError: an attribute without a direction, or a change that is not a finite number.
        """
        start = np.asarray(w, np.float32)
        moved = np.repeat(start[:, None], self.vectors.shape[1], axis=1) if start.ndim == 2 else start.copy()
        for name, change in scores.items():
            self._refuse_unknown(name)
            if not np.isfinite(change):
                raise InputError(
                    f"the change of {name} must be a finite number, not {change}",
                    f"{name}의 변화량은 유한한 수여야 하는데 {change}입니다",
                )
            moved += np.float32(change) * self.vectors[self.names.index(name)]
        return moved

    def scores(self, raw: Mapping[str, float]) -> dict[str, float]:
        """Raw attribute values → population σ: 0 is the mean face."""
        return {name: (raw[name] - self.mean[name]) / self.std[name] for name in self.mean}

    def possible(self, scores: Mapping[str, float]) -> dict[str, float]:
        """The same scores within what can be measured at all: no gap is less than none, no smile more than whole."""
        limited = dict(scores)
        for name in limited.keys() & LIMITS.keys():
            least, most = ((raw - self.mean[name]) / self.std[name] for raw in LIMITS[name])
            limited[name] = min(max(limited[name], least), most)
        return limited

    def effect_prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What one step does to each measured attribute over other faces: mean and spread (A, attributes), in σ.

        Where the description says nothing of it: 1 on the own attribute, with a wide spread.
        """
        own = [list(self.mean).index(name) for name in self.names]
        mean = np.zeros((len(self.names), len(self.mean)))
        mean[np.arange(len(own)), own] = 1.0
        recorded = self.description.get("effect", {})
        if "mean" not in recorded or "spread_over_faces" not in recorded:
            return mean, np.full_like(mean, 0.5)
        mean, spread = (
            np.array([[recorded[key][row][column] for column in self.mean] for row in self.names], np.float64)
            for key in ("mean", "spread_over_faces")
        )
        return mean, np.maximum(spread, 0.05)

    def save(self, path: Path) -> None:
        """Writes `path` as .safetensors and, to read, .json."""
        body = {
            "generator": self.generator,
            "fingerprint": self.fingerprint,
            "space": "w+",
            "names": list(self.names),
            "population": {"mean": self.mean | self.other_mean, "std": self.std | self.other_std},
            **self.description,
        }
        tensors = {"vectors": self.vectors}
        if self.baseline is not None:
            tensors["baseline"] = self.baseline
        save_artefact(path, FORMAT, tensors, body)

    @classmethod
    def load(cls, path: Path, generator: Identity | None = None) -> "Directions":
        """Reads directions; refuses those of another generator.

        Raises:
            InputError: missing, damaged, edited, numbers that are not finite, or found on another generator.
        """
        tensors, body = load_artefact(path, FORMAT, _REMEDY)
        if generator is not None:
            refuse_other_generator(path, body, generator)
        try:
            names, vectors = tuple(body["names"]), tensors["vectors"]
            population = body["population"]
            of_landmarks, of_others = (
                {key: _those(population[key], kind) for key in ("mean", "std")} for kind in (False, True)
            )
            directions = cls(
                names=names,
                vectors=vectors,
                **of_landmarks,
                other_mean=of_others["mean"],
                other_std=of_others["std"],
                generator=body["generator"],
                fingerprint=body["fingerprint"],
                description={key: value for key, value in body.items() if key not in _OWN_KEYS},
                baseline=tensors.get("baseline"),
            )
            sound = vectors.dtype == np.float32 and vectors.ndim == 3 and len(vectors) == len(names)
            sound = sound and set(names) <= set(directions.mean) == set(directions.std)
            sound = sound and (directions.baseline is None or len(directions.baseline) == len(names))
            sound = sound and set(directions.other_mean) == set(directions.other_std)
            sound = sound and all(value > 0 for value in (directions.std | directions.other_std).values())
        except (KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise InputError(
                f"{path} does not describe directions as this version writes them; find them anew with: {_REMEDY}",
                f"{path}은(는) 이 버전이 쓰는 방향 파일이 아닙니다. 다시 찾기: {_REMEDY}",
            )
        return directions

    def _refuse_unknown(self, name: str) -> None:
        if name not in self.names:
            known = ", ".join(self.names)
            raise InputError(
                f"there is no direction for {name!r}; there are: {known}",
                f"{name!r}의 방향이 없습니다. 있는 것: {known}",
            )


def refuse_other_generator(path: Path, body: Mapping[str, Any], generator: Identity) -> None:
    """Raises InputError unless an artefact's description names exactly this generator."""
    theirs, ours = body.get("fingerprint"), generator.fingerprint()
    if theirs != ours:
        raise InputError(
            f"{path} belongs to the generator {body.get('generator')} {str(theirs)[:12]}…, "
            f"not to {generator.name} {ours[:12]}…; make it anew on this one",
            f"{path}은(는) {body.get('generator')} {str(theirs)[:12]}… 생성기의 것이며 "
            f"{generator.name} {ours[:12]}…의 것이 아닙니다. 이 생성기로 다시 만드세요",
        )


def _those(values: Mapping[str, float], parsed: bool) -> dict[str, float]:
    """Hair and background of a population, or all the rest of it."""
    return {name: value for name, value in values.items() if (name in PARSED) == parsed}


_OWN_KEYS = frozenset(
    ["format", "generator", "fingerprint", "space", "names", "population", "sha256", "tensors_sha256"]
)
