"""Finding directions in a sample, then measuring what they really do.

Notable choices:
- Every figure is held out: directions are fitted on four fifths of the sample, accuracy and correlation are of the rest.
- Methods of the literature give each attribute its own direction: the normal of a linear SVM or of a logistic regression
  between the top and bottom share of faces (InterFaceGAN, Shen et al. 2020; HiGAN, Yang et al. 2021), the difference of
  their means (Larsen et al. 2016; StyleSpace's neighbourhoods, Wu et al. 2021, in style space), or ridge regression on
  all faces. `project` takes the other attributes' directions out of each (conditional manipulation, InterFaceGAN).
- *joint* (the default): all attributes are regressed at once, s = B·w. A direction is a move that raises one predicted
  score by 1 and leaves the others: conditional projection in its simultaneous form. Of the many such moves the shortest
  and the likeliest are tried, in all or some layers, and the one that disturbs the border of the picture least is taken.
- Grouping: attributes that come together in the population (hair, background) lead a direction astray. The faces are
  split at the medians of such attributes, directions are fitted inside each group and averaged by its size.
- What a regression over *different* faces predicts is not what moving *one* face does. So fresh faces are drawn and
  measured at ± steps (re-scoring, HiGAN), and the directions are corrected by the inverse of the measured effect matrix:
  one step is then +1 σ of its own attribute and, for *joint*, 0 of the others, on average over faces.

Knows nothing of files or of one face's own response. Works in any space (`spaces`): w here is what the generator calls so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.face.attributes.landmarks import ATTRIBUTES, LandmarkScorer
from ohlora.face.attributes.parsing import ATTRIBUTES as PARSED
from ohlora.face.directions.calibration import sound
from ohlora.face.directions.directions import Directions
from ohlora.face.directions.sampling import SIZE, Sample, draw_and_measure, latents_w
from ohlora.face.generator import Generator
from ohlora.face.pixels import draw
from ohlora.i18n import say
from ohlora.progress import bar

Method = Literal["joint", "ridge", "svm", "logistic", "mean"]
METHODS: tuple[str, ...] = get_args(Method)
SHARE = 0.2  # of the faces, at either end of an attribute, that the SVM learns to tell apart
LEAST_FACES = 500
_HELD_OUT = 0.2
_ALPHAS = np.geomspace(1e-2, 1e4, 13)
_SVM_C = 1e-3  # on w in units of its own standard deviation
LEAST_GROUP = 100
# Attributes that get a direction. Roll gets none: all portraits were aligned to a level line between the eyes, so it
# follows from yaw and pitch. A direction for it was tried: 0.15 σ where 1 was expected, and 60 grey levels of the border
# a σ, as much as another person.
CONTROLLED: tuple[str, ...] = ("eyes", "mouth", "yaw", "pitch", "smile")
_COLUMNS = [ATTRIBUTES.index(name) for name in CONTROLLED]
_ROUNDS = 2
# What `joint` tries: how a move is picked among those of equal predicted effect, and which style inputs it moves
# (parts of all of them, coarse to fine: the first decide the outline, the last colours and textures). Where the head
# turns the outline has to turn with it: without the first inputs the features slide over a head that stays.
_WINDOWS = ((0.0, 1.0), (0.0, 0.52), (0.13, 0.52))
_WINDOWS_OF = {"yaw": _WINDOWS[:2], "pitch": _WINDOWS[:2]}
_SOFTNESS = 0.3  # added to the covariance's diagonal, as a share of its mean
_TRIAL_FACES = 8
_MOST_FOR_COVARIANCE = 1024  # dimensions; styles have more, and their covariance would not fit
_LEAST_EFFECT = 0.15
# Faces drawn for measuring come from seeds far from any sample's.
_TRY, _CORRECT, _VERIFY = 1_000_000, 2_000_000, 3_000_000


@dataclass(frozen=True)
class Fit:
    """What the sample alone says. Arrays follow `ATTRIBUTES`.

    mean, std (A,) raw units; weights (A, w_dim): ridge of the standardised scores on w; normals (A, w_dim): unit normals of
    the SVMs; chosen (A, w_dim): unit directions of the method asked for (equal to normals for "svm"); accuracy of that
    method's classifier (the SVM's for "ridge" and "joint"), correlation of the ridge (A,): held out.
    groups: how the faces were grouped; empty if they were not.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    weights: NDArray[np.float64]
    normals: NDArray[np.float64]
    chosen: NDArray[np.float64]
    alpha: list[float]
    accuracy: NDArray[np.float64]
    correlation: NDArray[np.float64]
    trained_on: int
    held_out: int
    groups: dict[str, Any]


def fit(
    sample: Sample, seed: int, *, method: Method = "joint", share: float = SHARE, group_by: Sequence[str] = ()
) -> Fit:
    """Directions of every attribute on the w of a sample, with held-out figures.

    Args:
        share: of the faces, at either end of an attribute, that the classifiers learn to tell apart.
        group_by: attributes of the sample at whose medians faces are split.

    Raises:
        InputError: too few faces, an attribute that is the same for all of them, or a group too small.
    """
    if len(sample.w) < LEAST_FACES:
        raise InputError(
            f"{len(sample.w)} measured faces are too few, {LEAST_FACES} are needed (6,000 are good); "
            f"sample more with: ohlora face sample --count 6000",
            f"측정된 얼굴 {len(sample.w)}개로는 부족합니다. {LEAST_FACES}개 이상이 필요합니다(6,000개 권장). "
            f"더 표집하기: ohlora face sample --count 6000",
        )
    _check_share(share)
    mean, std = sample.values.mean(axis=0), sample.values.std(axis=0)
    for name, spread in zip(sample.manifest.attributes, std, strict=True):
        if not spread > 0:
            raise InputError(
                f"{name} has the same value in all {len(sample.w)} faces, so no direction can be found for it",
                f"{name} 값이 {len(sample.w)}개 얼굴에서 모두 같아 방향을 찾을 수 없습니다",
            )
    scores = (sample.values - mean) / std
    member, groups = grouped(sample, group_by)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(np.flatnonzero(member >= 0))
    held, train = np.split(order, [int(_HELD_OUT * len(order))])
    x, scale = _prepared(sample.w, train, member)
    y = scores if not group_by else _centred(scores, train, member)
    kind = method if method in ("logistic", "mean") else "svm"

    weights, normals, chosen, alphas, accuracy, correlation = [], [], [], [], [], []
    for column in range(len(ATTRIBUTES)):
        ridge = _ridge(x[train], y[train, column])
        weights.append(ridge.coef_ / scale)
        alphas.append(float(ridge.alpha_))
        correlation.append(np.corrcoef(ridge.predict(x[held]), y[held, column])[0, 1])
        svm, right = _told_apart("svm", x, scores[:, column], train, held, member, share, seed)
        normals.append(_unit(svm / scale))
        if kind != "svm":
            svm, right = _told_apart(kind, x, scores[:, column], train, held, member, share, seed)
        chosen.append(_unit((ridge.coef_ if method in ("ridge", "joint") else svm) / scale))
        accuracy.append(right)
    return Fit(
        mean=mean,
        std=std,
        weights=np.array(weights),
        normals=np.array(normals),
        chosen=np.array(chosen),
        alpha=alphas,
        accuracy=np.array(accuracy),
        correlation=np.array(correlation),
        trained_on=len(train),
        held_out=len(held),
        groups=groups,
    )


def grouped(sample: Sample, group_by: Sequence[str]) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Number of each face's group (N,), -1 where an attribute of the grouping is missing; and what to record of it.

    Raises:
        InputError: an attribute the sample does not hold, or a group of fewer than `LEAST_GROUP` faces.
    """
    if not group_by:
        return np.zeros(len(sample.w), np.int64), {}
    columns = {**dict(zip(sample.manifest.attributes, sample.values.T, strict=True)), **sample.extra}
    missing = [name for name in group_by if name not in columns]
    if missing:
        raise InputError(
            f"the sample holds no {', '.join(missing)}; it holds: {', '.join(columns)}. "
            "Hair and background are measured with: ohlora face sample --attributes all",
            f"표본에 {', '.join(missing)}이(가) 없습니다. 있는 것: {', '.join(columns)}. "
            "머리카락과 배경까지 재기: ohlora face sample --attributes all",
        )
    values = np.stack([columns[name] for name in group_by])
    medians = np.nanmedian(values, axis=1)
    number = ((values > medians[:, None]) * (2 ** np.arange(len(group_by)))[:, None]).sum(axis=0)
    number = np.where(np.isnan(values).any(axis=0), -1, number)
    sizes = [int((number == group).sum()) for group in range(2 ** len(group_by))]
    if min(sizes) < LEAST_GROUP:
        raise InputError(
            f"grouping by {', '.join(group_by)} makes groups of {', '.join(map(str, sizes))} faces; each needs "
            f"{LEAST_GROUP}: sample more faces or group by fewer attributes",
            f"{', '.join(group_by)}(으)로 나눈 그룹의 얼굴 수가 {', '.join(map(str, sizes))}입니다. 그룹마다 "
            f"{LEAST_GROUP}개가 필요합니다. 더 표집하거나 더 적은 속성으로 나누세요",
        )
    return number, {
        "by": list(group_by),
        "medians": {name: float(value) for name, value in zip(group_by, medians, strict=True)},
        "sizes": sizes,
        "left_out": int((number < 0).sum()),
    }


def find(
    sample: Sample,
    generator: Generator,
    scorer: LandmarkScorer,
    *,
    method: Method = "joint",
    seed: int = 0,
    faces: int = 32,
    share: float = SHARE,
    group_by: Sequence[str] = (),
    project: bool = False,
    layers: Sequence[int] | None = None,
    extend: Directions | None = None,
    command: str = "",
) -> Directions:
    """Directions of `CONTROLLED`, measured on fresh faces and scaled so that one step is +1 σ.

    Args:
        sample: its w being what the generator takes (`spaces.seen_from`).
        method: see the module. All but "joint" give each attribute its own best direction, only scaled.
        faces: fresh faces for the final measurement; half of them for each correcting round.
        share: see `fit`. group_by: see `fit`.
        project: take the other attributes' directions out of each (all methods but "joint", where it is built in).
        layers: style inputs that may move; by default those that disturb least ("joint") or all.
        extend: directions to keep, found before in a larger sample: only those it lacks are found in this one. Its
            population stays too, and gets of hair and background what it lacks. All are then measured and corrected
            together. Where none is missing they stay as they are, and only the SVM normals to compare with are added.
        command: recorded in the description.

    Raises:
        InputError: the sample does not serve (see `fit`), or an effect cannot be measured on any face.
    """
    layers = None if layers is None else _checked_layers(generator, layers)
    fitted = fit(sample, seed, method=method, share=share, group_by=group_by)
    if extend is not None:
        fitted = _population_of(fitted, extend)
    missing = [name for name in CONTROLLED if extend is None or name not in extend.names]
    if extend is not None and not missing:
        kept_whole = with_population(extend, sample)
        return _with_baseline(kept_whole, sample, generator, scorer, fitted, seed, faces, share, command)
    half = max(2, faces // 2)
    metrics = 2 if sample.w.shape[1] <= _MOST_FOR_COVARIANCE else 1
    trials = sum(len(_windows(generator, name, layers)) for name in missing) * metrics * 2 * _TRIAL_FACES
    draws = 2 * len(CONTROLLED) * (_ROUNDS * half + faces) + (trials if method == "joint" else 0)
    with bar(
        say("Measuring the directions on fresh faces", "새 얼굴에서 방향의 효과를 재는 중"), draws, "face"
    ) as progress:

        def measured(vectors: NDArray, offset: int, count: int) -> NDArray[np.float64]:
            w = latents_w(generator, seed + offset, range(count), sample.manifest.psi)
            effects = effect(generator, scorer, w, vectors, fitted.std, done=progress.update)
            refuse_unmeasured(effects, CONTROLLED)
            return effects

        trial: list[dict[str, Any]] = []
        if method == "joint":
            w = latents_w(generator, seed + _TRY, range(_TRIAL_FACES), sample.manifest.psi)
            vectors, trial = _least_disturbing(generator, scorer, w, sample, fitted, missing, layers, progress.update)
        else:
            vectors = _single(generator, fitted, fitted.chosen, project, layers)
            vectors = vectors[[name in missing for name in CONTROLLED]]
        if extend is not None:
            vectors = _beside(vectors, missing, extend)
        before = None
        for number in range(_ROUNDS):
            effects = np.nanmean(measured(vectors, _CORRECT + 10 * number, half), axis=0)
            before = effects if before is None else before
            # Few faces measure badly: no direction may become many times longer in one round, or faces are lost.
            vectors = corrected(vectors, sound(effects[:, _COLUMNS]), independent=method == "joint")
        # The file holds float32: measure exactly what will be saved.
        exact = vectors.astype(np.float32)
        final = measured(exact, _VERIFY, faces)
    assert before is not None
    description = _described(sample, generator, fitted, method, seed, command)
    description["fit"] |= {"share": share, "project": project, "layers": layers, "groups": fitted.groups}
    if extend is not None:
        kept = [name for name in CONTROLLED if name not in missing]
        description["extends"] = {"kept": kept, "found": missing, "of": dict(extend.description)}
    description["effect"] = {
        "meaning": "rows: one step of the direction; columns: mean change of the attribute in population σ",
        "faces": faces,
        "lost": int(np.isnan(final).any(axis=(1, 2)).sum()),
        "before_correction": _table(before),
        "mean": _table(np.nanmean(final, axis=0)),
        "spread_over_faces": _table(np.nanstd(final, axis=0)),
    }
    description["trial"] = trial
    found = Directions(
        names=CONTROLLED,
        vectors=exact,
        mean=dict(zip(ATTRIBUTES, fitted.mean.tolist(), strict=True)),
        std=dict(zip(ATTRIBUTES, fitted.std.tolist(), strict=True)),
        generator=generator.name,
        fingerprint=generator.fingerprint(),
        description=description,
    )
    if extend is not None:
        found = replace(found, other_mean=extend.other_mean, other_std=extend.other_std)
    whole = with_population(found, sample)
    return _with_baseline(whole, sample, generator, scorer, fitted, seed, faces, share, command)


def with_population(directions: Directions, sample: Sample) -> Directions:
    """The directions with mean and σ of hair and background too, where a sample holds what they lack."""
    told = sample.manifest.population
    new = {
        name: told[name]
        for name in PARSED
        if name in sample.extra and name in told and name not in directions.other_mean and told[name]["std"] > 0
    }
    if not new:
        return directions
    manifest = sample.manifest
    recorded = {
        "sample": {"seed": manifest.seed, "psi": manifest.psi, "size": manifest.size, "command": manifest.command},
        "faces": {name: column["faces"] for name, column in new.items()},
        "precision": manifest.precision,
        "versions": manifest.versions,
    }
    return replace(
        directions,
        other_mean=directions.other_mean | {name: column["mean"] for name, column in new.items()},
        other_std=directions.other_std | {name: column["std"] for name, column in new.items()},
        description={**directions.description, "hair_and_background": recorded},
    )


def _with_baseline(
    directions: Directions,
    sample: Sample,
    generator: Generator,
    scorer: LandmarkScorer,
    fitted: Fit,
    seed: int,
    faces: int,
    share: float,
    command: str,
) -> Directions:
    """The directions, and beside them the plain SVM normals of a sample, as long as +1 σ takes on average."""
    count = max(2, min(16, faces // 2))
    text = say("Measuring the plain SVM normals", "SVM 법선의 효과를 재는 중")
    plain = _single(generator, fitted, fitted.normals, False, None)
    with bar(text, 2 * len(CONTROLLED) * count, "face") as progress:
        w = latents_w(generator, seed + _CORRECT, range(count), sample.manifest.psi)
        effects = effect(generator, scorer, w, plain, fitted.std, done=progress.update)
    refuse_unmeasured(effects, CONTROLLED)
    gain = np.maximum(np.diag(np.nanmean(effects, axis=0)[:, _COLUMNS]), 0.2)
    scaled = corrected(plain, np.diag(gain), independent=False).astype(np.float32)
    rows = [CONTROLLED.index(name) for name in directions.names]
    recorded = _described(sample, generator, fitted, "svm", seed, command)
    recorded["fit"] |= {"share": share, "effect_before_scaling": _column_of(gain), "faces": count}
    return replace(directions, baseline=scaled[rows], description={**directions.description, "baseline": recorded})


def _population_of(fitted: Fit, extend: Directions) -> Fit:
    """The fit in the σ of directions that are kept."""
    mean, std = (np.array([values[name] for name in ATTRIBUTES]) for values in (extend.mean, extend.std))
    return replace(fitted, mean=mean, std=std, weights=fitted.weights * (fitted.std / std)[:, None])


def _beside(vectors: NDArray, missing: Sequence[str], extend: Directions) -> NDArray[np.float64]:
    """Vectors of `CONTROLLED` (D, num_ws, w_dim): those found now, and those that are kept."""
    found = dict(zip(missing, vectors, strict=True))
    kept = dict(zip(extend.names, extend.vectors, strict=True))
    return np.array([found.get(name, kept.get(name)) for name in CONTROLLED], np.float64)


def layer_numbers(text: str) -> list[int]:
    """ "3-5,8" → 3, 4, 5, 8.

    Raises:
        InputError: written otherwise.
    """
    numbers: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.strip().partition("-")
            numbers += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise InputError(
            f"--layers {text!r} is not of the form 3-11 or 0,4,7-9",
            f"--layers {text!r}은(는) 3-11이나 0,4,7-9 꼴이 아닙니다",
        ) from error
    return numbers


def _check_share(share: float) -> None:
    if not 0.01 <= share <= 0.5:
        raise InputError(
            f"the share of faces at either end must lie between 1 and 50 %, not {100 * share:g} %",
            f"양쪽 끝 얼굴의 비율은 1~50 %여야 하는데 {100 * share:g} %입니다",
        )


def _prepared(w: NDArray, train: NDArray, member: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """w in units of its own spread, each group around its own mean; and that spread."""
    exact = w.astype(np.float64)
    scale = np.maximum(exact[train].std(axis=0), 1e-9)
    return _centred(exact, train, member) / scale, scale


def _centred(values: NDArray, train: NDArray, member: NDArray) -> NDArray[np.float64]:
    """Values (N, …) minus the mean of the training faces of their group."""
    centred = np.zeros_like(values, np.float64)
    for group in np.unique(member[member >= 0]):
        mine = member == group
        centred[mine] = values[mine] - values[train[member[train] == group]].mean(axis=0)
    return centred


def _ridge(x: NDArray, y: NDArray) -> Any:
    from sklearn.linear_model import RidgeCV

    return RidgeCV(_ALPHAS * len(x) / 1000).fit(x, y)


def _told_apart(
    kind: str, x: NDArray, y: NDArray, train: NDArray, held: NDArray, member: NDArray, share: float, seed: int
) -> tuple[NDArray[np.float64], float]:
    """Normal (w_dim,) between the ends of an attribute, in each group for itself, and held-out accuracy; by group size."""
    normal, right, faces = np.zeros(x.shape[1]), 0.0, 0
    for group in np.unique(member[train]):
        inside, outside = train[member[train] == group], held[member[held] == group]
        rows, label = _ends(y[inside], share)
        rows = inside[rows]
        coefficients, bias = _classifier(kind, x[rows], label, seed)
        normal += len(inside) * _unit(coefficients)
        test, truth = _ends(y[outside], share)
        guess = x[outside[test]] @ coefficients + bias > 0
        right += len(test) * float((guess == truth).mean())
        faces += len(test)
    return _unit(normal), right / max(faces, 1)


def _classifier(kind: str, x: NDArray, label: NDArray, seed: int) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    if kind == "mean":
        low, high = x[label == 0].mean(axis=0), x[label == 1].mean(axis=0)
        return high - low, -float((high - low) @ (high + low) / 2)
    if kind == "logistic":
        model = LogisticRegression(C=_SVM_C, max_iter=1000).fit(x, label)
    else:
        model = LinearSVC(C=_SVM_C, dual=len(x) < x.shape[1], random_state=seed).fit(x, label)
    return model.coef_[0], float(model.intercept_[0])


def _unit(vector: NDArray) -> NDArray[np.float64]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float64)


def _ends(values: NDArray, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the lowest and highest `share` of values, and their labels 0 and 1."""
    order = np.argsort(values, kind="stable")
    count = max(1, int(share * len(order)))
    rows = np.concatenate([order[:count], order[-count:]])
    return rows, np.repeat([0, 1], count)


def _layer_count(generator: Generator) -> int:
    return len(getattr(generator, "layers", ())) or generator.num_ws


def _checked_layers(generator: Generator, layers: Sequence[int]) -> list[int]:
    count = _layer_count(generator)
    wrong = [layer for layer in layers if not 0 <= layer < count]
    if wrong or not layers:
        raise InputError(
            f"there is no layer {', '.join(map(str, wrong)) or '—'}: this generator has 0 to {count - 1}",
            f"{', '.join(map(str, wrong)) or '—'}번 층이 없습니다. 이 생성기의 층은 0~{count - 1}입니다",
        )
    return sorted(set(layers))


def _windows(generator: Generator, name: str, layers: Sequence[int] | None) -> list[list[int]]:
    """Sets of layers to try for an attribute."""
    if layers is not None:
        return [list(layers)]
    count = _layer_count(generator)
    if count == 1:
        return [[0]]
    return [list(range(round(a * count), round(b * count))) for a, b in _WINDOWS_OF.get(name, _WINDOWS)]


def _mask(generator: Generator, layers: Sequence[int]) -> NDArray[np.float64]:
    """1 where these layers lie in a latent: (num_ws, 1), or for styles (1, S)."""
    slices = list(getattr(generator, "layers", {}).values())
    if not slices:
        mask = np.zeros((generator.num_ws, 1))
        mask[list(layers)] = 1
        return mask
    mask = np.zeros((1, generator.w_dim))
    for layer in layers:
        mask[:, slices[layer]] = 1
    return mask


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

    A face that is lost at either end is tried again at half, then a quarter of the step; NaN if it is lost there too.
    """
    effects = _differences(generator, scorer, w, vectors, std, step, done)
    for smaller in (step / 2, step / 4):
        lost = np.asarray(np.isnan(effects).any(axis=2))
        for number, one in enumerate(lost):
            if one.any():
                again = _differences(
                    generator, scorer, w[number : number + 1], vectors[one], std, smaller, lambda: None
                )
                effects[number, one] = again[0]
    return effects


def _differences(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    vectors: NDArray,
    std: NDArray,
    step: float,
    done: Callable[[], object],
) -> NDArray[np.float64]:
    shift = np.asarray(step * vectors, np.float32)
    ends = [one + sign * move for one in np.asarray(w, np.float32) for move in shift for sign in (1, -1)]
    values = draw_and_measure(generator, scorer, ends, SIZE, done).reshape(len(w), len(vectors), 2, -1)
    return (values[:, :, 0] - values[:, :, 1]) / (2 * step * std)


def refuse_unmeasured(effects: NDArray, names: Sequence[str]) -> None:
    """Raises InputError if a direction's effect (N, D, A) could be measured on no face at all."""
    for number, name in enumerate(names):
        if np.isnan(effects[:, number]).any(axis=1).all():
            raise InputError(
                f"what the direction of {name} does could not be measured: all {len(effects)} faces are lost a quarter "
                "of a step away; measure more faces or find in a larger sample",
                f"{name} 방향의 효과를 잴 수 없습니다: 얼굴 {len(effects)}개가 모두 4분의 1 걸음 만에 사라집니다. "
                "더 많은 얼굴로 재거나 더 큰 표본에서 찾으세요",
            )


def corrected(vectors: NDArray, effects: NDArray, *, independent: bool) -> NDArray[np.float64]:
    """Directions whose effect becomes the identity, given their measured effects (D, D) on their own attributes.

    independent: mix the directions so that each moves its own attribute only; else only scale each.
    """
    exact = np.asarray(vectors, np.float64)
    mixing = np.linalg.inv(effects) if independent else np.diag(1 / np.diag(effects))
    return np.einsum("ab,b...->a...", mixing, exact)


def _single(
    generator: Generator, fitted: Fit, units: NDArray, project: bool, layers: Sequence[int] | None
) -> NDArray[np.float64]:
    """Each attribute's own direction, as long as the ridge expects for +1 σ: (D, num_ws, w_dim)."""
    chosen = units[_COLUMNS]
    if project:
        chosen = np.array([projected(one, np.delete(chosen, row, axis=0)) for row, one in enumerate(chosen)])
    gain = np.einsum("aw,aw->a", fitted.weights[_COLUMNS], chosen)
    gain = np.sign(gain) * np.maximum(np.abs(gain), 1e-3)
    mask = _mask(generator, layers if layers is not None else range(_layer_count(generator)))
    return (chosen / gain[:, None])[:, None] * mask


def projected(direction: NDArray, others: NDArray) -> NDArray[np.float64]:
    """A unit direction (w_dim,) without what lies in the span of others (K, w_dim): InterFaceGAN's conditional one."""
    basis = np.linalg.qr(others.T)[0]
    return _unit(direction - basis @ (basis.T @ direction))


def _least_disturbing(
    generator: Generator,
    scorer: LandmarkScorer,
    w: NDArray,
    sample: Sample,
    fitted: Fit,
    names: Sequence[str],
    layers: Sequence[int] | None,
    done: Callable[[], object],
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """For each of `names` the independent direction that changes the border of the picture least for its effect.

    Tries each metric and window of layers on faces w (N, w_dim). Returns vectors (D, num_ws, w_dim) and every
    trial, the chosen ones marked.
    """
    metrics: dict[str, NDArray | None] = {"shortest": None}
    if sample.w.shape[1] <= _MOST_FOR_COVARIANCE:
        covariance = np.cov(sample.w.T.astype(np.float64))
        metrics["likely"] = covariance / np.trace(covariance) * len(covariance) + _SOFTNESS * np.eye(len(covariance))
    chosen, trials = [], []
    for name in names:
        column = ATTRIBUTES.index(name)
        options = []
        for metric in metrics:
            move = independent(fitted.weights, metrics[metric])[column]
            for window in _windows(generator, name, layers):
                vector = _mask(generator, window) * move
                own, border = _trial(generator, scorer, w, vector, fitted.std, column, done)
                # Where no trial moves the attribute enough, the one that moves it most.
                options.append((border / own if own > _LEAST_EFFECT else 1e9 - own, vector))
                trials.append(
                    {
                        "attribute": name,
                        "metric": metric,
                        "layers": [window[0], window[-1] + 1],
                        "effect": round(own, 4),
                        "border_change_per_sigma": round(border / own, 3) if own > 0 else None,
                        "chosen": False,
                    }
                )
        best = min(range(len(options)), key=lambda number: options[number][0])
        chosen.append(options[best][1])
        trials[len(trials) - len(options) + best]["chosen"] = True
    return np.array(chosen).reshape(len(names), generator.num_ws, -1), trials


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
    seen = [one for one in effects if np.isfinite(one)]
    # Lost everywhere: no effect that could be trusted, so that this trial is not the one taken.
    return float(np.mean(seen)) if seen else 0.0, float(np.mean(changes))


def border_change(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean absolute difference, in grey levels, of the border where an aligned portrait shows background and hair."""
    height, width = one.shape[:2]
    border = np.zeros((height, width), bool)
    border[: height // 8] = border[: 3 * height // 4, : width // 8] = border[: 3 * height // 4, -width // 8 :] = True
    return float(np.abs(one[border].astype(np.int16) - other[border]).mean())


def _table(matrix: NDArray, rows: Sequence[str] = CONTROLLED) -> dict[str, dict[str, float]]:
    return {
        row: {name: round(float(cell), 4) for name, cell in zip(ATTRIBUTES, line, strict=True)}
        for row, line in zip(rows, matrix, strict=True)
    }


def _column_of(values: NDArray) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(CONTROLLED, values, strict=True)}


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
        },
        "versions": manifest.versions,
        "command": command,
    }
