"""Naming the expression of a face from few and noisy labels: an adapter's scores and a small classifier beside it.

An adapter alone, trained on a few hundred rows, hardly beats the most frequent label. Three things help, each measured on
rows kept from training (figures in `expression.json`):

- Labels are scored, not sampled: every combination seen in training gets the adapter's probability, so the three words
  agree with each other.
- Beside it stands a logistic regression over combinations, on sentence vectors of message and reply (multilingual-e5-small),
  on the base model's own states over the reply, and on the letters of the reply. It is cheap and learns what words alone tell.
- Both are mixed half and half, or by weights that are clearly better on the rows kept (by more than a standard error).

Everything here is an artefact of `train`: `expression.npz` and `expression.json` in the run's folder.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ohlora.errors import InputError
from ohlora.files import atomic_write
from ohlora.language.data import Dialogue
from ohlora.language.encoding import IGNORED, NAME, Piece, collate, encode
from ohlora.language.prompt import EXPRESSION, LABELS, expression_line
from ohlora.language.training.bases import Base
from ohlora.language.training.losses import Vocabulary, at_labels

Combination = tuple[str, ...]
"""Labels of the named attributes, in their order."""

_FILE = "expression"
_NEUTRAL_SMILE = "약간"
_STRENGTHS = (0.3, 1.0, 3.0, 10.0)
_FEW = 20
_HALVES = (0.5, 0.5)
"""Weights of adapter and classifier where the rows kept do not clearly say otherwise."""
VIEWS = ("vectors", "states", "letters")
"""What a row is seen by."""
_LETTERS = 2048
Floats = NDArray[np.float64]


def attributes(rows: Sequence[Dialogue]) -> tuple[str, ...]:
    """The attributes that all rows have labels for."""
    return tuple(name for name in LABELS if all(name in row.labels for row in rows))


def combination(row: Dialogue, names: Sequence[str]) -> Combination:
    return tuple(row.labels[name] for name in names)


def combinations(rows: Sequence[Dialogue], names: Sequence[str]) -> list[Combination]:
    """Those seen, most frequent first."""
    return [found for found, _ in Counter(combination(row, names) for row in rows).most_common()]


def prompt(row: Dialogue, name: str = NAME) -> str:
    """The short form: the exchange and the open line, without description and examples."""
    return f"사용자: {row.input}\n{name}: {row.reply}\n{EXPRESSION}:"


# ---- the adapter's scores


def scores(
    causal: Any, base: Base, rows: Sequence[Dialogue], of: Sequence[Combination], names: Sequence[str]
) -> Floats:
    """Log-probabilities (N, K) of the combinations after each row's prompt, by the model as it stands (adapter on or off).

    Among label words only: what else the model might say there is no choice. The prompt goes through the model once.
    """
    told = np.zeros((len(rows), len(of)))
    for at, row in enumerate(rows):
        encoded = [encode(base.tokenizer, _pieces(row, labels, names)) for labels in of]
        wanted = tuple(sorted({label for each in encoded for label in each.labels} - {IGNORED}))
        drawn = Vocabulary(wanted, causal.get_output_embeddings().weight.shape[0], drawn=0).draw(
            np.random.default_rng(0)
        )
        with torch.no_grad():
            losses, _ = at_labels(causal, collate(encoded, 0), drawn)
        sums = torch.zeros(len(of)).index_add_(0, _owners(encoded), losses.float())
        told[at] = -sums.numpy()
    return _normal(told)


def _pieces(row: Dialogue, labels: Combination, names: Sequence[str]) -> list[Piece]:
    known = dict(zip(names, labels, strict=True))
    line = expression_line({"smile": _NEUTRAL_SMILE, **known}).removeprefix(f"{EXPRESSION}:")
    if "smile" in known:
        return [Piece(prompt(row), 0.0), Piece(line, 1.0)]
    smile = f" {_NEUTRAL_SMILE}\n"
    return [Piece(prompt(row), 0.0), Piece(line.removesuffix(smile), 1.0), Piece(smile, 0.0)]


def _owners(rows: Sequence[Any]) -> torch.Tensor:
    """Which row each labelled token belongs to, in the order of `at_labels`."""
    return torch.tensor([at for at, row in enumerate(rows) for label in row.labels if label != IGNORED])


def _normal(told: Floats) -> Floats:
    return told - np.logaddexp.reduce(told, axis=1, keepdims=True)


# ---- the classifier beside it


def features(base: Base, rows: Sequence[Dialogue]) -> list[NDArray[np.float32]]:
    """Three views (N, D): sentence vectors of message and reply, the base model's states over the reply at a third of
    its depth (the mean), and the reply's letters. The adapter, where there is one, must be off."""
    from ohlora.language.sentences import embed

    vectors = np.hstack([embed([row.input for row in rows]), embed([row.reply for row in rows])])
    return [vectors, np.stack([_states(base, row) for row in rows]), _letters(rows)]


def _letters(rows: Sequence[Dialogue]) -> NDArray[np.float32]:
    """(N, 2048) how often one to three letters in a row are in the reply, in the logarithm and of unit length: sentence vectors see
    neither "ㅎㅎ" nor "!!" nor 😳, by which people who write labels go. Hashed (Weinberger et al. 2009), so that there is no vocabulary to keep."""
    from sklearn.feature_extraction.text import HashingVectorizer

    counted = HashingVectorizer(
        analyzer="char_wb", ngram_range=(1, 3), n_features=_LETTERS, alternate_sign=False, norm=None
    ).transform([row.reply for row in rows])
    told = np.log1p(counted.toarray())
    return np.asarray(told / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-9), np.float32)


def _states(base: Base, row: Dialogue) -> NDArray[np.float32]:
    told = prompt(row)
    start = len(told) - len(f" {row.reply}\n{EXPRESSION}:")
    encoded = encode(base.tokenizer, [Piece(told[:start], 0.0), Piece(told[start:], 1.0)])
    config = base.model.config
    layers = config.num_hidden_layers
    try:
        config.num_hidden_layers = max(1, layers // 3)  # the decoder runs that many blocks, the rest costs nothing
        with torch.no_grad():
            told_by = base.model.base_model(
                input_ids=torch.tensor([encoded.ids]), use_cache=False, output_hidden_states=True
            ).hidden_states
    finally:
        config.num_hidden_layers = layers
    at = torch.tensor([weight > 0 for weight in encoded.weights])
    state = told_by[max(1, layers // 3) - 1] if len(told_by) > 1 else told_by[-1]
    return state[0][at].mean(0).float().numpy()


@dataclass(frozen=True)
class View:
    """A logistic regression on one view of a row: (x - mean) / spread → log-probabilities of K combinations."""

    mean: Floats
    spread: Floats
    weight: Floats
    bias: Floats

    def log_probabilities(self, x: NDArray[np.float32]) -> Floats:
        return _normal((x - self.mean) / self.spread @ self.weight.T + self.bias)


def fit_view(
    x: NDArray[np.float32], y: NDArray[np.int64], count: int, seed: int, *, alike: bool = True
) -> tuple[View, float]:
    """The regression of a view, its strength by five-fold cross-validation on log-loss; and that loss.

    Args:
        alike: all columns are brought to one spread; else they keep theirs, so that rare letters do not weigh as much as frequent ones.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    mean, spread = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64) + 1e-6
    spread = spread * np.sqrt(x.shape[1]) if alike else np.full(x.shape[1], np.linalg.norm(spread) / 2)
    z = (x - mean) / spread

    def fitted(rows: Any, strength: float) -> tuple[Floats, Floats]:
        weight, bias = np.zeros((count, x.shape[1])), np.full(count, -12.0)
        model = LogisticRegression(C=strength, max_iter=200, tol=1e-3).fit(z[rows], y[rows])
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            weight[model.classes_[1]], bias[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
        else:
            weight[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
        return weight, bias

    if len(set(y.tolist())) < 2:
        bias = np.full(count, -12.0)
        bias[y[0]] = 0.0
        return View(mean, spread, np.zeros((count, x.shape[1])), bias), 0.0
    folds = np.random.default_rng(seed).permutation(len(y)) % 5
    losses = {}
    with threadpool_limits(limits=1):
        for strength in _STRENGTHS:
            told = np.zeros(len(y))
            for fold in range(5):
                inside = np.flatnonzero(folds != fold)
                if len(set(y[inside].tolist())) < 2:
                    continue
                weight, bias = fitted(inside, strength)
                out = np.flatnonzero(folds == fold)
                told[out] = _normal(z[out] @ weight.T + bias)[np.arange(len(out)), y[out]]
            losses[strength] = -float(told.mean())
        best = min(losses, key=lambda strength: losses[strength])
        return View(mean, spread, *fitted(np.arange(len(y)), best)), losses[best]


# ---- both together


@dataclass(frozen=True)
class Mixture:
    """What a run knows of expressions.

    Attributes:
        names: attributes. of: combinations that can be named.
        views: classifiers. weights: of the adapter's scores and of the views' mean, in the log of the mixture.
        told: how the weights were chosen, with figures of the rows kept.
    """

    names: tuple[str, ...]
    of: tuple[Combination, ...]
    views: tuple[View, ...]
    weights: tuple[float, float]
    told: dict[str, Any]

    def log_probabilities(self, adapter: Floats, seen: Sequence[NDArray[np.float32]]) -> Floats:
        """(N, K) from the adapter's scores (N, K) and the views' features."""
        return _mixed(adapter, self._beside(seen), self.weights)

    def _beside(self, seen: Sequence[NDArray[np.float32]]) -> Floats:
        return np.asarray(
            np.mean([view.log_probabilities(x) for view, x in zip(self.views, seen, strict=True)], axis=0)
        )

    def save(self, folder: Path) -> None:
        arrays = {f"{name}{at}": getattr(view, name) for at, view in enumerate(self.views) for name in ("mean", "spread", "weight", "bias")}  # fmt: skip
        with atomic_write(folder / f"{_FILE}.npz") as file:
            np.savez_compressed(file, **arrays)
        told = {
            "names": self.names,
            "combinations": self.of,
            "weights": self.weights,
            "views": VIEWS,
            **self.told,
        }
        with atomic_write(folder / f"{_FILE}.json", "w") as file:
            json.dump(told, file, ensure_ascii=False, indent=1)


def load(folder: Path) -> Mixture:
    """Raises InputError: the run has none (it was not trained for the expression alone), or it is damaged."""
    try:
        told = json.loads((folder / f"{_FILE}.json").read_text("utf-8"))
        if tuple(told["views"]) != VIEWS:
            raise ValueError("it is of another version")
        with np.load(folder / f"{_FILE}.npz", allow_pickle=False) as stored:
            views = tuple(
                View(*(stored[f"{name}{at}"] for name in ("mean", "spread", "weight", "bias")))
                for at in range(len(VIEWS))
            )
        weights = told["weights"]
        return Mixture(
            tuple(told["names"]), tuple(map(tuple, told["combinations"])), views, (weights[0], weights[1]), told
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} holds no expression classifier ({error}); train one with --task expression",
            f"{folder}에 표정 분류기가 없습니다({error}). --task expression으로 학습하세요",
        ) from None


def fit(
    train: Sequence[Dialogue], seen: Sequence[NDArray[np.float32]],
    kept: Sequence[Dialogue], kept_adapter: Any, kept_seen: Sequence[NDArray[np.float32]], seed: int,
) -> Mixture:  # fmt: skip
    """The classifier on the train rows, and the weights of the mixture on the rows kept from training.

    Args:
        seen, kept_seen: features of either.
        kept_adapter: function: combinations → the adapter's scores (N, K) of the rows kept.
    """
    names = attributes([*train, *kept])
    of = combinations(train, names)
    number = {labels: at for at, labels in enumerate(of)}
    y = np.array([number[combination(row, names)] for row in train])
    fitted = [fit_view(x, y, len(of), seed, alike=name != "letters") for name, x in zip(VIEWS, seen, strict=True)]
    views = tuple(view for view, _ in fitted)
    known = [at for at, row in enumerate(kept) if combination(row, names) in number]
    target = np.array([number[combination(kept[at], names)] for at in known])
    half = Mixture(names, tuple(of), views, (1.0, 1.0), {})
    if len(known) < _FEW:
        return Mixture(
            names, tuple(of), views, _HALVES, {"kept": len(kept), "chosen_by": "too few rows kept: equal weights"}
        )
    adapter, beside = kept_adapter(of)[known], half._beside(kept_seen)[known]
    grid = [(a, b) for a in (0.0, 0.25, 0.5, 0.75, 1.0) for b in (0.0, 0.25, 0.5, 0.75, 1.0) if a + b]

    def losses(weights: tuple[float, float]) -> Floats:
        return np.asarray(-_mixed(adapter, beside, weights)[np.arange(len(known)), target])

    def right(weights: tuple[float, float]) -> float:
        return float((_mixed(adapter, beside, weights).argmax(1) == target).sum() / len(kept))

    best = min(grid, key=lambda weights: losses(weights).mean())
    gain = losses(_HALVES) - losses(best)
    # Fifty rows tell little: the one-standard-error rule (Breiman et al. 1984).
    if gain.mean() <= gain.std() / np.sqrt(len(gain)):
        best = _HALVES
    told = {
        "kept": len(kept), "chosen_by": "log-loss on the rows kept from training", "loss": float(losses(best).mean()),
        "right": {"adapter": right((1.0, 0.0)), "classifier": right((0.0, 1.0)), "mixture": right(best)},
        "classifier_cross_validated_loss": [loss for _, loss in fitted],
    }  # fmt: skip
    return Mixture(names, tuple(of), views, best, told)


def _mixed(adapter: Floats, beside: Floats, weights: tuple[float, float]) -> Floats:
    return _normal(weights[0] * adapter + weights[1] * beside)
