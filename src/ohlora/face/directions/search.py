"""Finding directions in a sample: linear SVM, ridge, and the joint solution; then measuring what they really do.

Notable choices:
- Every figure is held out: directions are fitted on four fifths of the sample, accuracy and correlation are of the rest.
- *joint* (the default): all attributes are regressed at once, s = B·w. The directions are the columns of the
  pseudo-inverse of B, the smallest moves that raise one predicted score by 1 and leave the others (cf. conditional
  manipulation, InterFaceGAN, Shen et al. 2020, which projects one normal off others; this is its simultaneous form).
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
from ohlora.i18n import say
from ohlora.progress import bar

Method = Literal["joint", "ridge", "svm"]
METHODS: tuple[str, ...] = get_args(Method)
SHARE = 0.2  # of the faces, at either end of an attribute, that the SVM learns to tell apart
LEAST_FACES = 500
_HELD_OUT = 0.2
_ALPHAS = np.geomspace(1e-2, 1e4, 13)
_SVM_C = 1e-3  # on w in units of its own standard deviation
# Seeds of faces drawn for measuring, apart from any sample's: SeedSequence([seed + offset, row]).
_CORRECT, _VERIFY = 1_000_001, 1_000_002


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
    """Directions of all attributes in w, measured on fresh faces and scaled so that one step is +1 σ.

    Args:
        method: "svm" and "ridge" give each attribute its own best direction, only scaled; "joint" makes them independent.
        faces: fresh faces for each of the correcting rounds and for the final measurement.
        command: recorded in the description.

    Raises:
        InputError: the sample does not serve (see `fit`).
    """
    fitted = fit(sample, seed)
    if method == "joint":
        start = np.linalg.pinv(fitted.weights).T
    else:
        chosen = fitted.weights if method == "ridge" else fitted.normals
        own_gain = np.einsum("aw,aw->a", fitted.weights, chosen)
        start = chosen / own_gain[:, None]
    rounds = 2
    text = say("Measuring the directions on fresh faces", "새 얼굴에서 방향의 효과를 재는 중")
    with bar(text, (rounds + 1) * faces * 2 * len(ATTRIBUTES), "face") as progress:

        def measured(vectors: NDArray, offset: int) -> NDArray[np.float64]:
            w = latents_w(generator, seed + offset, range(faces), sample.manifest.psi)
            return effect(generator, scorer, w, vectors, fitted.std, done=progress.update)

        vectors, before = start, None
        for number in range(rounds):
            effects = np.nanmean(measured(vectors, _CORRECT + 10 * number), axis=0)
            before = effects if before is None else before
            vectors = corrected(vectors, effects, independent=method == "joint")
        # The file holds float32: measure exactly what will be saved.
        vectors = vectors.astype(np.float32)
        final = measured(vectors, _VERIFY)
    return Directions(
        names=ATTRIBUTES,
        vectors=vectors,
        mean=dict(zip(ATTRIBUTES, fitted.mean.tolist(), strict=True)),
        std=dict(zip(ATTRIBUTES, fitted.std.tolist(), strict=True)),
        generator=generator.name,
        fingerprint=generator.fingerprint(),
        description=_described(sample, generator, fitted, method, seed, faces, before, final, command),
    )


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
        w: (N, w_dim) or w+ latents. vectors: (D, w_dim). std: (A,) population σ, raw units.

    A face that could not be measured at either end is NaN.
    """
    shift = np.asarray(step * vectors, np.float32)
    ends = [one + sign * move for one in np.asarray(w, np.float32) for move in shift for sign in (1, -1)]
    values = draw_and_measure(generator, scorer, ends, SIZE, done).reshape(len(w), len(vectors), 2, -1)
    return (values[:, :, 0] - values[:, :, 1]) / (2 * step * std)


def corrected(vectors: NDArray, effects: NDArray, *, independent: bool) -> NDArray[np.float64]:
    """Directions whose effect becomes the identity, given the measured effect matrix (D, A) with D = A.

    independent: mix the directions so that each moves its own attribute only; else only scale each.
    """
    if independent:
        return np.linalg.solve(effects, np.asarray(vectors, np.float64))
    return vectors / np.diag(effects)[:, None]


def _ends(values: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the lowest and highest `SHARE` of values, and their labels 0 and 1."""
    order = np.argsort(values, kind="stable")
    count = max(1, int(SHARE * len(order)))
    rows = np.concatenate([order[:count], order[-count:]])
    return rows, np.repeat([0, 1], count)


def _table(matrix: NDArray, rows: Sequence[str] = ATTRIBUTES) -> dict[str, dict[str, float]]:
    return {
        row: {name: round(float(cell), 4) for name, cell in zip(ATTRIBUTES, line, strict=True)}
        for row, line in zip(rows, matrix, strict=True)
    }


def _column(values: NDArray) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(ATTRIBUTES, values, strict=True)}


def _described(
    sample: Sample,
    generator: Generator,
    fitted: Fit,
    method: str,
    seed: int,
    faces: int,
    before: NDArray | None,
    final: NDArray,
    command: str,
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
        "effect": {
            "meaning": "rows: one step of the direction; columns: mean change of the attribute in population σ",
            "faces": faces,
            "lost": int(np.isnan(final).any(axis=(1, 2)).sum()),
            "before_correction": _table(np.zeros((0, 0)) if before is None else before),
            "mean": _table(np.nanmean(final, axis=0)),
            "spread_over_faces": _table(np.nanstd(final, axis=0)),
        },
        "versions": manifest.versions,
        "command": command,
    }
