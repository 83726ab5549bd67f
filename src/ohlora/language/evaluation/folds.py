"""Expression by cross-validation: an adapter (with its classifier) is trained on each part of the folds and judged on the
rest, beside the most frequent combination and a plain classifier of sentence vectors.

Rows kept from training inside a fold choose the epoch and the weights of the mixture; the rows judged are never seen.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ohlora.errors import InputError
from ohlora.files import atomic_write
from ohlora.language.data import Dialogue
from ohlora.language.evaluation.expression import figures
from ohlora.language.training.settings import Settings
from ohlora.progress import bar


def fold_settings(layers: int, *, epochs: int = 3, seed: int = 0) -> Settings:
    """Settings for a few hundred rows of expressions: the lower third of the blocks is left alone, its states are features."""
    return Settings(
        tasks=("expression",), epochs=epochs, layers_from=layers // 3, learning_rate=5e-4, samples=0, seed=seed,
        validate_every=0,
    )  # fmt: skip


def evaluate(
    data: Path, *, model: str = "", folds: int = 5, epochs: int = 3, seed: int = 0, out: Path | None = None, only: int | None = None
) -> dict[str, Any]:  # fmt: skip
    """Trains and judges every fold.

    Args:
        model: see `bases.resolve`; "" for the bundled one.
        out: keeps the runs of the folds; started again it goes on there. None: a temporary folder.
        only: judge this fold alone (for trials).

    Returns:
        {"n", "folds", "accuracy": {attribute…, "all"}, "majority": {…}, "sentence_vectors": {…}, "adapter_alone",
        "classifier_alone", "confusion": {attribute: {label: {named: count}}}, "mixtures"}.
    """
    from ohlora.language.engines import BUNDLED
    from ohlora.language.training import bases, expression, own

    rows = own.rows_for(data, Settings(tasks=("expression",)))
    if not 2 <= folds <= len(rows):
        raise InputError(
            f"--folds {folds} cannot be with {len(rows)} rows",
            f"행이 {len(rows)}개일 때 --folds {folds}은(는) 안 됩니다",
        )
    names = expression.attributes(rows)
    base = bases.load(bases.resolve(model or BUNDLED))
    settings = fold_settings(base.model.config.num_hidden_layers, epochs=epochs, seed=seed)
    seen = own.features_by_number(base, rows)
    order = np.random.default_rng(seed).permutation(len(rows))
    identity = _identity(base, rows, settings, folds)
    judged: list[dict[str, Any]] = []
    mixtures = []
    with tempfile.TemporaryDirectory(prefix="ohlora-folds-") as temporary:
        progress = bar("folds", total=folds, unit="fold")
        for fold in range(folds) if only is None else [only]:
            held = [rows[at] for at in order[fold::folds]]
            rest = [rows[at] for at in order if at not in set(order[fold::folds].tolist())]
            folder = (out or Path(temporary)) / f"fold-{fold}"
            done = folder / "judged.json"
            if not done.is_file():
                judge(base, rest, held, names, settings, folder, seen, identity)
            told = _read(done, identity)
            judged += told["rows"]
            mixtures.append(told["mixture"])
            progress.update()
        progress.close()
    kinds = ("named", "majority", "sentence_vectors", "adapter", "classifier")
    found = {kind: figures([(row["label"], row[kind]) for row in judged], names) for kind in kinds}
    return {
        "task": "expression", "n": len(judged), "folds": folds, "attributes": list(names),
        "accuracy": found["named"]["accuracy"], "confusion": found["named"]["confusion"],
        "majority": found["majority"]["accuracy"], "sentence_vectors": found["sentence_vectors"]["accuracy"],
        "adapter_alone": found["adapter"]["accuracy"], "classifier_alone": found["classifier"]["accuracy"],
        "mixtures": mixtures,
    }  # fmt: skip


def judge(
    base: Any, rest: Sequence[Dialogue], held: Sequence[Dialogue], names: Sequence[str], settings: Settings, folder: Path, seen: Any,
    identity: str = "",
) -> None:  # fmt: skip
    """Trains on `rest`, names the expressions of `held`, and writes `judged.json` into the folder."""
    from ohlora.language.training import expression, own
    from ohlora.language.training.run import Run

    told = own.texts([replace(row, split="train") for row in rest], settings)
    trainer = Run(base, told, folder)
    trainer.go()
    causal = trainer.model.get_base_model()
    kept_seen = own.pick(seen, told.valid)
    mixture = expression.fit(
        told.train, own.pick(seen, told.train), told.valid,
        lambda of: expression.scores(causal, base, told.valid, of, names), kept_seen, settings.seed,
    )  # fmt: skip
    mixture.save(folder)
    adapter = expression.scores(causal, base, held, mixture.of, names)
    held_seen = own.pick(seen, held)
    named = mixture.log_probabilities(adapter, held_seen).argmax(1)
    beside = mixture._beside(held_seen).argmax(1)
    trainer.take_off()
    majority = Counter(expression.combination(row, names) for row in rest).most_common(1)[0][0]
    vectors = _vector_classifier(rest, held, names, seen)
    rows = [
        {
            "number": row.number, "label": expression.combination(row, names), "named": mixture.of[named[at]],
            "adapter": mixture.of[adapter[at].argmax()], "classifier": mixture.of[beside[at]], "majority": majority,
            "sentence_vectors": vectors[at],
        }
        for at, row in enumerate(held)
    ]  # fmt: skip
    with atomic_write(folder / "judged.json", "w") as file:
        told_of = {"weights": mixture.weights, **mixture.told}
        json.dump({"of": identity, "rows": rows, "mixture": told_of}, file, ensure_ascii=False)


def _identity(base: Any, rows: Sequence[Dialogue], settings: Settings, folds: int) -> str:
    """Of all a fold's figures depend on."""
    from ohlora.language.training import expression

    told = [
        base.digest,
        asdict(settings),
        folds,
        expression.VIEWS,
        [(row.number, row.input, row.reply, dict(row.labels)) for row in rows],
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _read(judged: Path, identity: str) -> dict[str, Any]:
    """What `judge` wrote: of the same rows, settings and model, or refused."""
    try:
        told: dict[str, Any] = json.loads(judged.read_text("utf-8"))
        if told["of"] == identity:
            return told
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise InputError(
        f"{judged.parent} holds a fold of other rows, settings or another model; name another folder with -o",
        f"{judged.parent}의 결과는 행이나 설정, 모델이 다릅니다. -o로 다른 폴더를 지정하세요",
    )


def _vector_classifier(
    rest: Sequence[Dialogue], held: Sequence[Dialogue], names: Sequence[str], seen: Any
) -> list[Any]:
    """The yardstick: logistic regression over combinations on sentence vectors of message and reply, nothing else."""
    from ohlora.language.training import expression, own

    of = expression.combinations(rest, names)
    y = np.array([of.index(expression.combination(row, names)) for row in rest])
    view, _ = expression.fit_view(own.pick(seen, rest)[0], y, len(of), 0)
    return [of[at] for at in view.log_probabilities(own.pick(seen, held)[0]).argmax(1)]
