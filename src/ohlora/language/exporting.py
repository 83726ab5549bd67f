"""A run's adapter as GGUF, and its proofs: finds the parts and calls `export` and `proofs`. Knows no tensors."""

import json
from pathlib import Path
from typing import Any

from ohlora.errors import InputError


def export(run: Path, model: str, out: Path) -> Path:
    """Writes the adapter of a run for a GGUF base (see `export.to_gguf`).

    Raises:
        InputError: no adapter there, another base, a base that is no GGUF.
    """
    from ohlora.language.export import to_gguf
    from ohlora.language.proofs import check_folder

    check_folder(run)
    base = _base(run, model)
    if base.suffix != ".gguf":
        raise InputError(
            f"{base} is no GGUF file; convert it with llama.cpp's convert_hf_to_gguf.py and give that with --model",
            f"{base}은(는) GGUF가 아닙니다. llama.cpp의 convert_hf_to_gguf.py로 바꾼 파일을 --model로 주세요",
        )
    return to_gguf(run, base, out, notes=_notes(run))


def verify(run: Path, model: str = "") -> dict[str, Any]:
    """{"ok", "adapter", "base", "checks"}: see `proofs.prove`; on a GGUF base the exported adapter is proved as well."""
    import tempfile

    from ohlora.language import proofs
    from ohlora.language.export import to_gguf
    from ohlora.language.training import bases

    path = _base(run, model)
    proofs.check_folder(run)
    base = bases.load(path)
    with tempfile.TemporaryDirectory(prefix="ohlora-verify-") as place:
        gguf = to_gguf(run, path, Path(place) / "adapter.gguf") if base.gguf else None
        found = proofs.prove(base, run, gguf)
    return {"ok": found["ok"], "adapter": str(run), "base": str(path), "checks": found["checks"]}


def _base(run: Path, model: str) -> Path:
    from ohlora.language.engines import BUNDLED
    from ohlora.language.training import bases

    return bases.resolve(model or BUNDLED)


def _notes(run: Path) -> dict[str, str]:
    try:
        told = json.loads((run / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        name: told[name] if isinstance(told[name], str) else json.dumps(told[name])
        for name in ("base", "data", "settings", "command")
        if name in told
    }
