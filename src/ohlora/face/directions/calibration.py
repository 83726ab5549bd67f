"""One face's own response to the directions, and its inverse: so that an asked score is the score that is measured.

Directions are right on average. A single face answers along a curve that saturates, and its attributes pull at each
other. Two remedies:
- `solve`: closed loop. Draw, measure, correct; a secant update learns the face's slopes on the way (Broyden 1965).
- `Calibration`: the response of one face measured once at some hundred points, kept as a Gaussian process with a linear
  mean (Rasmussen & Williams 2006, ch. 2), and inverted by damped Gauss-Newton in under a millisecond. For real time.

Steps are coordinates along the directions, one a direction; scores are absolute, in population σ. Knows no files' places.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.directions.artefact import load_artefact, save_artefact
from ohlora.face.directions.directions import Directions, refuse_other_generator
from ohlora.face.directions.sampling import SIZE, draw_and_measure
from ohlora.face.generator import Generator

FORMAT = "ohlora-calibration/1"
_REMEDY = "ohlora face calibrate PERSONA"

# The steps a face is measured within: as far as pictures stay clean, eyes down to closed.
BOX: Mapping[str, tuple[float, float]] = {
    "eyes": (-7.0, 3.0),
    "mouth": (-2.5, 4.0),
    "yaw": (-3.0, 3.0),
    "pitch": (-2.5, 2.5),
    "smile": (-2.5, 2.5),
}
_FARTHEST = 9.0  # no single step of the closed loop leads farther out than this
_LONGEST = 2.0


def measure_steps(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    directions: Directions,
    steps: NDArray,
    done: Callable[[], object] = lambda: None,
) -> NDArray[np.float64]:
    """Scores (N, 6) in σ, columns as `ATTRIBUTES`, of one face (w or w+) moved by steps (N, D); NaN where lost."""
    latents = [directions.move(w[None], dict(zip(directions.names, row, strict=True)))[0] for row in steps]
    values = draw_and_measure(generator, scorer, latents, SIZE, done)
    return (values - _row(directions.mean)) / _row(directions.std)


@dataclass(frozen=True)
class Solution:
    """Where the closed loop ended: steps (D,), the scores measured there, and how many pictures it drew."""

    steps: NDArray[np.float64]
    scores: dict[str, float]
    drawn: int


def solve(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    directions: Directions,
    target: Mapping[str, float],
    *,
    start: NDArray | None = None,
    tolerance: float = 0.02,
    most: int = 10,
) -> Solution:
    """Steps whose measured scores come closest to `target`, by drawing, measuring and correcting.

    Args:
        w: (w_dim,) or w+ (num_ws, w_dim) of the face.
        target: absolute score of every attribute that has a direction.
        start: steps to begin with; none by default.
        tolerance: good enough, in σ, for the farthest attribute.
        most: pictures drawn at most.

    Raises:
        InputError: the face at `start` cannot be measured.
    """
    columns = [ATTRIBUTES.index(name) for name in directions.names]
    wanted = np.array([target[name] for name in directions.names])
    steps = np.zeros(len(wanted)) if start is None else np.array(start, np.float64)
    slopes = np.eye(len(wanted))
    best: tuple[float, NDArray, NDArray] | None = None
    at = _once(generator, scorer, w, directions, steps)
    if np.isnan(at).any():
        raise InputError("there is no single face to be measured", "측정할 수 있는 얼굴이 하나가 아닙니다")
    drawn = 1
    while True:
        error = wanted - at[columns]
        worst = float(np.abs(error).max())
        if best is None or np.linalg.norm(error) < best[0]:
            best = (float(np.linalg.norm(error)), steps, at)
        if worst <= tolerance or drawn >= most:
            break
        change = np.clip(np.linalg.solve(slopes, error), -_LONGEST, _LONGEST)
        change = np.clip(steps + change, -_FARTHEST, _FARTHEST) - steps
        if np.abs(change).max() < 1e-3:
            break
        there = _once(generator, scorer, w, directions, steps + change)
        drawn += 1
        if np.isnan(there).any():  # gone too far to be a face: half the way from the best
            steps, at = best[1], best[2]
            slopes = slopes * 2
            continue
        surprise = (there - at)[columns] - slopes @ change
        slopes = _sound(slopes + np.outer(surprise, change) / (change @ change))
        steps, at = steps + change, there
    return Solution(best[1], dict(zip(ATTRIBUTES, best[2].tolist(), strict=True)), drawn)


@dataclass(frozen=True)
class Calibration:
    """The measured response of one face: scores(steps) = base + steps·slopes + Gaussian process of the rest.

    points (P, D) measured steps; weights (P, A); slopes (D, A); base (A,); lengths (D,) of the kernel; columns are
    `names` for D and `ATTRIBUTES` for A. face: digest of the face file it was measured on. error: leave-one-out, root mean square, in σ an attribute.
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    weights: NDArray[np.float64]
    slopes: NDArray[np.float64]
    base: NDArray[np.float64]
    lengths: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    error: dict[str, float]
    reach: dict[str, tuple[float, float]]
    face: str = ""

    def predict(self, steps: NDArray) -> NDArray[np.float64]:
        """Scores (A,) expected at steps (D,)."""
        return self._response(np.asarray(steps, np.float64))[0]

    def invert(self, target: Mapping[str, float], iterations: int = 25) -> NDArray[np.float64]:
        """Steps (D,) whose expected scores are closest to `target`; attributes not named stay at the face's own.

        A pure function of the target. Stays within the measured steps.
        """
        columns = [ATTRIBUTES.index(name) for name in self.names]
        wanted = self.base[columns].copy()
        for name, score in target.items():
            wanted[self.names.index(name)] = score
        steps = np.clip(wanted - self.base[columns], self.low, self.high)
        damping, cost = 1e-2, np.inf
        # A pinch of ridge: of all steps that reach the target take the shortest, so the answer changes smoothly.
        ridge = 1e-4
        scores, jacobian = self._response(steps)
        for _ in range(iterations):
            error = wanted - scores[columns]
            cost = float(error @ error + ridge * steps @ steps)
            slope = jacobian[:, columns].T
            pull = slope.T @ error
            at_end = ((steps <= self.low) & (pull < 0)) | ((steps >= self.high) & (pull > 0))
            free = np.flatnonzero(~at_end)
            normal = slope[:, free].T @ slope[:, free] + (ridge + damping) * np.eye(len(free))
            change = np.zeros_like(steps)
            change[free] = np.linalg.solve(normal, pull[free] - ridge * steps[free])
            tried = np.clip(steps + change, self.low, self.high)
            new_scores, new_jacobian = self._response(tried)
            new_error = wanted - new_scores[columns]
            if float(new_error @ new_error + ridge * tried @ tried) < cost:
                done = float(np.abs(tried - steps).max()) < 1e-4
                steps, scores, jacobian = tried, new_scores, new_jacobian
                damping = max(damping / 4, 1e-6)
                if done:
                    break
            else:
                damping *= 8
                if damping > 1e6:
                    break
        return steps

    def _response(self, steps: NDArray) -> tuple[NDArray, NDArray]:
        """Scores (A,) and their derivative by the steps (D, A)."""
        apart = (steps - self.points) / self.lengths
        kernel = np.exp(-0.5 * np.einsum("pd,pd->p", apart, apart))
        scores = self.base + steps @ self.slopes + kernel @ self.weights
        bend = -(apart / self.lengths * kernel[:, None]).T @ self.weights
        return scores, self.slopes + bend

    def save(self, path: Path, body: Mapping[str, Any]) -> None:
        """Writes `path` as .safetensors and .json; `body` says whose it is (generator, fingerprint, command …)."""
        tensors = {
            name: getattr(self, name) for name in ("points", "weights", "slopes", "base", "lengths", "low", "high")
        }
        described = {
            "face": self.face,
            "names": list(self.names),
            "error": self.error,
            "reach": {name: list(ends) for name, ends in self.reach.items()},
        }
        save_artefact(path, FORMAT, tensors, {**body, **described})

    @classmethod
    def load(cls, path: Path, generator: Generator) -> "Calibration":
        """Reads a calibration.

        Raises:
            InputError: missing, damaged, edited, or measured on another generator.
        """
        tensors, body = load_artefact(path, FORMAT, _REMEDY)
        refuse_other_generator(path, body, generator)
        try:
            return cls(
                names=tuple(body["names"]),
                face=body["face"],
                error=body["error"],
                reach={name: (ends[0], ends[1]) for name, ends in body["reach"].items()},
                **tensors,
            )
        except (KeyError, TypeError, IndexError) as error:
            raise InputError(
                f"{path} does not describe a calibration as this version writes it; make it anew with: {_REMEDY}",
                f"{path}은(는) 이 버전이 쓰는 보정 파일이 아닙니다. 다시 만들기: {_REMEDY}",
            ) from error


def calibrate(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    directions: Directions,
    *,
    seed: int,
    points: int = 256,
    face: str = "",
    done: Callable[[], object] = lambda: None,
) -> Calibration:
    """Measures the response of one face at the face itself, along every axis, and at seeded Sobol points of `BOX`.

    Raises:
        InputError: the face itself cannot be measured, or too few of the moved faces can.
    """
    low, high = (np.array([BOX[name][end] for name in directions.names]) for end in (0, 1))
    steps = design(low, high, points, seed)
    scores = measure_steps(generator, scorer, w, directions, steps, done)
    seen = np.isfinite(scores.sum(axis=1))
    if not seen[0] or seen.sum() < points // 2:
        raise InputError(
            f"only {int(seen.sum())} of {points} pictures of this face could be measured; choose another face",
            f"이 얼굴의 사진 {points}장 중 {int(seen.sum())}장만 측정할 수 있었습니다. 다른 얼굴을 고르세요",
        )
    return replace(fit_response(directions.names, steps[seen], scores[seen], low, high), face=face)


def design(low: NDArray, high: NDArray, points: int, seed: int) -> NDArray[np.float64]:
    """Steps (points, D) to measure at: no step, each axis alone, then a scrambled Sobol sequence of the box."""
    from scipy.stats import qmc

    axes = [np.zeros(len(low))]
    for index in range(len(low)):
        for part in (0.25, 0.5, 0.75, 1.0):
            for end in (low, high):
                axes.append(np.eye(len(low))[index] * end[index] * part)
    rest = max(0, points - len(axes))
    sequence = qmc.Sobol(len(low), rng=np.random.Generator(np.random.PCG64(seed)))
    cloud = sequence.random_base2(max(0, rest - 1).bit_length())[:rest]
    # Squeezed towards the middle: most of what is asked is a moderate expression, corners of the box are grimaces.
    centred = np.sign(cloud - 0.5) * np.abs(2 * cloud - 1) ** 1.5
    return np.concatenate([np.array(axes), np.where(centred > 0, centred * high, -centred * low)])[:points]


def fit_response(names: Sequence[str], steps: NDArray, scores: NDArray, low: NDArray, high: NDArray) -> Calibration:
    """Fits the response surface; lengths and noise by the marginal likelihood over a small grid, shared by attributes."""
    base = scores[0]
    slopes = np.linalg.lstsq(steps, scores - base, rcond=None)[0]
    rest = scores - base - steps @ slopes
    spread = rest.std(axis=0) + 1e-9
    best: tuple[float, NDArray, NDArray, NDArray] | None = None
    for factor in (0.35, 0.5, 0.75, 1.0, 1.5):
        lengths = factor * (high - low) / 2
        apart = (steps[:, None] - steps[None]) / lengths
        kernel = np.exp(-0.5 * np.einsum("ijd,ijd->ij", apart, apart))
        for noise in (1e-4, 1e-3, 1e-2, 3e-2, 1e-1):
            covariance = kernel + noise * np.eye(len(steps))
            inverse = np.linalg.inv(covariance)
            weights = inverse @ (rest / spread)
            fitness = 0.5 * np.sum(weights * rest / spread) + 0.5 * rest.shape[1] * np.linalg.slogdet(covariance)[1]
            if best is None or fitness < best[0]:
                left_out = weights / np.diag(inverse)[:, None]  # leave-one-out residuals (R&W, eq. 5.12)
                best = (float(fitness), lengths, weights * spread, left_out * spread)
    assert best is not None
    error = np.sqrt(np.mean(best[3] ** 2, axis=0))
    calibration = Calibration(
        names=tuple(names),
        points=steps,
        weights=best[2],
        slopes=slopes,
        base=base - 0.0,
        lengths=best[1],
        low=low,
        high=high,
        error={name: round(float(value), 4) for name, value in zip(ATTRIBUTES, error, strict=True)},
        reach={},
    )
    return _with_reach(calibration)


def _with_reach(calibration: Calibration) -> Calibration:
    """Adds for every direction the interval of scores this face reaches with all else kept (error below 0.15 σ)."""
    columns = [ATTRIBUTES.index(name) for name in calibration.names]
    reach = {}
    for index, name in enumerate(calibration.names):
        own = calibration.base[columns[index]]
        ends = []
        for direction in (-1, 1):
            last = own
            for distance in np.arange(0.1, 10.0, 0.1):
                target = own + direction * distance
                scores = calibration.predict(calibration.invert({name: target}))[columns]
                kept = np.delete(scores - calibration.base[columns], index)
                if abs(scores[index] - target) > 0.15 or np.abs(kept).max() > 0.5:
                    break
                last = target
            ends.append(round(float(last), 2))
        reach[name] = (ends[0], ends[1])
    return replace(calibration, reach=reach)


def _once(
    generator: Generator, scorer: LandmarkScorer, w: NDArray, directions: Directions, steps: NDArray
) -> NDArray[np.float64]:
    return measure_steps(generator, scorer, w, directions, steps[None])[0]


def _sound(slopes: NDArray) -> NDArray[np.float64]:
    """Keeps a learned slope matrix invertible: singular values within 1/5 and 5."""
    left, values, right = np.linalg.svd(slopes)
    return (left * np.clip(values, 0.2, 5.0)) @ right


def _row(by_name: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([by_name[name] for name in ATTRIBUTES])
