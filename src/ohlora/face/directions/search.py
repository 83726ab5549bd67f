"""Finding directions in a sample: linear SVM, ridge, and the joint solution; then measuring what they really do.

Notable choices:
- Every figure is held out: directions are fitted on four fifths of the sample, accuracy and correlation are of the rest.
- *joint* (the default): all attributes are regressed at once, s = B·w. A direction is a move that raises one predicted
  score by 1 and leaves the others (cf. conditional manipulation, InterFaceGAN, Shen et al. 2020, which projects one
  normal off others; this is its simultaneous form). Of the many such moves the shortest and the likeliest are tried, in
  all or some style inputs, and the one that disturbs the border of the picture least is taken.
- What a regression over *different* faces predicts is not what moving *one* face does. So fresh faces are drawn and
  measured at ± steps (re-scoring, HiGAN, Yang et al. 2021), and the directions are corrected by the inverse of the measured
  effect matrix: one step is then +1 σ of its own attribute and 0 of the others, on average over faces.

Knows nothing of files or of one face's own response.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import SIZE, Sample, draw_and_measure, latents_w
from ohlora.face.generator import Generator
from ohlora.face.pixels import draw
from ohlora.i18n import say
from ohlora.progress import bar

Method = Literal["joint", "ridge", "svm"]
METHODS: tuple[str, ...] = get_args(Method)
SHARE = 0.2  # of the faces, at either end of an attribute, that the SVM learns to tell apart
LEAST_FACES = 500
_HELD_OUT = 0.2
_ALPHAS = np.geomspace(1e-2, 1e4, 13)
_SVM_C = 1e-3  # on w in units of its own standard deviation
# Attributes that get a direction. Roll is measured and held by the regressions, but aligned portraits hardly differ in it.
CONTROLLED: tuple[str, ...] = ("eyes", "mouth", "yaw", "pitch", "smile")
_COLUMNS = [ATTRIBUTES.index(name) for name in CONTROLLED]
_ROUNDS = 2
# What `joint` tries: how a move is picked among those of equal predicted effect, and which style inputs it moves
# (parts of all of them, coarse to fine: the first decide the outline, the last colours and textures). Where the head
# turns the outline has to turn with it: without the first inputs the features slide over a head that stays.
_METRICS = ("shortest", "likely")
_WINDOWS = ((0.0, 1.0), (0.0, 0.52), (0.13, 0.52))
_WINDOWS_OF = {"yaw": _WINDOWS[:2], "pitch": _WINDOWS[:2]}
_SOFTNESS = 0.3  # added to the covariance's diagonal, as a share of its mean
_TRIAL_FACES = 8
_LEAST_EFFECT = 0.15
# Faces drawn for measuring come from seeds far from any sample's.
_TRY, _CORRECT, _VERIFY = 1_000_000, 2_000_000, 3_000_000


@dataclass(frozen=True)
class Fit:
    """What the sample alone says. Arrays follow `ATTRIBUTES`.

    mean, std (A,) raw units; weights (A, w_dim): held-out tested ridge of the standardised scores on w;
    normals (A, w_dim): unit normals of the SVMs; accuracy, correlation (A,): held out.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    weights: NDArray[np.float64]
    normals: NDArray[np.float64]
    alpha: list[float]
    accuracy: NDArray[np.float64]
    correlation: NDArray[np.float64]
    trained_on: int
    held_out: int


def fit(sample: Sample, seed: int) -> Fit:
    """Ridge and SVM of every attribute on the w of a sample, with held-out figures.

    Raises:
        InputError: too few faces, or an attribute that is the same for all of them.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.svm import LinearSVC

    if len(sample.w) < LEAST_FACES:
        raise InputError(
            f"{len(sample.w)} measured faces are too few, {LEAST_FACES} are needed (6,000 are good); "
            f"sample more with: ohlora face sample --count 6000",
            f"측정된 얼굴 {len(sample.w)}개로는 부족합니다. {LEAST_FACES}개 이상이 필요합니다(6,000개 권장). "
            f"더 표집하기: ohlora face sample --count 6000",
        )
    mean, std = sample.values.mean(axis=0), sample.values.std(axis=0)
    for name, spread in zip(sample.manifest.attributes, std, strict=True):
        if not spread > 0:
            raise InputError(
                f"{name} has the same value in all {len(sample.w)} faces, so no direction can be found for it",
                f"{name} 값이 {len(sample.w)}개 얼굴에서 모두 같아 방향을 찾을 수 없습니다",
            )
    scores = (sample.values - mean) / std
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(scores))
    held, train = np.split(order, [int(_HELD_OUT * len(order))])
    centre, scale = sample.w[train].mean(axis=0), sample.w[train].std(axis=0)
    x = ((sample.w - centre) / scale).astype(np.float64)

    weights, normals, alphas, accuracy, correlation = [], [], [], [], []
    for column in range(len(ATTRIBUTES)):
        y = scores[:, column]
        ridge = RidgeCV(_ALPHAS * len(train) / 1000).fit(x[train], y[train])
        weights.append(ridge.coef_ / scale)
        alphas.append(float(ridge.alpha_))
        correlation.append(np.corrcoef(ridge.predict(x[held]), y[held])[0, 1])
        rows, label = _ends(y[train])
        svm = LinearSVC(C=_SVM_C, dual=False, random_state=seed).fit(x[train][rows], label)
        normal = svm.coef_[0] / scale
        normals.append(normal / np.linalg.norm(normal))
        rows, label = _ends(y[held])
        accuracy.append(float(svm.score(x[held][rows], label)))
    return Fit(
        mean=mean,
        std=std,
        weights=np.array(weights),
        normals=np.array(normals),
        alpha=alphas,
        accuracy=np.array(accuracy),
        correlation=np.array(correlation),
        trained_on=len(train),
        held_out=len(held),
    )


def find(
    sample: Sample,
    generator: Generator,
    scorer: LandmarkScorer,
    *,
    method: Method = "joint",
    seed: int = 0,
    faces: int = 48,
    command: str = "",
) -> Directions:
    """Directions of `CONTROLLED` in w+, measured on fresh faces and scaled so that one step is +1 σ.

    Args:
        method: "svm" and "ridge" give each attribute its own best direction in all style inputs, only scaled; "joint"
            makes them independent and leaves alone the style inputs that they do not need.
        faces: fresh faces for each correcting round and for the final measurement.
        command: recorded in the description.

    Raises:
        InputError: the sample does not serve (see `fit`).
    """
    fitted = fit(sample, seed)
    draws = 2 * len(CONTROLLED) * (_ROUNDS + 1) * faces
    windows = sum(len(_WINDOWS_OF.get(name, _WINDOWS)) for name in CONTROLLED)
    trials = 2 * windows * len(_METRICS) * _TRIAL_FACES if method == "joint" else 0
    text = say("Measuring the directions on fresh faces", "새 얼굴에서 방향의 효과를 재는 중")
    with bar(text, draws + trials, "face") as progress:

        def measured(vectors: NDArray, offset: int) -> NDArray[np.float64]:
            w = latents_w(generator, seed + offset, range(faces), sample.manifest.psi)
            return effect(generator, scorer, w, vectors, fitted.std, done=progress.update)

        if method == "joint":
            w = latents_w(generator, seed + _TRY, range(_TRIAL_FACES), sample.manifest.psi)
            vectors, trial = _least_disturbing(generator, scorer, w, sample, fitted, progress.update)
        else:
            vectors, trial = _single(generator, fitted, method), []
        before = None
        for number in range(_ROUNDS):
            effects = np.nanmean(measured(vectors, _CORRECT + 10 * number), axis=0)
            before = effects if before is None else before
            vectors = corrected(vectors, effects[:, _COLUMNS], independent=method == "joint")
        # The file holds float32: measure exactly what will be saved.
        exact = vectors.astype(np.float32)
        final = measured(exact, _VERIFY)
    assert before is not None
    description = _described(sample, generator, fitted, method, seed, command)
    description["effect"] = {
        "meaning": "rows: one step of the direction; columns: mean change of the attribute in population σ",
        "faces": faces,
        "lost": int(np.isnan(final).any(axis=(1, 2)).sum()),
        "before_correction": _table(before),
        "mean": _table(np.nanmean(final, axis=0)),
        "spread_over_faces": _table(np.nanstd(final, axis=0)),
    }
    description["trial"] = trial
    return Directions(
        names=CONTROLLED,
        vectors=exact,
        mean=dict(zip(ATTRIBUTES, fitted.mean.tolist(), strict=True)),
        std=dict(zip(ATTRIBUTES, fitted.std.tolist(), strict=True)),
        generator=generator.name,
        fingerprint=generator.fingerprint(),
        description=description,
    )


def independent(weights: NDArray, metric: NDArray | None = None) -> NDArray[np.float64]:
    """Moves (A, w_dim), each raising one predicted score by 1 and leaving the others: K·Bᵀ·(B·K·Bᵀ)⁻¹.

    Args:
        weights: B (A, w_dim), scores = B·w.
        metric: K (w_dim, w_dim); of all such moves the one of least mᵀ·K⁻¹·m is taken. None: the shortest, which is the
            pseudo-inverse; the covariance of w: the likeliest.
    """
    lead = weights.T if metric is None else metric @ weights.T
    return np.linalg.solve(weights @ lead, lead.T)


def effect(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    vectors: NDArray,
    std: NDArray,
    step: float = 1.0,
    done: Callable[[], object] = lambda: None,
) -> NDArray[np.float64]:
    """What a step along each direction does to each attribute, by central difference: (N, D, A), in σ per step.

    Args:
        w: (N, w_dim). vectors: (D, num_ws, w_dim). std: (A,) population σ, raw units.

    A face that could not be measured at either end is NaN.
    """
    shift = np.asarray(step * vectors, np.float32)
    ends = [one + sign * move for one in np.asarray(w, np.float32) for move in shift for sign in (1, -1)]
    values = draw_and_measure(generator, scorer, ends, SIZE, done).reshape(len(w), len(vectors), 2, -1)
    return (values[:, :, 0] - values[:, :, 1]) / (2 * step * std)


def corrected(vectors: NDArray, effects: NDArray, *, independent: bool) -> NDArray[np.float64]:
    """Directions whose effect becomes the identity, given their measured effects (D, D) on their own attributes.

    independent: mix the directions so that each moves its own attribute only; else only scale each.
    """
    exact = np.asarray(vectors, np.float64)
    mixing = np.linalg.inv(effects) if independent else np.diag(1 / np.diag(effects))
    return np.einsum("ab,b...->a...", mixing, exact)


def _single(generator: Generator, fitted: Fit, method: str) -> NDArray[np.float64]:
    """Each attribute's own ridge weights or SVM normal, as long as the ridge expects for +1 σ, in all style inputs."""
    chosen = (fitted.weights if method == "ridge" else fitted.normals)[_COLUMNS]
    gain = np.einsum("aw,aw->a", fitted.weights[_COLUMNS], chosen)
    return np.repeat((chosen / gain[:, None])[:, None], generator.num_ws, axis=1)


def _least_disturbing(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    sample: Sample,
    fitted: Fit,
    done: Callable[[], object],
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """For each attribute the independent direction that changes the border of the picture least for its effect.

    Tries each metric and window of style inputs on faces w (N, w_dim). Returns vectors (D, num_ws, w_dim) and every
    trial, the chosen ones marked.
    """
    covariance = np.cov(sample.w.T.astype(np.float64))
    soft = covariance / np.trace(covariance) * len(covariance) + _SOFTNESS * np.eye(len(covariance))
    metrics = {"shortest": None, "likely": soft}
    chosen, trials = [], []
    for column, name in zip(_COLUMNS, CONTROLLED, strict=True):
        options = []
        for metric in _METRICS:
            move = independent(fitted.weights, metrics[metric])[column]
            for start, end in _WINDOWS_OF.get(name, _WINDOWS):
                window = range(round(start * generator.num_ws), round(end * generator.num_ws))
                vector = np.zeros((generator.num_ws, len(move)))
                vector[list(window)] = move
                own, border = _trial(generator, scorer, w, vector, fitted.std, column, done)
                options.append((border / own if own > _LEAST_EFFECT else np.inf, vector))
                trials.append(
                    {
                        "attribute": name,
                        "metric": metric,
                        "style_inputs": [window.start, window.stop],
                        "effect": round(own, 4),
                        "border_change_per_sigma": round(border / own, 3) if own > 0 else None,
                        "chosen": False,
                    }
                )
        best = min(range(len(options)), key=lambda number: options[number][0])
        chosen.append(options[best][1])
        trials[len(trials) - len(options) + best]["chosen"] = True
    return np.array(chosen), trials


def _trial(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    vector: NDArray,
    std: NDArray,
    column: int,
    done: Callable[[], object],
) -> tuple[float, float]:
    """Mean effect on its own attribute (σ per step) and mean change of border pixels (grey levels per step)."""
    effects, changes = [], []
    for one in np.asarray(w, np.float32):
        pictures = [draw(generator, (one + sign * vector).astype(np.float32), SIZE) for sign in (1, -1)]
        values = scorer.measure_all(pictures)
        effects.append((values[0, column] - values[1, column]) / (2 * std[column]))
        changes.append(border_change(*pictures) / 2)
        for _ in pictures:
            done()
    return float(np.nanmean(effects)), float(np.mean(changes))


def border_change(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference, in grey levels, of the border where an aligned portrait shows background and hair."""
    height, width = one.shape[:2]
    border = np.zeros((height, width), bool)
    border[: height // 8] = border[: 3 * height // 4, : width // 8] = border[: 3 * height // 4, -width // 8 :] = True
    return float(np.abs(one[border].astype(np.int16) - other[border]).mean())


def _ends(values: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the lowest and highest `SHARE` of values, and their labels 0 and 1."""
    order = np.argsort(values, kind="stable")
    count = max(1, int(SHARE * len(order)))
    rows = np.concatenate([order[:count], order[-count:]])
    return rows, np.repeat([0, 1], count)


def _table(matrix: NDArray, rows: Sequence[str] = CONTROLLED) -> dict[str, dict[str, float]]:
    return {
        row: {name: round(float(cell), 4) for name, cell in zip(ATTRIBUTES, line, strict=True)}
        for row, line in zip(rows, matrix, strict=True)
    }


def _column(values: NDArray) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(ATTRIBUTES, values, strict=True)}


def _described(
    sample: Sample, generator: Generator, fitted: Fit, method: str, seed: int, command: str
) -> dict[str, Any]:
    manifest = sample.manifest
    return {
        "method": method,
        "precision": generator.precision,
        "sample": {
            "seed": manifest.seed,
            "psi": manifest.psi,
            "size": manifest.size,
            "faces": len(sample.w),
            "lost": sample.lost,
            "command": manifest.command,
        },
        "fit": {
            "seed": seed,
            "trained_on": fitted.trained_on,
            "held_out": fitted.held_out,
            "accuracy": _column(fitted.accuracy),
            "correlation": _column(fitted.correlation),
            "ridge_alpha": _column(np.array(fitted.alpha)),
            "svm_share": SHARE,
        },
        "versions": manifest.versions,
        "command": command,
    }
