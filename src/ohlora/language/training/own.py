"""Training on the user's own rows, and judging the expression task by folds. Knows nothing of steps and losses."""

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ohlora.errors import CheckFailed, InputError
from ohlora.language.data import Dialogue
from ohlora.language.training.settings import Settings
from ohlora.language.training.texts import Texts

if TYPE_CHECKING:
    from ohlora.language.training.bases import Base

_KEPT = 7  # where nothing is marked as valid, one row in so many is kept from training


def rows_for(data: Path, settings: Settings) -> list[Dialogue]:
    """Rows that are labelled for one of the tasks; `test` rows are left alone.

    Raises:
        InputError: there are too few.
    """
    from ohlora.language import data as reading

    found = [row for row in reading.read(data).rows if any(row.serves(task) for task in settings.tasks)]
    found = [row for row in found if row.split != "test"]
    if len(found) < 8:
        asked = ", ".join(settings.tasks)
        raise InputError(
            f"{data} has {len(found)} rows labelled for {asked}; at least 8 are needed",
            f"{data}에 {asked} 값이 있는 행이 {len(found)}개입니다. 8개 이상 필요합니다",
        )
    return found


def texts(rows: Sequence[Dialogue], settings: Settings) -> Texts:
    """Train and validation texts; without rows marked as valid one in seven, drawn by the seed, is kept for validation."""
    train, valid = [row for row in rows if row.split == "train"], [row for row in rows if row.split == "valid"]
    if not valid or not train:
        kept = set(random.Random(settings.seed).sample(range(len(rows)), max(1, len(rows) // _KEPT)))
        train = [row for at, row in enumerate(rows) if at not in kept]
        valid = [row for at, row in enumerate(rows) if at in kept]
    return Texts(train, valid, settings)


def train(data: Path, out: Path, settings: Settings, *, model: str, command: str, start: Path | None) -> dict[str, Any]:
    """Trains on a data file; for the expression alone with the classifier beside the adapter (`expression`)."""
    from ohlora.language.engines import BUNDLED
    from ohlora.language.training import bases

    told = texts(rows_for(data, settings), settings)
    path = bases.resolve(model or BUNDLED)
    check_first(path, data, settings)
    base = bases.load(path)
    return train_on(base, told, out, command=command, start=start)


def check_first(path: Path, data: Path, settings: Settings) -> None:
    """Preflight: all it finds is told, and what training would break on is refused.

    Raises:
        CheckFailed: it said no.
    """
    from ohlora.language import preflight

    report = preflight.check(
        path, data, tasks=settings.tasks, max_length=settings.max_length, targets=settings.targets, gate=False
    )
    for line in preflight.lines(report):
        print(line, file=sys.stderr)
    stops = [finding for finding in report.errors if finding.code in preflight.STOPS_TRAINING]
    if stops:
        en, ko = stops[0].message
        raise CheckFailed(
            f"preflight said no ({stops[0].code}: {en}); {stops[0].remedy[0]}",
            f"점검에서 멈췄습니다({stops[0].code}: {ko}). {stops[0].remedy[1]}",
        )


def train_on(
    base: "Base", told: Texts, out: Path, *, command: str = "", start: Path | None = None, seen: Any = None
) -> dict[str, Any]:
    """As `train`, of texts on a base; `seen` holds features by row number where they are known already."""
    from ohlora.language.export import to_gguf
    from ohlora.language.proofs import pack
    from ohlora.language.training import expression
    from ohlora.language.training.run import Run

    settings = told.settings
    alone = settings.tasks == ("expression",)
    if alone and seen is None:
        every = [*told.train, *told.valid]
        seen = features_by_number(base, every)
    trainer = Run(base, told, out, command, start)
    result: dict[str, Any] = {"adapter": str(out), **trainer.go()}
    if alone and trainer.processes.is_main_process:
        causal = trainer.model.get_base_model()
        names = expression.attributes([*told.train, *told.valid])
        mixture = expression.fit(
            told.train, pick(seen, told.train), told.valid,
            lambda of: expression.scores(causal, base, told.valid, of, names), pick(seen, told.valid), settings.seed,
        )  # fmt: skip
        mixture.save(out)
        result["expression"] = {"weights": list(mixture.weights), **mixture.told}
    if trainer.processes.is_main_process:
        pack(base, out, name=told.name)
    if base.gguf and trainer.processes.is_main_process and not settings.dora:
        notes = {
            "base": f"{base.path.name} sha256:{base.digest}", "data": told.digest(),
            "settings": json.dumps(asdict(settings)), "command": command,
        }  # fmt: skip
        result["gguf"] = str(to_gguf(out, base.path, out / "adapter.gguf", notes=notes))
    trainer.take_off()
    return result


def features_by_number(base: "Base", rows: Sequence[Dialogue]) -> dict[int, Any]:
    """Row number → its features, one of each view."""
    from ohlora.language.training import expression

    views = expression.features(base, rows)
    return {row.number: [view[at] for view in views] for at, row in enumerate(rows)}


def pick(seen: dict[int, Any], rows: Sequence[Dialogue]) -> list[Any]:
    """The views (N, D) of some rows."""
    import numpy as np

    views = len(next(iter(seen.values())))
    return [np.stack([seen[row.number][view] for row in rows]) for view in range(views)]
