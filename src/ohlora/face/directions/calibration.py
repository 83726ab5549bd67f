"""One face's own response to the directions, and its inverse: so that an asked score is the score that is measured.

Directions are right on average. A single face answers along a curve that saturates, and its attributes pull at each
other. Two remedies:
- `solve`: closed loop. Draw, measure, correct; a secant update learns the face's slopes on the way (Broyden 1965).
- `Calibration`: the response of one face measured once at some hundred points (`response`), half of them where targets
  led that people ask for; inverted by damped Gauss-Newton in a few milliseconds. For real time.

Steps are coordinates along the directions, one a direction; scores are absolute, in population σ. Knows no files' places.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.directions.artefact import load_artefact, save_artefact
from ohlora.face.directions.directions import Directions, refuse_other_generator
from ohlora.face.directions.response import fit_surface
from ohlora.face.directions.sampling import SIZE, draw_and_measure
from ohlora.face.generator import Generator, Identity

FORMAT = "ohlora-calibration/2"
_REMEDY = "ohlora face calibrate PERSONA"

# The steps a face is measured within: as far as pictures stay clean, eyes down to closed.
BOX: Mapping[str, tuple[float, float]] = {
    "eyes": (-7.0, 3.0),
    "mouth": (-2.5, 4.0),
    "yaw": (-3.0, 3.0),
    "pitch": (-2.5, 2.5),
    "smile": (-2.5, 2.5),
}
# Scores people ask a persona for, in population σ: expression labels, drift and blinks.
ASKED: Mapping[str, tuple[float, float]] = {
    "eyes": (-5.0, 2.4),
    "mouth": (-1.4, 3.2),
    "yaw": (-2.2, 2.2),
    "pitch": (-2.2, 1.2),
    "smile": (-1.6, 1.3),
}
# Raw values beyond which there is nothing: a gap between lids or lips, and the blendshape of a smile.
_ROUNDS = 4  # of drawing targets, in between which the surface is fitted anew
# Of steps that do as well the shortest: scores are known to about 0.1 σ (the landmark network's noise), and going farther for
# less than that only makes her another person (docs/measurements.md).
_RIDGE = 0.1**2
_FAR_OFF = 0.4  # σ by which an inverse may miss before another start is tried
_STRIDE = 0.8  # longest single step of inverting the surface
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
        slopes = sound(slopes + np.outer(surprise, change) / (change @ change))
        steps, at = steps + change, there
    return Solution(best[1], dict(zip(ATTRIBUTES, best[2].tolist(), strict=True)), drawn)


@dataclass(frozen=True)
class Calibration:
    """The measured response of one face: scores(steps) = base + steps·slopes + Gaussian process of the rest (`response`).

    points (P, D) measured steps, the last one the face at rest; scores (P, A) measured there; weights (P, A); slopes (D, A); lengths (A, D) of the
    kernels; offset (A,) makes rest exact; base (A,) scores at rest; low, high (D,) the box of steps that was measured.
    Columns are `names` for D and `ATTRIBUTES` for A. face: digest of the face file it was measured on.
    error: leave-one-out, root mean square, in σ an attribute, of points in the box and of the targets among them.
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]
    slopes: NDArray[np.float64]
    base: NDArray[np.float64]
    offset: NDArray[np.float64]
    lengths: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    error: dict[str, float]
    reach: dict[str, tuple[float, float]]
    face: str = ""

    def predict(self, steps: NDArray) -> NDArray[np.float64]:
        """Scores (A,) expected at steps (D,)."""
        return self._response(np.asarray(steps, np.float64))[0]

    def lean(self, steps: NDArray) -> float:
        """By how many σ of roll the head is expected to lean more at steps (D,) than at rest.

        No direction holds the roll (docs/directions.md), but a picture can be turned back by it: `pixels.turned`.
        """
        roll = ATTRIBUTES.index("roll")
        return float(self.predict(steps)[roll] - self.base[roll])

    def invert(self, target: Mapping[str, float], iterations: int = 40) -> NDArray[np.float64]:
        """Steps (D,) whose expected scores are closest to `target`; attributes not named stay at the face's own.

        A pure function of the target. Stays within the measured steps; the face's own scores give no step at all.
        """
        columns = [ATTRIBUTES.index(name) for name in self.names]
        wanted = self.base[columns].copy()
        for name, score in target.items():
            wanted[self.names.index(name)] = score
        # From rest in short strides, so that of several places with equal scores the nearest is found: a lid that has
        # closed answers no more, and a stride that led beyond would not find back.
        steps, cost = self._descend(np.zeros(len(self.names)), wanted, columns, iterations)
        if cost > _FAR_OFF**2:
            # A mouth that is shut at rest does not answer to the first steps either: then from where it was measured
            # to be nearest to what is asked.
            nearest = int(np.square(self.scores[:, columns] - wanted).sum(axis=1).argmin())
            other, other_cost = self._descend(
                np.clip(self.points[nearest], self.low, self.high), wanted, columns, iterations
            )
            if other_cost < 0.7 * cost:
                steps = other
        return steps

    def _descend(
        self, steps: NDArray, wanted: NDArray, columns: list[int], iterations: int
    ) -> tuple[NDArray[np.float64], float]:
        """Damped Gauss-Newton to the nearest minimum: steps (D,) and the squared distance that remains."""
        damping = 1e-2
        ridge = _RIDGE
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
            change *= min(1.0, _STRIDE / max(float(np.abs(change).max()), 1e-9))
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
        error = wanted - scores[columns]
        return steps, float(error @ error)

    def _response(self, steps: NDArray) -> tuple[NDArray, NDArray]:
        """Scores (A,) and their derivative by the steps (D, A)."""
        apart = (steps - self.points)[None] / self.lengths[:, None]  # (A, P, D)
        kernel = np.exp(-0.5 * np.einsum("apd,apd->ap", apart, apart)) * self.weights.T
        scores = self.base + self.offset + steps @ self.slopes + kernel.sum(axis=1)
        bend = -np.einsum("ap,apd->ad", kernel, apart) / self.lengths
        return scores, self.slopes + bend.T

    def _refuse_misshapen(self) -> None:
        """Raises ValueError where the tensors do not belong together."""
        points, names, attributes = len(self.points), len(self.names), len(ATTRIBUTES)
        wanted = {
            "points": (points, names), "scores": (points, attributes), "weights": (points, attributes),
            "slopes": (names, attributes), "base": (attributes,), "offset": (attributes,),
            "lengths": (attributes, names), "low": (names,), "high": (names,),
        }  # fmt: skip
        wrong = [name for name, shape in wanted.items() if getattr(self, name).shape != shape]
        if wrong or not set(self.names) <= set(ATTRIBUTES):
            raise ValueError(f"misshapen: {wrong or self.names}")

    def save(self, path: Path, body: Mapping[str, Any]) -> None:
        """Writes `path` as .safetensors and .json; `body` says whose it is (generator, fingerprint, command …)."""
        described = {
            "face": self.face,
            "names": list(self.names),
            "error": self.error,
            "reach": {name: list(ends) for name, ends in self.reach.items()},
        }
        save_artefact(path, FORMAT, {name: getattr(self, name) for name in _TENSORS}, {**body, **described})

    @classmethod
    def load(cls, path: Path, generator: Identity) -> "Calibration":
        """Reads a calibration.

        Raises:
            InputError: missing, damaged, edited, or measured on another generator.
        """
        tensors, body = load_artefact(path, FORMAT, _REMEDY)
        refuse_other_generator(path, body, generator)
        try:
            found = cls(
                names=tuple(body["names"]),
                face=body["face"],
                error=body["error"],
                reach={name: (ends[0], ends[1]) for name, ends in body["reach"].items()},
                **{name: tensors[name] for name in _TENSORS},
            )
            found._refuse_misshapen()
            return found
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise InputError(
                f"{path} does not describe a calibration as this version writes it; make it anew with: {_REMEDY}",
                f"{path}은(는) 이 버전이 쓰는 보정 파일이 아닙니다. 다시 만들기: {_REMEDY}",
            ) from error


_TENSORS = ("points", "scores", "weights", "slopes", "base", "offset", "lengths", "low", "high")


def calibrate(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    directions: Directions,
    *,
    seed: int,
    points: int = 96,
    asked: Mapping[str, tuple[float, float]] = ASKED,
    narrow: bool = False,
    face: str = "",
    done: Callable[[], object] = lambda: None,
) -> Calibration:
    """Measures the response of one face where it will be used.

    Half of the pictures: the face itself, every axis of the box of steps, seeded Sobol points of the box. The other half
    in rounds: targets people ask for are inverted by what is known so far, drawn where that leads, and measured; so the
    surface becomes exact where faces are asked to be, not where the box happens to have its corners.

    Args:
        points: pictures drawn.
        asked: the scores that will be asked for, absolute; attributes not named stay at rest.
        narrow: measure for `asked` only, instead of for all of `BOX`: fewer pictures do.

    Raises:
        InputError: the face itself cannot be measured, or too few of the moved faces can.
    """
    if narrow:
        rest = measure_steps(generator, scorer, w, directions, np.zeros((1, len(directions.names))), done)
        low, high = _narrow_box(directions.names, rest[0], asked)
        first = _first_guesses(directions, rest[0], asked, max(points // 3, 2) - 1, seed)
        steps = np.concatenate([np.zeros((1, len(low))), np.clip(first, low, high)])
        scores = np.concatenate([rest, measure_steps(generator, scorer, w, directions, steps[1:], done)])
    else:
        low, high = (np.array([BOX[name][end] for name in directions.names]) for end in (0, 1))
        steps = design(low, high, max(points // 2, 1), seed)
        scores = measure_steps(generator, scorer, w, directions, steps, done)
    if not np.isfinite(scores[0]).all():
        raise _too_few(0, points)
    left = points - len(steps)
    targets = asked_targets(directions.names, scores[0], asked, left, seed, always=narrow)
    targets = np.array(
        [list(directions.possible(dict(zip(directions.names, row, strict=True))).values()) for row in targets]
    )
    rounds = min(_ROUNDS, max(1, left // 8))
    for number, part in enumerate(np.array_split(targets, rounds)):
        if not len(part):
            break
        known = _fitted(directions, steps, scores, low, high, points)
        more = np.array([_where(known, directions, row, number) for row in part])
        steps = np.concatenate([steps, more])
        scores = np.concatenate([scores, measure_steps(generator, scorer, w, directions, more, done)])
    return replace(_with_reach(_fitted(directions, steps, scores, low, high, points)), face=face)


def _where(known: Calibration, directions: Directions, target: NDArray, number: int) -> NDArray[np.float64]:
    """Steps (D,) at which to measure for a target: where it is expected, or farther out where it is not expected at all.

    A mouth that is shut at rest answers only after some steps; a surface that has seen none of them says it never will.
    """
    columns = [ATTRIBUTES.index(name) for name in known.names]
    steps = known.invert(dict(zip(known.names, target, strict=True)))
    missed = target - known.predict(steps)[columns]
    for index in np.flatnonzero(np.abs(missed) > 2 * _FAR_OFF):
        away = target[index] - known.base[columns[index]]
        steps[index] = (1.0 + 0.4 * (number + 1)) * away
    return np.clip(steps, known.low, known.high)


def design(low: NDArray, high: NDArray, points: int, seed: int) -> NDArray[np.float64]:
    """Steps (points, D) to measure at: no step, each axis alone, then a scrambled Sobol sequence of the box."""
    from scipy.stats import qmc

    parts = (0.25, 0.5, 0.75, 1.0) if points >= 12 * len(low) else (0.5, 1.0) if points >= 6 * len(low) else (0.6,)
    axes = [np.zeros(len(low))]
    for index in range(len(low)):
        for part in parts:
            for end in (low, high):
                axes.append(np.eye(len(low))[index] * end[index] * part)
    rest = max(0, points - len(axes))
    sequence = qmc.Sobol(len(low), rng=np.random.Generator(np.random.PCG64(seed)))
    cloud = sequence.random_base2(max(0, rest - 1).bit_length())[:rest]
    # Squeezed towards the middle: most of what is asked is a moderate expression, corners of the box are grimaces.
    centred = np.sign(cloud - 0.5) * np.abs(2 * cloud - 1) ** 1.5
    return np.concatenate([np.array(axes), np.where(centred > 0, centred * high, -centred * low)])[:points]


def asked_targets(
    names: Sequence[str], base: NDArray, asked: Mapping[str, tuple[float, float]], count: int, seed: int, always: bool
) -> NDArray[np.float64]:
    """Absolute scores (count, D) as people ask for them: seeded, each attribute in two of three cases, else at rest."""
    from scipy.stats import qmc

    stream = np.random.Generator(np.random.PCG64([seed, 1]))
    places = qmc.Sobol(len(names), rng=stream).random_base2(max(count - 1, 0).bit_length())[:count]
    targets = np.tile([base[ATTRIBUTES.index(name)] for name in names], (count, 1))
    for index, name in enumerate(names):
        moved = stream.random(count) < (1 if always else 2 / 3)
        if name in asked:
            low, high = asked[name]
            targets[moved, index] = (low + places[:, index] * (high - low))[moved]
    return targets


def _narrow_box(
    names: Sequence[str], base: NDArray, asked: Mapping[str, tuple[float, float]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Steps (D,), (D,) that lead beyond what is asked also on a face that answers weakly."""
    low, high = np.full(len(names), -2.5), np.full(len(names), 2.5)
    for index, name in enumerate(names):
        if name in asked:
            below, above = (end - base[ATTRIBUTES.index(name)] for end in asked[name])
            low[index], high[index] = 2.5 * min(below, -0.3) - 0.2, 2.5 * max(above, 0.3) + 0.2
    return np.maximum(low, -_FARTHEST), np.minimum(high, _FARTHEST)


def _first_guesses(
    directions: Directions, base: NDArray, asked: Mapping[str, tuple[float, float]], count: int, seed: int
) -> NDArray[np.float64]:
    """Steps (count, D) where targets would lie on an average face, attributes not asked for shaken a little."""
    targets = asked_targets(directions.names, base, asked, count, seed + 1, always=True)
    stream = np.random.Generator(np.random.PCG64([seed, 2]))
    columns = [ATTRIBUTES.index(name) for name in directions.names]
    slopes = sound(directions.effect_prior()[0][:, columns])
    steps = np.linalg.solve(slopes.T, (targets - base[columns]).T).T
    held = [index for index, name in enumerate(directions.names) if name not in asked]
    steps[:, held] += stream.uniform(-0.7, 0.7, (count, len(held)))
    return steps


def with_points(calibration: Calibration, directions: Directions, steps: NDArray, scores: NDArray) -> Calibration:
    """The calibration fitted anew with more measured points: steps (P, D), scores (P, A), NaN where lost."""
    known = np.concatenate([calibration.points[-1:], calibration.points[:-1], steps])
    measured = np.concatenate([calibration.scores[-1:], calibration.scores[:-1], scores])
    better = _fitted(directions, known, measured, calibration.low, calibration.high, len(known))
    return replace(better, face=calibration.face, reach=calibration.reach)


def fit_response(
    names: Sequence[str],
    steps: NDArray,
    scores: NDArray,
    low: NDArray,
    high: NDArray,
    prior: tuple[NDArray, NDArray] | None = None,
) -> Calibration:
    """Fits the response surface to scores (P, A) measured at steps (P, D), the first row being the face at rest.

    Args:
        prior: (D, A) mean and spread over faces of the slopes, where known from other faces (`Directions.effect_prior`).
    """
    return _with_reach(_surfaces(names, steps, scores, low, high, prior))


def _surfaces(
    names: Sequence[str],
    steps: NDArray,
    scores: NDArray,
    low: NDArray,
    high: NDArray,
    prior: tuple[NDArray, NDArray] | None,
) -> Calibration:
    """`fit_response` without the reach, which takes longer than the fit where there are few points."""
    shape = (steps.shape[1], scores.shape[1])
    expected, spread = prior if prior is not None else (np.zeros(shape), np.ones(shape))
    # Matrices this small are solved ten times faster by one thread than by several that wait for one another.
    with threadpool_limits(1):
        surfaces = [
            fit_surface(steps[1:], column[1:] - column[0], (high - low) / 2, mean, around)
            for column, mean, around in zip(scores.T, expected.T, spread.T, strict=True)
        ]
    error = [float(np.sqrt(np.mean(surface.left_out**2))) for surface in surfaces]
    return Calibration(
        names=tuple(names),
        points=np.concatenate([steps[1:], np.zeros((1, shape[0]))]),
        scores=np.concatenate([scores[1:], scores[:1]]),
        weights=np.stack([surface.weights for surface in surfaces], axis=1),
        slopes=np.stack([surface.slopes for surface in surfaces], axis=1),
        base=scores[0].copy(),
        offset=np.array([surface.offset for surface in surfaces]),
        lengths=np.stack([surface.lengths for surface in surfaces]),
        low=low,
        high=high,
        error={name: round(value, 4) for name, value in zip(ATTRIBUTES, error, strict=True)},
        reach={},
    )


def _fitted(
    directions: Directions, steps: NDArray, scores: NDArray, low: NDArray, high: NDArray, points: int
) -> Calibration:
    """The fit to the rows that could be measured, with what the directions say of other faces as the prior."""
    seen = np.isfinite(scores.sum(axis=1))
    if seen.sum() < max(len(steps) // 2, 3):
        raise _too_few(int(seen.sum()), points)
    return _surfaces(directions.names, steps[seen], scores[seen], low, high, directions.effect_prior())


def _too_few(seen: int, points: int) -> InputError:
    return InputError(
        f"only {seen} of {points} pictures of this face could be measured; choose another face",
        f"이 얼굴의 사진 {points}장 중 {seen}장만 측정할 수 있었습니다. 다른 얼굴을 고르세요",
    )


def _with_reach(calibration: Calibration) -> Calibration:
    """Adds for every direction the interval of scores this face reaches with all else kept.

    Reached means: expected within 0.15 σ, no other score off by more than half a σ.
    """
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


def sound(slopes: NDArray) -> NDArray[np.float64]:
    """Keeps a learned slope matrix invertible: singular values within 1/5 and 5."""
    left, values, right = np.linalg.svd(slopes)
    return (left * np.clip(values, 0.2, 5.0)) @ right


def _row(by_name: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([by_name[name] for name in ATTRIBUTES])
