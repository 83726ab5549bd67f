"""Whether directions do what they say: the grid protocol on fresh faces, with reach, leak, identity and background.

For each face 50 pictures are drawn, over every combination of GRID, as absolute scores in population σ. Nothing of these
pictures is fed back: a face is calibrated with few pictures first (`calibration.calibrate`, part of the method, as the
product does when a face is cast), then drawn 50 times by the calibration alone (open loop, as the live page draws),
each picture turned by as much as the calibration expects the head to lean (`Calibration.lean`).
`closed` adds a second pass in which the 50 are measured and every one is corrected once, as `face render` does.

A correlation alone would be fooled by movements that are much too small, so slope and error are demanded too; and what
was not asked for is looked at: the other attributes, the person, the background.

A face that is done is kept where a folder is given (`kept_faces`), so that a run of an hour that is killed goes on.

The baseline is the same protocol with each attribute's plain SVM normal, in w, without calibration (InterFaceGAN, Shen
et al. 2020): one length for all faces, so many steps as the asked score is away from the face's own.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.attributes.parsing import BACKGROUND, ParsingScorer
from ohlora.face.directions.calibration import Calibration, calibrate, with_points
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import PSI, SIZE, latents_w, versions
from ohlora.face.directions.search import border_change
from ohlora.face.generator import Generator
from ohlora.face.identity import Identity
from ohlora.face.pixels import draw, turned

GRID: dict[str, tuple[float, ...]] = {
    "eyes": (-1.2, 1.2),
    "mouth": (-1.8, -0.9, 0.0, 0.9, 1.8),
    "yaw": (-1.8, -1.2, -0.6, 0.0, 0.6),
}
ASKED = tuple(GRID)
TARGETS: NDArray[np.float64] = np.array(list(itertools.product(*GRID.values())))
PASS = {"eyes": 0.92, "mouth": 0.88, "yaw": 0.92}
GOALS: dict[str, Any] = {
    "correlation_mean": {"eyes": 0.98, "mouth": 0.96, "yaw": 0.99},
    "pass_rate": 0.90,
    "slope_median": (0.8, 1.2),
    "leak_asked": 0.10,
    "leak_held": 0.20,
    "identity_distance_p95": 0.55,
}
POINTS = 64
"""Pictures a face is calibrated with."""

_ROLL = ATTRIBUTES.index("roll")
_COLUMNS = [ATTRIBUTES.index(name) for name in ASKED]
# A face is calibrated for what the grid asks, a little beyond it; the other attributes are to stay.
_RANGE = {name: (min(values) - 0.2, max(values) + 0.2) for name, values in GRID.items()}
# Every other picture of the grid, like the black squares of a chessboard: identity is measured on these.
_PLACES = np.array(
    [[values.index(one) for one, values in zip(row, GRID.values(), strict=True)] for row in TARGETS.tolist()]
)
BLACK: NDArray[np.int64] = np.flatnonzero(_PLACES.sum(axis=1) % 2 == 0)


@dataclass
class FaceResult:
    """One face under the protocol.

    base: its scores at rest. measured (50, A), in the order of TARGETS, NaN where lost. correlation, slope, error by
    asked attribute; leak (3, A): change of every attribute per σ asked. identity (25,) distances on BLACK; border,
    background: mean change, in grey levels, of the border and of the parsed background (NaN: not parsed, or none to speak
    of). reach: of the calibration. strip: some pictures for the report.
    """

    row: int
    base: dict[str, float]
    measured: NDArray[np.float64]
    correlation: dict[str, float]
    slope: dict[str, float]
    error: dict[str, float]
    leak: NDArray[np.float64]
    identity: NDArray[np.float64]
    border: float
    background: float
    reach: dict[str, tuple[float, float]]
    seconds: float
    drawn: int
    strip: list[NDArray[np.uint8]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return all(self.correlation[name] >= least for name, least in PASS.items())

    @property
    def lost(self) -> int:
        return int(np.isnan(self.measured).any(axis=1).sum())


@dataclass
class Looked:
    """What one row gave: the face by its calibration, corrected once, and the baseline, each None where not done.

    A row without `first` cannot be measured and is skipped. seconds: all the work on it.
    """

    first: FaceResult | None = None
    closed: FaceResult | None = None
    baseline: FaceResult | None = None
    seconds: float = 0.0


class Keeps(Protocol):
    """Where faces that are done are kept."""

    def load(self, row: int) -> Looked | None:
        """What is kept of a row."""
        ...

    def save(self, row: int, looked: Looked) -> None:
        """Keeps a row."""
        ...


@dataclass
class Evaluation:
    """All faces of one run: by the calibration alone; corrected once (or empty); the baseline (or empty).

    seconds: of all the work, also of what was done before the run was killed.
    """

    faces: list[FaceResult]
    closed: list[FaceResult]
    baseline: list[FaceResult]
    skipped: list[int]
    seconds: float


def pictures(count: int, *, points: int, closed: bool, baseline: int) -> int:
    """How many pictures an evaluation draws, for a progress bar."""
    each = points + len(TARGETS) * (2 if closed else 1) + 1
    return count * each + baseline * (len(TARGETS) + 1)


def evaluate(
    directions: Directions,
    generator: Generator,
    scorer: LandmarkScorer,
    *,
    faces: int,
    seed: int,
    points: int = POINTS,
    closed: bool = False,
    baseline: int = 0,
    identity: Identity | None = None,
    parser: ParsingScorer | None = None,
    keep: Keeps | None = None,
    done: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Runs the grid protocol on `faces` fresh faces of a seed, rows 0, 1, 2 … in order.

    Args:
        points: pictures each face is calibrated with.
        closed: also correct every picture once by what was measured.
        baseline: with the plain SVM normals too, on so many of the faces.
        identity: measure whether it stays the same person; None leaves it out.
        parser: finds the background; None: the border of the picture stands for it.
        keep: where faces that are done are kept, and taken from.

    Raises:
        InputError: an attribute of the grid has no direction, or no baseline is kept with the directions.
    """
    for name in ASKED:
        if name not in directions.names:
            raise InputError(
                f"the grid asks for {', '.join(ASKED)}, and these directions have none for {name}",
                f"격자는 {', '.join(ASKED)}을(를) 요구하는데 {name} 방향이 없습니다",
            )
    if baseline and directions.baseline is None:
        raise InputError(
            "no SVM normals are kept with these directions; find them anew with `ohlora face find`, or leave the "
            "baseline out with --baseline 0",
            "이 방향 파일에는 SVM 법선이 없습니다. `ohlora face find`로 다시 찾거나 --baseline 0으로 기준선을 빼세요",
        )
    result = Evaluation([], [], [], [], 0.0)
    run = _Run(directions, generator, scorer, identity, parser, points, done)
    row = 0
    while len(result.faces) < faces:
        wants_baseline = len(result.baseline) < baseline
        looked = keep.load(row) if keep else None
        if looked is not None and _enough(looked, closed, wants_baseline):
            for _ in range(pictures(1, points=points, closed=closed, baseline=int(wants_baseline))):
                done()
        else:
            looked = run.face(row, seed, closed=closed, baseline=wants_baseline)
            if keep:
                keep.save(row, looked)
        result.seconds += looked.seconds
        if looked.first is None:
            result.skipped.append(row)
            if len(result.skipped) > faces + 20:
                raise InputError(
                    "more faces than not cannot be measured; are these directions of this generator's faces?",
                    "측정할 수 없는 얼굴이 더 많습니다. 이 생성기가 얼굴을 그리는지 확인하세요",
                )
        else:
            result.faces.append(looked.first)
            result.closed += [looked.closed] if closed and looked.closed else []
            result.baseline += [looked.baseline] if wants_baseline and looked.baseline else []
        row += 1
    return result


def _enough(looked: Looked, closed: bool, baseline: bool) -> bool:
    """Whether a kept row holds all that is asked for now."""
    whole = (looked.closed is not None or not closed) and (looked.baseline is not None or not baseline)
    return looked.first is None or whole


@dataclass
class _Run:
    directions: Directions
    generator: Generator
    scorer: LandmarkScorer
    identity: Identity | None
    parser: ParsingScorer | None
    points: int
    done: Callable[[], object]

    def face(self, row: int, seed: int, *, closed: bool, baseline: bool) -> Looked:
        """Calibrates and measures one face; without `first` if it cannot be measured at rest or hardly anywhere."""
        start = time.perf_counter()
        w = self.generator.truncate(latents_w(self.generator, seed, [row], PSI), 1.0)[0]
        rest = draw(self.generator, w, SIZE)
        own = self.scorer.measure_all([rest])[0]
        self.done()
        if np.isnan(own).any():
            return Looked(seconds=time.perf_counter() - start)
        base = self.directions.scores(dict(zip(ATTRIBUTES, own.tolist(), strict=True)))
        calm = _Rest(rest, self.identity, self.parser)
        try:
            calibration = calibrate(
                self.generator,
                self.scorer,
                w,
                self.directions,
                seed=seed,
                points=self.points,
                asked=_RANGE,
                narrow=True,
                done=self.done,
            )
        except InputError:
            return Looked(seconds=time.perf_counter() - start)
        calibrated = time.perf_counter() - start
        steps = self._steps(calibration)
        measured, look = self._drawn(w, steps, self._tilts(calibration, steps), calm)
        first = _result(row, base, measured, look, calibration, calibrated, self.points + len(TARGETS))
        second, plain = None, None
        if closed:
            bare = measured.copy()
            bare[:, _ROLL] -= self._tilts(calibration, steps) / self.directions.std["roll"]
            better = with_points(calibration, self.directions, steps, bare)
            again = self._steps(better)
            measured, look = self._drawn(w, again, self._tilts(better, again), calm)
            spent = time.perf_counter() - start
            second = _result(row, base, measured, look, better, spent, self.points + 2 * len(TARGETS))
        if baseline:
            plain = self._plain(row, w, base, calm)
        return Looked(first, second, plain, time.perf_counter() - start)

    def _steps(self, calibration: Calibration) -> NDArray[np.float64]:
        targets = [self.directions.possible(dict(zip(ASKED, row.tolist(), strict=True))) for row in TARGETS]
        return np.array([calibration.invert(target) for target in targets])

    def _tilts(self, calibration: Calibration, steps: NDArray) -> NDArray[np.float64]:
        """Degrees by which each picture is turned, so that the head leans as it does at rest."""
        return np.array([-calibration.lean(row) * self.directions.std["roll"] for row in steps])

    def _plain(self, row: int, w: NDArray, base: dict[str, float], calm: "_Rest") -> FaceResult:
        assert self.directions.baseline is not None
        normals = np.array([self.directions.baseline[self.directions.names.index(name)] for name in ASKED])
        away = TARGETS - np.array([base[name] for name in ASKED])
        latents = (w + np.einsum("na,alw->nlw", away, normals)).astype(np.float32)
        measured, look = self._looked(latents, np.zeros(len(latents)), calm)
        return _result(row, base, measured, look, None, 0.0, len(TARGETS))

    def _drawn(self, w: NDArray, steps: NDArray, tilts: NDArray, calm: "_Rest") -> tuple[NDArray[np.float64], "_Look"]:
        names = self.directions.names
        latents = [self.directions.move(w[None], dict(zip(names, row, strict=True)))[0] for row in steps]
        return self._looked(latents, tilts, calm)

    def _looked(
        self, latents: Sequence[NDArray] | NDArray, tilts: NDArray, calm: "_Rest"
    ) -> tuple[NDArray[np.float64], "_Look"]:
        """Scores (50, A) of the latents, and what else is looked at, while drawing goes on."""
        rows: list[NDArray] = []
        look = _Look(calm)

        def see(number: int, rgb: NDArray[np.uint8]) -> None:
            rows.append(self.scorer.measure_all([rgb])[0])
            look.at(number, rgb)
            self.done()

        _watched(self.generator, latents, tilts, see)
        population = self.directions.mean, self.directions.std
        mean, std = (np.array([values[name] for name in ATTRIBUTES]) for values in population)
        return (np.array(rows) - mean) / std, look


def _watched(
    generator: Generator,
    latents: Sequence[NDArray] | NDArray,
    tilts: NDArray,
    see: Callable[[int, NDArray[np.uint8]], None],
) -> None:
    """Draws latents one after another, turned by so many degrees, while a thread looks at the pictures, in order."""
    with ThreadPoolExecutor(1) as looker:
        waiting: deque[Future[None]] = deque()
        for number, (w, tilt) in enumerate(zip(latents, tilts, strict=True)):
            waiting.append(looker.submit(see, number, turned(draw(generator, w, SIZE), tilt)))
            if len(waiting) > 4:
                waiting.popleft().result()
        for one in waiting:
            one.result()


# Pictures kept for the report, after the one at rest.
STRIP = sorted(
    int(np.flatnonzero((np.array(corner) == TARGETS).all(axis=1))[0])
    for corner in ((-1.2, -1.8, -1.8), (1.2, 0.0, -0.6), (1.2, 1.8, -1.8), (-1.2, 1.8, 0.6), (1.2, -0.9, 0.6))
)


# The background is what is background at rest and in the two pictures with the head turned farthest either way.
TURNED = tuple(TARGETS.tolist().index([1.2, 0.0, yaw]) for yaw in (-1.8, 0.6))
_EDGE = 8  # pixels next to a head that are left out: hair is not cut out to the pixel
_LEAST_BACKGROUND = 0.01  # of the picture; less says nothing


class _Rest:
    """A face at rest, as its 50 pictures are compared with it: pixels, who it is, and where the background is."""

    def __init__(self, rgb: NDArray[np.uint8], identity: Identity | None, parser: ParsingScorer | None) -> None:
        self.rgb, self.identity, self.parser = rgb, identity, parser
        self.who = identity.describe(rgb) if identity else None
        self.background = parser.classes(rgb) == BACKGROUND if parser else None


class _Look:
    """Gathers identity, background and some pictures of one face's grid."""

    def __init__(self, calm: _Rest) -> None:
        self._calm = calm
        self._pictures: list[NDArray[np.uint8]] = []
        self.distances: list[float] = []
        self.border: list[float] = []
        self.strip: list[NDArray[np.uint8]] = [_small(calm.rgb)]

    def at(self, number: int, rgb: NDArray[np.uint8]) -> None:
        self.border.append(border_change(rgb, self._calm.rgb))
        if self._calm.background is not None:
            self._pictures.append(rgb)  # the mask is known when the head has turned both ways
        if number in STRIP:
            self.strip.append(_small(rgb))
        if self._calm.identity is not None and number in BLACK:
            self.distances.append(float(np.linalg.norm(self._calm.identity.describe(rgb) - np.asarray(self._calm.who))))

    def background(self) -> float:
        """Mean change of the background's pixels in grey levels; NaN where it is not parsed or there is none to speak of."""
        if self._calm.background is None or self._calm.parser is None:
            return float("nan")
        parsed = [self._calm.parser.classes(self._pictures[number]) == BACKGROUND for number in TURNED]
        mask = shared_background([self._calm.background, *parsed])
        if mask is None:
            return float("nan")
        rest = self._calm.rgb[mask].astype(np.int16)
        return float(np.mean([np.abs(rgb[mask] - rest).mean() for rgb in self._pictures]))


def shared_background(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_] | None:
    """Pixels (H, W) that are background in all of the masks and not next to anything else; None if hardly any are."""
    import cv2

    everywhere = np.all(masks, axis=0).astype(np.uint8)
    kernel = np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8)
    mask = cv2.erode(everywhere, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    return mask if mask.mean() >= _LEAST_BACKGROUND else None


def _small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.resize(rgb, (160, 160), interpolation=cv2.INTER_AREA), np.uint8)


def _result(
    row: int,
    base: dict[str, float],
    measured: NDArray,
    look: _Look,
    calibration: Calibration | None,
    seconds: float,
    drawn: int,
) -> FaceResult:
    correlation, slope, error, leak = figures(measured)
    return FaceResult(
        row=row,
        base=base,
        measured=measured,
        correlation=correlation,
        slope=slope,
        error=error,
        leak=leak,
        identity=np.array(look.distances),
        border=float(np.mean(look.border)),
        background=look.background(),
        reach=dict(calibration.reach) if calibration else {},
        seconds=seconds,
        drawn=drawn,
        strip=look.strip,
    )


def figures(
    measured: NDArray, targets: NDArray = TARGETS
) -> tuple[dict[str, float], dict[str, float], dict[str, float], NDArray[np.float64]]:
    """Correlation, slope and mean absolute error by asked attribute, and leak (3, A) in σ per σ.

    Slopes and leak are those of one linear regression of each measured attribute on the three asked ones (they are
    independent in the grid). A face of which fewer than 25 pictures could be measured counts as correlation 0.
    """
    seen = np.isfinite(measured).all(axis=1)
    if seen.sum() < len(targets) // 2:
        zero = dict.fromkeys(ASKED, 0.0)
        return zero, dict(zero), dict.fromkeys(ASKED, float("nan")), np.full((len(ASKED), measured.shape[1]), np.nan)
    asked, got = targets[seen], measured[seen]
    design = np.column_stack([asked, np.ones(len(asked))])
    leak = np.linalg.lstsq(design, got, rcond=None)[0][: len(ASKED)]
    correlation, slope, error = {}, {}, {}
    for number, (name, column) in enumerate(zip(ASKED, _COLUMNS, strict=True)):
        spread = got[:, column].std()
        correlation[name] = float(np.corrcoef(asked[:, number], got[:, column])[0, 1]) if spread > 1e-9 else 0.0
        slope[name] = float(leak[number, column])
        error[name] = float(np.abs(asked[:, number] - got[:, column]).mean())
    return correlation, slope, error, leak


def summary(faces: Sequence[FaceResult]) -> dict[str, Any]:
    """What the JSON says of a set of faces; leak is the mean over faces of the absolute effect, so that it cannot cancel."""
    attributes = {
        name: {
            "correlation_mean": _round(np.mean([face.correlation[name] for face in faces])),
            "correlation_p5": _round(np.percentile([face.correlation[name] for face in faces], 5)),
            "slope_median": _round(np.median([face.slope[name] for face in faces])),
            "mae_sigma": _round(np.nanmean([face.error[name] for face in faces])),
        }
        for name in ASKED
    }
    leaks = np.nanmean([np.abs(face.leak) for face in faces], axis=0)
    signed = np.nanmean([face.leak for face in faces], axis=0)
    distances = np.concatenate([face.identity for face in faces])
    return {
        "faces": len(faces),
        "attributes": attributes,
        "pass_rate": _round(np.mean([face.passed for face in faces])),
        "leak": _table(leaks),
        "leak_signed": _table(signed),
        "identity_distance_p95": _round(np.percentile(distances, 95)) if len(distances) else None,
        "identity_distance_median": _round(np.median(distances)) if len(distances) else None,
        **_background(faces),
        "pictures_lost": sum(face.lost for face in faces),
        "failed": [
            {
                "row": face.row,
                "correlation": {name: _round(value) for name, value in face.correlation.items()},
                "reach": {name: list(face.reach[name]) for name in ASKED if name in face.reach},
                "lost": face.lost,
            }
            for face in faces
            if not face.passed
        ],
    }


def _background(faces: Sequence[FaceResult]) -> dict[str, Any]:
    """How much the background changes, and on which pixels that was measured."""
    border = _round(np.mean([face.border for face in faces]), 2)
    parsed = [face.background for face in faces if np.isfinite(face.background)]
    return {
        "background_change": _round(np.mean(parsed), 2) if parsed else border,
        "background_measured_on": "parsed background" if parsed else "border",
        "background_faces": len(parsed) or len(faces),
        "border_change": border,
    }


def as_json(found: Evaluation, directions: Directions, *, seed: int, points: int, precision: str) -> dict[str, Any]:
    """What `ohlora face evaluate --json` prints. The keys at the top are the calibration's alone (open loop)."""
    result = summary(found.faces)
    result["seconds"] = round(found.seconds, 1)
    result["seconds_calibration_median"] = round(float(np.median([face.seconds for face in found.faces])), 2)
    result["goals"] = [{"goal": sentence, "reached": reached} for sentence, reached in goals(result)]
    result["unreachable"] = unreachable(found.faces)
    for name, faces in (("closed", found.closed), ("baseline", found.baseline)):
        if faces:
            result[name] = summary(faces)
    result["protocol"] = {
        "grid": {name: list(values) for name, values in GRID.items()},
        "pass": PASS,
        "seed": seed,
        "psi": PSI,
        "calibration_pictures": points,
        "loop": "open: by the calibration alone",
        "roll": "each picture is turned by as much as the calibration expects the head to lean",
        "rows_skipped": found.skipped,
        "identity": f"on every other of the {len(TARGETS)} pictures, as on a chessboard",
        "generator": directions.generator,
        "fingerprint": directions.fingerprint,
        "precision": precision,
        "method": directions.description.get("method"),
        "versions": versions(),
    }
    return result


def unreachable(faces: Sequence[FaceResult]) -> dict[str, dict[str, Any]]:
    """For every asked attribute, how many faces cannot reach each end of the grid, as their calibration says."""
    told: dict[str, dict[str, Any]] = {}
    for name, values in GRID.items():
        ends = [face.reach[name] for face in faces if name in face.reach]
        low, high = min(values), max(values)
        told[name] = {
            "low": low,
            "high": high,
            "faces_short_of_low": sum(end[0] > low + 0.3 for end in ends),
            "faces_short_of_high": sum(end[1] < high - 0.3 for end in ends),
            "reach_median": [_round(np.median([end[side] for end in ends]), 2) for side in (0, 1)] if ends else None,
        }
    return told


def goals(found: dict[str, Any]) -> list[tuple[str, bool]]:
    """Every figure that is demanded, as (sentence, reached)."""
    checks = []
    for name, least in GOALS["correlation_mean"].items():
        value = found["attributes"][name]["correlation_mean"]
        checks.append((f"correlation_mean {name} {value:.3f} ≥ {least}", value >= least))
    checks.append((f"pass_rate {found['pass_rate']:.3f} ≥ {GOALS['pass_rate']}", found["pass_rate"] >= 0.90))
    low, high = GOALS["slope_median"]
    for name in ASKED:
        value = found["attributes"][name]["slope_median"]
        checks.append((f"slope_median {name} {value:.3f} in {low}–{high}", low <= value <= high))
    for name in ASKED:
        for other, value in found["leak"][name].items():
            if other == name:
                continue
            most = GOALS["leak_asked"] if other in ASKED else GOALS["leak_held"]
            checks.append((f"leak {name} → {other} {value:.3f} ≤ {most}", value <= most))
    distance = found["identity_distance_p95"]
    if distance is not None:
        most = GOALS["identity_distance_p95"]
        checks.append((f"identity_distance_p95 {distance:.3f} ≤ {most}", distance <= most))
    return checks


def _table(matrix: NDArray) -> dict[str, dict[str, float]]:
    return {
        row: {name: _round(cell) for name, cell in zip(ATTRIBUTES, line, strict=True)}
        for row, line in zip(ASKED, matrix, strict=True)
    }


def _round(value: Any, digits: int = 4) -> float:
    return round(float(value), digits)
