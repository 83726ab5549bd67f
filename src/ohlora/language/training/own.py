"""Training on the user's own rows. Knows nothing of steps and losses."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ohlora.language.training.settings import Settings
from ohlora.language.training.texts import Texts


def texts(data: Path, settings: Settings) -> Texts:
    """The texts of a data file: rows that are labelled for the tasks; `test` rows are left alone."""
    from ohlora.language import data as reading

    found = reading.read(data)
    served = [row for row in found.rows if any(row.serves(task) for task in settings.tasks)]
    return Texts([r for r in served if r.split == "train"], [r for r in served if r.split == "valid"], settings)


def train(data: Path, out: Path, settings: Settings, *, model: str, command: str, start: Path | None) -> dict[str, Any]:
    from ohlora.language.engines import BUNDLED
    from ohlora.language.export import to_gguf
    from ohlora.language.training import bases

    told = texts(data, settings)
    base = bases.load(bases.resolve(model or BUNDLED))
    from ohlora.language.training.run import run

    result = run(base, told, out, command=command, start=start)
    if base.gguf:
        notes = {
            "base": f"{base.path.name} sha256:{base.digest}",
            "data": told.digest(),
            "settings": json.dumps(asdict(settings)),
        }
        result["gguf"] = str(to_gguf(out, base.path, out / "adapter.gguf", notes=notes))
    return {"adapter": str(out), **result}
