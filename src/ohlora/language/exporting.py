"""A run's adapter as GGUF, and proofs of adapters: finds the parts and calls `export` and `proofs`. Knows no tensors."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ohlora.errors import InputError
from ohlora.files import check_writable

if TYPE_CHECKING:
    from ohlora.language.engines.llama_cpp import LlamaCppEngine
    from ohlora.personas import Persona


def export(run: Path, model: str, out: Path) -> Path:
    """Writes the adapter of a run for a GGUF base (see `export.to_gguf`).

    Raises:
        InputError: no adapter there, another base, a base that is no GGUF.
    """
    from ohlora.language.adapter_folder import check_folder
    from ohlora.language.export import to_gguf

    check_folder(run)
    check_writable(out.parent)
    base = _base(run, model)
    if base.suffix != ".gguf":
        raise InputError(
            f"{base} is no GGUF file; convert it with llama.cpp's convert_hf_to_gguf.py and give that with --model",
            f"{base}은(는) GGUF가 아닙니다. llama.cpp의 convert_hf_to_gguf.py로 바꾼 파일을 --model로 주세요",
        )
    return to_gguf(run, base, out, notes=_notes(run))


def verify(adapter: Path, model: str = "") -> dict[str, Any]:
    """Proves the adapter of a run's folder, or of a GGUF file.

    Returns:
        {"ok", "adapter", "base", "checks"}: see `proofs.prove`; on a GGUF base it is proved in llama.cpp as well, beside the
        base and folded into it.

    Raises:
        InputError: no adapter, a damaged one, one for another base. MissingError: a model or the extra `train` is missing.
    """
    import tempfile

    from ohlora.language.engines.llama_cpp import LlamaCppEngine
    from ohlora.language.merging import fold

    path = _base(adapter, model)
    _check(adapter)
    with tempfile.TemporaryDirectory(prefix="ohlora-verify-") as place, ExitStack() as open_engines:

        def serve(gguf: Path) -> LlamaCppEngine:
            folded = fold(path, gguf, Path(place) / "folded.gguf")
            return open_engines.enter_context(LlamaCppEngine(folded, adapters={"a": gguf}, folded="a"))

        return _prove(adapter, path, Path(place), "a", serve)


def verify_persona(persona: "Persona") -> dict[str, Any]:
    """Proves every adapter of a persona on the bundled model, each as `open_engine` serves it.

    Returns:
        {"ok", "persona", "adapters": [as of `verify`]}.

    Raises:
        InputError: she has none; see `verify`.
    """
    import tempfile

    from ohlora.language.engines import open_engine
    from ohlora.language.engines.llama_cpp import LlamaCppEngine

    files = sorted((persona.folder / "adapters").glob("*.gguf"))
    if not files:
        raise InputError(
            f"{persona.name} has no adapter: {persona.folder / 'adapters'} holds no .gguf; train one: ohlora language train --persona {persona.name}",
            f"{persona.name}에게는 어댑터가 없습니다({persona.folder / 'adapters'}에 .gguf 없음). 학습하세요: ohlora language train --persona {persona.name}",
        )
    path = _base(persona.folder, "")
    for file in files:
        _check(file)
    found = []
    with ExitStack() as open_engines:

        @lru_cache(maxsize=1)
        def engine() -> LlamaCppEngine:
            opened = open_engine(persona=persona)
            assert isinstance(opened, LlamaCppEngine)
            return open_engines.enter_context(opened)

        for file in files:
            with tempfile.TemporaryDirectory(prefix="ohlora-verify-") as place:
                found.append(_prove(file, path, Path(place), file.stem, lambda gguf: engine()))
    return {"ok": all(each["ok"] for each in found), "persona": persona.name, "adapters": found}


def _is_gguf(adapter: Path) -> bool:
    return adapter.is_file() or adapter.suffix == ".gguf"


def _check(adapter: Path) -> None:
    """Refuses what is no adapter before a model is read."""
    from ohlora.language import adapter_folder, importing

    if _is_gguf(adapter):
        importing.check_file(adapter)
    else:
        adapter_folder.check_folder(adapter)


def _prove(
    adapter: Path, path: Path, place: Path, name: str, serve: "Callable[[Path], LlamaCppEngine]"
) -> dict[str, Any]:
    from ohlora.language import importing, proofs
    from ohlora.language.export import to_gguf
    from ohlora.language.tasks import MEMORY_ADAPTER
    from ohlora.language.training import bases

    base = bases.load(path)
    folder = importing.to_peft(adapter, base, place / "adapter") if _is_gguf(adapter) else adapter
    gguf, served = None, None
    if base.gguf:
        gguf = adapter if _is_gguf(adapter) else to_gguf(adapter, path, place / "adapter.gguf")
        served = proofs.Served(serve(gguf), name)
    memos = adapter.stem == MEMORY_ADAPTER or _tasks(adapter) == [MEMORY_ADAPTER]
    found = proofs.prove(base, folder, gguf, served, proofs.MEMO_PROMPTS if memos else proofs.PROMPTS)
    return {"ok": found["ok"], "adapter": str(adapter), "base": str(path), "checks": found["checks"]}


def _tasks(adapter: Path) -> Any:
    """What it has learnt, where it says so."""
    from ohlora.language.importing import metadata

    try:
        settings = (
            json.loads(metadata(adapter)["settings"])
            if _is_gguf(adapter)
            else json.loads((adapter / "run.json").read_text("utf-8"))["settings"]
        )
        return settings["tasks"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
